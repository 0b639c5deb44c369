"""One message taken apart: every parameter with its openness, what was checked, the text on the wire, and snippets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from ninestep.trace.exchange import Value
from ninestep.trace.exports.snippets import snippet
from ninestep.trace.json_body import json_object
from ninestep.trace.ledger import Row
from ninestep.trace.masking import KINDS
from ninestep.trace.messages import Leg, Message
from ninestep.trace.parameters import OPENNESS, PUBLIC

from .scene import Scene

SAME = {"appid": "client_id", "secret": "client_secret", "oauth_consumer_key": "client_id"}
SNIPPETS = ("curl", "python", "fetch")
LONGEST = 400


@dataclass(frozen=True)
class Field:
    """A parameter; ``first`` and ``ended`` are seqs of messages, 0 where none is."""

    name: str
    value: str
    openness: str
    where: str
    first: int = 0
    ended: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Drawer:
    scene: Scene
    message: Message

    @cached_property
    def rows(self) -> dict[str, Row]:
        return {row.hash: row for row in self.scene.ledger.rows}

    @property
    def parts(self) -> list[tuple[Leg, list[Field]]]:
        """Of each leg that carries anything."""
        found = [(leg, list(self._fields(leg))) for leg in self.message.legs]
        return [(leg, fields) for leg, fields in found if fields]

    @property
    def texts(self) -> list[tuple[Leg, str]]:
        return [(leg, _text(leg)) for leg in self.message.legs]

    @property
    def requests(self) -> list[tuple[Leg, list[tuple[str, str]]]]:
        return [
            (leg, [(name, snippet(leg, name)) for name in SNIPPETS])
            for leg in self.message.legs
            if leg.request is not None
        ]

    def _fields(self, leg: Leg) -> Iterator[Field]:
        seen = set[str]()
        for name, text, where in _pairs(leg):
            value = _match(leg, name, text)
            if value is not None:
                seen.add(value.hash)
                yield self._field(name, value, where)
            else:
                openness = OPENNESS.get(SAME.get(name, name), "")
                yield Field(name, text[:LONGEST], openness, where)
        for value in leg.values:
            if value.hash not in seen and not value.where.endswith("referer"):
                seen.add(value.hash)
                yield self._field(value.kind, value, value.where.rpartition(".")[2])

    def _field(self, name: str, value: Value, where: str) -> Field:
        row = self.rows.get(value.hash)
        cells = [cell for cell in row.cells.values() if cell.learned] if row else []
        return Field(
            name=name,
            value=value.masked,
            openness=OPENNESS.get(value.kind, PUBLIC),
            where=where,
            first=min((cell.learned for cell in cells), default=0),
            ended=min((cell.useless_from for cell in cells if cell.useless_from), default=0),
            reason=row.ended if row else "",
        )


def of(scene: Scene, message: Message) -> Drawer:
    return Drawer(scene, message)


def _pairs(leg: Leg) -> Iterator[tuple[str, str, str]]:
    """(name, value, where) as they stand in query, form, JSON and redirect."""
    if leg.request is not None:
        query = leg.request.url.partition("#")[0].partition("?")[2]
        for name, value in parse_qsl(query, keep_blank_values=True):
            yield name, value, "query"
        yield from _in_body(leg.request.body)
    if leg.response is not None:
        place = next((v for name, v in leg.response.headers if name.lower() == "location"), "")
        address, _, fragment = place.partition("#")
        for name, value in parse_qsl(address.partition("?")[2], keep_blank_values=True):
            yield name, value, "location"
        for name, value in parse_qsl(fragment) if "=" in fragment else []:
            yield name, value, "fragment"
        yield from _in_body(leg.response.body)


def _in_body(body: str) -> Iterator[tuple[str, str, str]]:
    if body.startswith("{"):
        for name, value in json_object(body).items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield name, text, "body"
    elif "=" in body and "\n" not in body and "<" not in body:
        for name, value in parse_qsl(body, keep_blank_values=True):
            yield name, value, "body"


def _match(leg: Leg, name: str, text: str) -> Value | None:
    kind = KINDS.get(name)
    return next((v for v in leg.values if v.kind == kind and v.masked == text), None) if kind else None


def _text(leg: Leg) -> str:
    """As it was on the wire, less what only the connection was told."""
    if leg.request is not None:
        head, body = f"{leg.request.method} {leg.request.url}", leg.request.body
        headers = leg.request.headers
    elif leg.response is not None:
        head, body, headers = f"HTTP/1.1 {leg.response.status}", leg.response.body, leg.response.headers
    else:
        return ""
    lines = [head, *(f"{name}: {value}" for name, value in headers)]
    return "\n".join([*lines, "", body] if body else lines)
