"""Answers of the control API, each held against the town's own OpenAPI document: what is not in it, is wrong.

As much of JSON Schema as the document uses. It is stricter than a schema in one thing: an object with known properties
has no others.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from flask import Flask
from ninestep_provider.control import openapi
from werkzeug.test import TestResponse

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KNOWN = {  # words of a schema that ``wrong`` understands, or that ask for nothing
    *("$ref", "anyOf", "oneOf", "type", "enum", "properties", "required", "additionalProperties", "items"),
    *("pattern", "minimum", "maximum", "maxLength", "minLength", "maxItems", "minItems", "const"),
    *("title", "description", "default", "examples", "prefixItems", "discriminator"),
}


class Document:
    def __init__(self, document: dict[str, Any]) -> None:
        self.schemas = document["components"]["schemas"]
        self.responses = document["components"]["responses"]
        self.calls = [
            (
                re.compile(
                    re.sub(r"\{\w+\}", r"[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
                ),
                each,
            )
            for path, each in document["paths"].items()
        ]

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """AssertionError where ``answer`` is none that the document tells of."""
        found = [each for pattern, each in self.calls if pattern.fullmatch(path) and method.lower() in each]
        if not found or answer.status_code in (405, 500):
            return  # no call of ours; a 500 is wrong for its own sake
        call = f"{method} {path}: {answer.status_code}"
        told = found[0][method.lower()]["responses"]
        assert str(answer.status_code) in told, f"{call} is not documented"
        response = told[str(answer.status_code)]
        if "$ref" in response:
            response = self.responses[response["$ref"].rsplit("/", 1)[1]]
        if answer.status_code == 204:
            assert not answer.data
            assert "content" not in response, f"{call} has no body"
            return
        if "Link" in answer.headers:
            assert "Link" in response["headers"], f"{call}: the Link header is not documented"
        if not answer.data or answer.status_code == 302:
            return
        kinds = response["content"]
        assert answer.mimetype in {kind.partition(";")[0] for kind in kinds}, f"{call}: {answer.mimetype}"
        if answer.mimetype.endswith("json"):
            said = self.wrong(json.loads(answer.data), kinds[answer.mimetype]["schema"], "$")
            assert not said, f"{call}: {said}"

    def wrong(self, value: Any, schema: dict[str, Any], place: str) -> str:
        """What does not fit, "" where all does."""
        assert not set(schema) - KNOWN, f"{place}: this test does not understand {set(schema) - KNOWN}"
        if "$ref" in schema:
            return self.wrong(value, self.schemas[schema["$ref"].rsplit("/", 1)[1]], place)
        if choices := schema.get("anyOf", schema.get("oneOf")):
            said = [self.wrong(value, each, place) for each in choices]
            return "" if "" in said else " or ".join(said)
        kinds = schema.get("type", list(KINDS))
        allowed = tuple(
            kind for name in ([kinds] if isinstance(kinds, str) else kinds) for kind in KINDS[name]
        )
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            return f"{place} is {value!r}, no {kinds}"
        if "enum" in schema and value not in schema["enum"]:
            return f"{place} is {value!r}, none of {schema['enum']}"
        if isinstance(value, dict):
            return self._wrong_object(value, schema, place)
        if isinstance(value, list) and "items" in schema and schema["items"] is not False:
            return next(
                (
                    said
                    for n, each in enumerate(value)
                    if (said := self.wrong(each, schema["items"], f"{place}[{n}]"))
                ),
                "",
            )
        return ""

    def _wrong_object(self, value: dict[str, Any], schema: dict[str, Any], place: str) -> str:
        properties, more = (
            schema.get("properties", {}),
            schema.get("additionalProperties", not schema.get("properties")),
        )
        if missing := set(schema.get("required", ())) - set(value):
            return f"{place} has no {missing}"
        for name, each in value.items():
            rule = properties.get(name, more)
            if rule is False:
                return f"{place}.{name} is not documented"
            if isinstance(rule, dict) and (said := self.wrong(each, rule, f"{place}.{name}")):
                return said
        return ""


@cache
def document(app: Flask) -> Document:
    """Of a provider; built once, and by none of its routes."""
    with app.test_request_context("/_mock/api/openapi.json", base_url="http://127.0.0.1:9000"):
        return Document(json.loads(json.dumps(openapi.build(app.extensions["ninestep.control"]))))
