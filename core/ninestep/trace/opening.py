"""From a masked text back to the values in it: for whoever may see them, and for variables that stand in their place.

A mask tells the last four characters at most, so two values can wear the same one; the parameter's name in front of it
then says which is meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

import msgspec

from .exchange import Exchange, HttpRequest, HttpResponse, Value
from .masking import COOKIES, KINDS, MASK

NAMED = re.compile(r"""([\w.-]+)(?:=|"\s*:\s*")$""")  # name= of a query, form or cookie; "name":" of JSON
NEAR = 100  # characters before a mask, in which its name ends: no name that we know is half as long
SCHEMES = {"bearer ": "access_token", "basic ": "basic_credentials"}
HEADERS = {"x-csrftoken": "csrf_token"}

Part = str | Value
Open = Callable[[Value], str]  # the value itself, or "" where it was not kept


def parts(text: str, values: Iterable[Value], kind: str = "") -> list[Part]:
    """``text`` cut at its masks; ``kind`` is what a bare mask at its start stands for."""
    masks: dict[str, list[Value]] = {}
    for value in values if MASK in text else ():
        if value.masked.startswith(MASK) and value.masked in text:
            masks.setdefault(value.masked, []).append(value)
    if not masks:
        return [text] if text else []
    longest_first = sorted(masks, key=len, reverse=True)
    found: list[Part] = []
    end = 0
    for hit in re.finditer("|".join(map(re.escape, longest_first)), text):
        before = text[end : hit.start()]
        if before:
            found.append(before)
        found.append(_meant(text[max(0, hit.start() - NEAR) : hit.start()], masks[hit.group()], kind))
        end = hit.end()
    if end < len(text):
        found.append(text[end:])
    return found


def opened(exchange: Exchange, open: Open) -> Exchange:
    """``exchange`` with each value in the place of its mask, as far as ``open`` knows it."""
    values, request, response = exchange.values, exchange.request, exchange.response

    def fill(text: str, spell: Callable[[str], str], kind: str = "") -> str:
        return "".join(
            part if isinstance(part, str) else spell(open(part)) or part.masked
            for part in parts(text, values, kind)
        )

    def headers(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [
            (
                name,
                fill(text, _address if name.lower() in ("location", "referer") else str, header_kind(name)),
            )
            for name, text in given
        ]

    def body(text: str) -> str:
        return fill(text, _in_json if text.lstrip()[:1] in ("{", "[") else _address)

    return msgspec.structs.replace(
        exchange,
        request=HttpRequest(
            method=request.method,
            url=fill(request.url, _address),
            headers=headers(request.headers),
            body=body(request.body),
        ),
        response=HttpResponse(
            status=response.status, headers=headers(response.headers), body=body(response.body)
        ),
        values=[msgspec.structs.replace(v, masked=open(v) or v.masked, sealed="") for v in values],
    )


def header_kind(name: str) -> str:
    """What a header holds that names no parameter."""
    return HEADERS.get(name.lower(), "")


def _meant(before: str, candidates: list[Value], kind: str) -> Value:
    named = NAMED.search(before)
    if named:
        kind = KINDS.get(named[1]) or COOKIES.get(named[1]) or kind
    elif before:
        kind = next((k for scheme, k in SCHEMES.items() if before.lower().endswith(scheme)), kind)
    return next((value for value in candidates if value.kind == kind), candidates[0])


def _address(value: str) -> str:
    return quote(value, safe="")


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
