"""FIELD=VALUE words as the body of a call, typed by the OpenAPI document of the town that is spoken to.

So the command line knows every field that the town knows. What fits no type goes as it was typed: the town's refusal
says best what would have been right.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from .where import Line
from .wrong import Wrong

Schema = dict[str, Any]
TRUTH = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
HELP = "a field and what it shall be: name=x, ttl.code=60; a list's once for each, or as JSON"


def body(line: Line, method: str, path: str, words: Iterable[str]) -> dict[str, Any]:
    """``["ttl.code=60", "redirect_uris=http://…"]`` for a call such as ``POST /apps``. Raises Wrong."""
    made: dict[str, Any] = {}
    words = list(words)
    if not words:
        return made
    document = line("GET", "/openapi.json")
    content = _call(document, method, path).get("requestBody", {}).get("content", {})
    schema: Schema = content.get("application/json", {}).get("schema", {})
    for word in words:
        name, equals, text = word.partition("=")
        if not (equals and name):
            raise Wrong(f"{word!r} is not FIELD=VALUE")
        _put(made, name.split("."), text, schema, document)
    return made


def _call(document: Schema, method: str, path: str) -> Schema:
    for place, calls in document["paths"].items():
        if place.endswith(path):
            return calls.get(method.lower(), {})
    return {}


def _put(made: dict[str, Any], names: list[str], text: str, schema: Schema, document: Schema) -> None:
    for depth, name in enumerate(names[:-1]):
        made = made.setdefault(name, {})
        if not isinstance(made, dict):
            raise Wrong(f"{'.'.join(names[: depth + 1])} was said as a whole already")
        schema = _property(schema, name, document)
    name = names[-1]
    schema = _property(schema, name, document)
    value = _value(text, schema, document)
    if name in made and isinstance(made[name], list) and isinstance(value, list):
        made[name] += value
    elif name in made:
        raise Wrong(f"{'.'.join(names)} was said twice")
    else:
        made[name] = value


def _value(text: str, schema: Schema, document: Schema) -> Any:
    variants = _variants(schema, document)
    for variant in variants:
        for choice in variant.get("enum", ()):
            if text == choice or text == _spelled(choice):
                return choice
    types = {kind for variant in variants for kind in _types(variant)}
    if "boolean" in types and text.lower() in TRUTH:
        return TRUTH[text.lower()]
    try:
        parsed = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        parsed = text
    kind = TYPES[type(parsed)]
    fits = kind in types or (kind == "integer" and "number" in types)
    if kind != "string" and (fits or not types):
        return parsed
    if "array" in types:
        rows: Schema = next((v["items"] for v in variants if isinstance(v.get("items"), dict)), {})
        return [_value(text, rows, document)]
    return text


def _property(schema: Schema, name: str, document: Schema) -> Schema:
    """What is known of a field: in any variant, since which one it will be is not known yet."""
    found = [v["properties"][name] for v in _variants(schema, document) if name in v.get("properties", {})]
    return {"anyOf": found} if found else {}


def _variants(schema: Schema, document: Schema) -> list[Schema]:
    if reference := schema.get("$ref"):
        return _variants(document["components"]["schemas"][reference.rpartition("/")[2]], document)
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
    return [variant for choice in choices for variant in _variants(choice, document)] if choices else [schema]


def _types(schema: Schema) -> list[str]:
    said = schema.get("type", [])
    if not said and "enum" in schema:
        return [TYPES[type(choice)] for choice in schema["enum"]]
    return [said] if isinstance(said, str) else list(said)


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _finite(text: str) -> float:
    """1e999 is JSON, and no number that can be sent."""
    return float(text) if math.isfinite(float(text)) else _no_number(text)


def _no_number(name: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError(name)
