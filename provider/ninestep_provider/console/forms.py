"""What a form says, as the JSON that the control API takes: only what differs from how things are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import request

from ..control.operation import Body, parsed

# Name of a field -> text | lines | words | many | number | count | flag | maybe | json.
Kinds = Mapping[str, str]
EMPTY: dict[str, Any] = {
    "lines": [],
    "words": [],
    "many": [],
    "flag": False,
    "number": 0,
    "count": None,
    "json": {},
}


def typed(kinds: Kinds) -> dict[str, Any]:
    """Every field as it was typed, for the page that asks again."""
    return {name: _value(name, kind) for name, kind in kinds.items()}


def said(kinds: Kinds, before: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that differ from ``before``; a dot in a name nests (``consent.mode``)."""
    body: dict[str, Any] = {}
    for name, kind in kinds.items():
        value, was = _value(name, kind), before.get(name, EMPTY.get(kind, ""))
        if value == was or (kind == "text" and value == str(was).strip()):
            continue
        place = body
        *parents, last = name.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = None if kind == "maybe" and value == "" else value
    return body


def body(kind: type[Body], fields: Mapping[str, Any]) -> Any:
    """Checked as the API checks it. Raises Problem."""
    return parsed(kind, msgspec.json.encode(fields))


def _value(name: str, kind: str) -> Any:
    text = request.form.get(name, "")
    match kind:
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "words":
            return text.split()
        case "many":
            return request.form.getlist(name)
        case "flag":
            return text == "on"
        case "number" | "count":
            return _number(text.strip(), kind)
        case "json":
            return _json(text.strip())
    return text.replace("\r\n", "\n").strip()


def _json(text: str) -> Any:
    """What is none stays as it is, so that the API says that it is no object. Left empty it is an empty one."""
    try:
        return msgspec.json.decode(text) if text else {}
    except (msgspec.DecodeError, RecursionError):
        return text


def _number(text: str, kind: str) -> Any:
    """What is no number stays as it is, so that the API says what is wrong with it. A lifetime left empty is 0, which
    is the default; a count left empty is no count."""
    if not text:
        return 0 if kind == "number" else None
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 16 else text
