"""What a stop of step mode shows: an address that a browser is about to go to, or a message that was just exchanged,
as rows of names and values.

Secret values are masked. Policy ``reveal`` opens those of an address, which the browser is about to have; what goes
between back ends is never opened here, because it would be in the browser then.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from . import masking
from .exchange import Exchange
from .json_body import json_object
from .messages import Message, merge, messages
from .parameters import OPENNESS, PUBLIC


class Row(NamedTuple):
    name: str
    value: str
    openness: str  # public | half | secret


class Address(NamedTuple):
    """Where a browser goes, taken apart."""

    place: str  # scheme, host and port
    path: str
    rows: list[Row]
    fragment: str = ""


class Call(NamedTuple):
    """One request and its answer."""

    name: str
    method: str
    place: str
    path: str
    sent: list[Row]
    status: int
    answered: list[Row]
    outcome: str
    error: str


def address(url: str, *, reveal: bool = False) -> Address:
    """``url`` before anybody has gone there. What a fragment carries, a token perhaps, is told like the rest."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    inside = parse_qsl(parts.fragment) if "=" in parts.fragment else []
    rows = [_row(name, value, hidden=not reveal) for name, value in [*pairs, *inside]]
    fragment = "" if inside else parts.fragment
    return Address(f"{parts.scheme}://{parts.netloc}", parts.path or "/", rows, fragment)


def calls(exchanges: list[Exchange], names: tuple[str, ...]) -> list[Call]:
    """The newest exchange of each of ``names``, in that order, as recorded."""
    newest = {each.name: each for each in sorted(merge(exchanges), key=lambda each: each.at_real)}
    bodies = {each.exchange: each.response.body for each in exchanges if each.response.body}
    # a receiver keeps no body of type text/html, as QQ's answers are; the caller does
    return [_call(newest[name], bodies.get(newest[name].exchange, "")) for name in names if name in newest]


def told(exchanges: list[Exchange], steps: tuple[int, ...]) -> list[Message]:
    """The newest message of each step, for its story."""
    newest = {message.step: message for message in messages(exchanges)}
    return [newest[step] for step in steps if step in newest]


def _call(exchange: Exchange, answer: str) -> Call:
    request, response = exchange.request, exchange.response
    parts = urlsplit(request.url)
    sent = [*parse_qsl(parts.query, keep_blank_values=True), *_pairs(request.body)]
    bearer = next((text for name, text in request.headers if name.lower() == "authorization"), "")
    rows = [_row(name, value) for name, value in sent]
    if bearer:
        rows.append(Row("Authorization", bearer, OPENNESS["access_token"]))
    return Call(
        name=exchange.name,
        method=request.method,
        place=f"{parts.scheme}://{parts.netloc}",
        path=parts.path,
        sent=rows,
        status=response.status,
        answered=[_row(name, value) for name, value in _pairs(answer)],
        outcome=exchange.outcome,
        error=exchange.error,
    )


def _pairs(body: str) -> list[tuple[str, str]]:
    """A form, a query string, a JSON object, or one in a callback; what is none of these tells nothing."""
    text = body.strip()
    start, end = text.find("{"), text.rfind("}")
    if start >= 0 and (start == 0 or text.startswith("callback")):
        return [(name, _text(value)) for name, value in json_object(text[start : end + 1]).items()]
    return parse_qsl(text, keep_blank_values=True) if "=" in text and "<" not in text else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(name: str, value: str, *, hidden: bool = False) -> Row:
    """``hidden``: the value is as it will be on the wire, and no record has masked it yet."""
    kind = masking.KINDS.get(name, "")
    secret = hidden and value and kind and kind not in masking.OPEN
    return Row(name, masking.mask(value) if secret else value, OPENNESS.get(kind or name, PUBLIC))
