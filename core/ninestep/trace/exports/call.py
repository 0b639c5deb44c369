"""A recorded request, taken apart for those who send it again: its address, parameters, headers and body.

A masked value is a ``Value`` among the text; whoever writes the request puts a variable or the value itself there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ..exchange import HttpRequest, Value
from ..masking import COOKIES, KINDS
from ..opening import Part, header_kind, parts

Text = list[Part]
Pairs = list[tuple[str, Text]]
LEFT_OUT = frozenset(  # a program sends its own
    {
        "host",
        "user-agent",
        "content-length",
        "accept-language",
        "cache-control",
        "pragma",
        "cookie",
        "referer",
    }
)
OF_BROWSERS = ("sec-", "upgrade-insecure-requests", "x-ninestep-", "origin")


class Call(NamedTuple):
    method: str
    origin: str
    path: str
    query: Pairs
    headers: Pairs
    form: Pairs
    body: Text  # where it is no form

    def values(self) -> list[Value]:
        """Every value that has to be known to send this, once each, in the order of their appearance."""
        texts = [text for _, text in (*self.query, *self.headers, *self.form)] + [self.body]
        found = [part for text in texts for part in text if isinstance(part, Value)]
        return list({value.hash: value for value in found}.values())


def call_of(request: HttpRequest, values: Iterable[Value]) -> Call:
    """``request`` as a program would send it: without the headers that a browser adds by itself."""
    known = list(values)
    address = urlsplit(request.url)
    kept = [(name, text) for name, text in request.headers if not _is_left_out(name)]
    form = _pairs(request.body, known) if _is_form(request) else []
    return Call(
        method=request.method or "GET",
        origin=f"{address.scheme}://{address.netloc}",
        path=address.path or "/",
        query=_pairs(address.query, known),
        headers=[(name, parts(text, known, header_kind(name))) for name, text in kept],
        form=form,
        body=[] if form else parts(request.body, known),
    )


class Variables:
    """One name for each value, the same wherever it occurs."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, value: Value) -> str:
        if value.hash not in self._names:
            plain = value.kind.upper()
            taken = set(self._names.values())
            numbered = (f"{plain}_{n}" for n in range(2, len(taken) + 3))
            self._names[value.hash] = next(name for name in (plain, *numbered) if name not in taken)
        return self._names[value.hash]


def _pairs(text: str, values: list[Value]) -> Pairs:
    return [
        (name, parts(value, values, KINDS.get(name) or COOKIES.get(name) or ""))
        for name, value in parse_qsl(text, keep_blank_values=True)
    ]


def _is_form(request: HttpRequest) -> bool:
    kinds = (value for name, value in request.headers if name.lower() == "content-type")
    return "form-urlencoded" in next(kinds, "") and bool(request.body)


def _is_left_out(name: str) -> bool:
    return name.lower() in LEFT_OUT or name.lower().startswith(OF_BROWSERS)
