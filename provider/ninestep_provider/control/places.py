"""Why a body is not of its type: the place of what is wrong, however deep, and the nearest right word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from .nearest import near
from .problem import Problem

AT = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`")
UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`")
STEP = re.compile(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]")
SOME = "..."  # how msgspec tells a key of a mapping
SEE = "see /_mock/api/openapi.json"


def refusal_of(kind: Any, raw: bytes, error: msgspec.ValidationError) -> Problem:
    """The same for JSON, which may be broken further on."""
    try:
        return refusal(kind, msgspec.json.decode(raw), error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        return Problem(400, str(broken))


def refusal(kind: Any, values: Any, error: msgspec.ValidationError) -> Problem:
    """``values`` are what JSON or YAML said, before they should have become a ``kind``."""
    text = str(error)
    found = AT.search(text)
    steps = list(_steps(kind, values, found[1] if found else "", text))
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    if unknown := UNKNOWN.search(text):
        field = f"{place}.{unknown[1]}" if place else unknown[1]
        known = [f.encode_name for f in _fields(inspect.type_info(kind), steps)]
        return Problem(422, f"unknown field {field!r}", field=field, fix=near(unknown[1], known) or SEE)
    told = AT.sub("", text)
    return Problem(422, told, field=place or "body", fix=_trap(told, _value(values, steps)) or SEE)


def _steps(kind: Any, values: Any, place: str, text: str) -> Iterator[str | int]:
    """``apps[2].consent`` as apps, 2, consent, each key by its name."""
    before: list[str | int] = []
    for name, number in STEP.findall(place):
        step = name or (int(number) if number.isdigit() else _key(kind, values, before, text))
        before.append(step)
        yield step


def _key(kind: Any, values: Any, steps: list[str | int], text: str) -> str:
    """The key of a mapping below which ``text`` is said, also when all the others are away."""
    mapping = _value(values, steps)
    for key in mapping if isinstance(mapping, dict) else ():
        try:
            msgspec.convert(_with(values, steps, {key: mapping[key]}), kind)
        except msgspec.ValidationError as error:
            if str(error) == text:
                return str(key)
    return SOME


def _value(values: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            values = values[step]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _with(values: Any, steps: list[str | int], inner: Any) -> Any:
    """A copy of ``values`` that has ``inner`` at the end of ``steps``."""
    if not steps:
        return inner
    copy = values.copy()
    copy[steps[0]] = _with(values[steps[0]], steps[1:], inner)
    return copy


def _fields(kind: Any, steps: list[str | int]) -> tuple[inspect.Field, ...]:
    """Of the struct that stands at this place."""
    if isinstance(kind, inspect.Metadata):
        return _fields(kind.type, steps)
    if isinstance(kind, inspect.UnionType):
        return next((found for each in kind.types if (found := _fields(each, steps))), ())
    if isinstance(kind, inspect.ListType):
        return _fields(kind.item_type, steps[1:])
    if isinstance(kind, inspect.DictType):
        return _fields(kind.value_type, steps[1:])
    if not isinstance(kind, inspect.StructType):
        return ()
    if not steps:
        return kind.fields
    return next((_fields(f.type, steps[1:]) for f in kind.fields if f.encode_name == steps[0]), ())


def _trap(told: str, given: Any) -> str:
    """YAML reads a plain word as a number, true, false or null where it looks like one."""
    if told.startswith("Expected `str") and isinstance(given, bool | int | float):
        plain = str(given).lower() if isinstance(given, bool) else str(given)
        return f'put it in quotes: "{plain}"'
    if told.startswith("Expected `bool") and isinstance(given, str):
        return "true or false, without quotes; yes, no, on and off are words"
    return ""
