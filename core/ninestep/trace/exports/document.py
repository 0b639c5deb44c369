"""A whole flow as JSON that can be read in again, here or in another town.

It never holds a secret: sealed values stay behind, and what arrives is masked anew, whoever wrote it. Nothing in a
document is believed that the vocabulary or the reader can say itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ... import __version__
from .. import masking
from ..exchange import Exchange, HttpRequest, HttpResponse, Steps, Value
from ..messages import merge
from ..vocabulary import KINDS, SERVICES, SILENT_STEPS
from .subject import Subject

FORMAT, VERSION = "ninestep.flow", 1
MOST_RECORDS = 200
LONGEST = 16384  # characters of one text
MOST_VALUES = 2000  # of all exchanges: each is a row of the ledger
MOST_ITEMS = 200  # headers, values, checks, notes of one exchange
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
HASH = re.compile(r"[0-9a-f]{16}")
NAME = re.compile(r"[A-Za-z0-9._-]{0,64}")
METHOD = re.compile(r"[A-Z]{0,16}")
WHERE = re.compile(r"(?:request|response)(?:\.[a-z]{1,16}){0,2}")
VALUES = {
    *masking.KINDS.values(),
    *masking.COOKIES.values(),
    "basic_credentials",
}  # scripts name variables so
STEPS = {(0, 0), SILENT_STEPS, (3, 4)}  # beside a kind's own
LATEST = 32503680000.0  # the year 3000


class Wrong(ValueError):
    """What cannot be read in; ``field`` says where."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def document(subject: Subject) -> str:
    flow = subject.flow
    found = {
        "format": FORMAT,
        "version": VERSION,
        "exporter": f"Ninestep {__version__}",
        "flow": {
            "id": flow.id,
            "world": flow.world,
            "app": flow.app,
            "app_name": subject.app,
            "user": flow.user,
        },
        "exchanges": [_without_seals(e) for e in merge(subject.exchanges)],
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"


def read(given: list[Exchange], *, world: str, flow: str) -> list[Exchange]:
    """The exchanges of a document as records of ``flow`` in ``world``. Raises Wrong."""
    if not given:
        raise Wrong("exchanges", "a flow has at least one exchange")
    if len(given) > MOST_RECORDS:
        raise Wrong("exchanges", f"{len(given)} exchanges; a flow keeps {MOST_RECORDS}")
    if sum(len(e.values) for e in given) > MOST_VALUES:
        raise Wrong("exchanges", f"more than {MOST_VALUES} values")
    return [_checked(e, f"exchanges[{n}]", world, flow) for n, e in enumerate(given)]


def _without_seals(e: Exchange) -> Exchange:
    return msgspec.structs.replace(e, values=[msgspec.structs.replace(v, sealed="") for v in e.values])


def _checked(e: Exchange, at: str, world: str, flow: str) -> Exchange:
    kind = KINDS.get(e.name)
    if kind is None:
        raise Wrong(f"{at}.name", f"there is no kind of exchange {e.name[:80]!r}")
    for field, pattern, value in (
        ("exchange", ID, e.exchange),
        ("app", NAME, e.app),
        ("user", NAME, e.user),
        ("fault", NAME, e.fault),
        ("request.method", METHOD, e.request.method),
    ):
        if not pattern.fullmatch(value):
            raise Wrong(f"{at}.{field}", f"{field} is {value[:80]!r}")
    if e.service not in SERVICES:
        raise Wrong(f"{at}.service", f"service is {e.service[:80]!r}; it can be {', '.join(SERVICES)}")
    if e.outcome not in ("ok", "refused", "failed"):
        raise Wrong(f"{at}.outcome", f"outcome is {e.outcome[:80]!r}; it can be ok, refused or failed")
    steps = (e.steps.request, e.steps.response)
    if steps not in STEPS | {kind.steps}:
        raise Wrong(f"{at}.steps", f"{e.name} is never {steps}")
    for field in ("at", "at_real", "duration"):
        if not (math.isfinite(getattr(e, field)) and 0 <= getattr(e, field) < LATEST):
            raise Wrong(f"{at}.{field}", f"{field} is no time")
    if e.response.status and not 100 <= e.response.status <= 599:
        raise Wrong(f"{at}.response.status", f"status is {e.response.status}")
    for field in ("values", "checks", "notes"):
        if len(getattr(e, field)) > MOST_ITEMS:
            raise Wrong(f"{at}.{field}", f"more than {MOST_ITEMS} {field}")
    if any(isinstance(said, (dict, list)) for note in e.notes for said in note.detail.values()):
        raise Wrong(f"{at}.notes", "a note's detail holds texts, numbers and truth values")
    for field, text in _texts(e):
        if len(text) > LONGEST:
            raise Wrong(f"{at}.{field}", f"{field} is longer than {LONGEST} characters")
    try:
        urlsplit(e.request.url)
    except ValueError:
        raise Wrong(f"{at}.request.url", "this is no address") from None
    return _hidden(e, at, world, flow)


def _texts(e: Exchange) -> Iterator[tuple[str, str]]:
    yield "error", e.error
    yield "request.url", e.request.url
    yield "request.body", e.request.body
    yield "response.body", e.response.body
    for side, headers in (("request", e.request.headers), ("response", e.response.headers)):
        if len(headers) > MOST_ITEMS:
            raise Wrong(f"{side}.headers", f"more than {MOST_ITEMS} headers")
        yield from ((f"{side}.headers", text) for pair in headers for text in pair)
    yield from (("checks", text) for check in e.checks for text in (check.name, check.detail))
    yield from (("notes", note.rule + str(note.detail)) for note in e.notes)
    yield from (("values", value.kind + value.masked + value.where) for value in e.values)


def _hidden(e: Exchange, at: str, world: str, flow: str) -> Exchange:
    """With every secret masked that somebody may have written into it."""
    kind = KINDS[e.name]
    secrets: dict[str, str] = {}
    for found in _found(e):
        if found.kind not in masking.OPEN and not found.value.startswith(masking.MASK):
            secrets |= dict.fromkeys(masking.spellings(found.value), masking.mask(found.value))
    values = []
    for value in e.values:
        if not HASH.fullmatch(value.hash):
            raise Wrong(f"{at}.values", f"hash is {value.hash[:80]!r}; it is 16 hex digits")
        if value.kind not in VALUES:
            raise Wrong(f"{at}.values", f"there is no kind of value {value.kind[:80]!r}")
        if not WHERE.fullmatch(value.where):
            raise Wrong(f"{at}.values", f"where is {value.where[:80]!r}; it is like request.query")
        shown = value.masked
        if value.kind not in masking.OPEN and not shown.startswith(masking.MASK):
            secrets |= dict.fromkeys(masking.spellings(shown), masking.mask(shown))
            shown = masking.mask(shown)
        values.append(Value(kind=value.kind, hash=value.hash, masked=shown, where=value.where))
    longest_first = sorted(secrets.items(), key=lambda pair: -len(pair[0]))

    def hide(text: str) -> str:
        return masking.hide(text, longest_first)

    def headers(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(name, hide(text)) for name, text in pairs]

    changes: dict[str, Any] = {
        "v": 1,
        "world": world,
        "flow": flow,
        "seq": 0,
        "sender": kind.sender,
        "receiver": kind.receiver,
        "via": kind.via,
        "channel": kind.channel,
        "steps": Steps(request=e.steps.request, response=e.steps.response),
        "request": HttpRequest(
            method=e.request.method,
            url=hide(e.request.url),
            headers=headers(e.request.headers),
            body=hide(e.request.body),
        ),
        "response": HttpResponse(
            status=e.response.status, headers=headers(e.response.headers), body=hide(e.response.body)
        ),
        "values": values,
    }
    return msgspec.structs.replace(e, **changes)


def _found(e: Exchange) -> Iterator[masking.Found]:
    yield from masking.in_url(e.request.url, "request.query")
    for side, part in (("request", e.request), ("response", e.response)):
        kinds = (text for name, text in part.headers if name.lower() == "content-type")
        yield from masking.in_body(part.body, next(kinds, ""), f"{side}.body")
        yield from masking.in_headers(part.headers, side)
