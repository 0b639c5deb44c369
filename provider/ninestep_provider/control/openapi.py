"""``/_mock/api/openapi.json``: made from the types that validate and answer, and the table that routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from types import FunctionType
from typing import Any, TypedDict

import msgspec
from flask import redirect, request, url_for
from ninestep import __version__
from ninestep.dialects import DIALECTS, policies_of

from ..services import services
from .operation import Media, Operation, Operations
from .problem import CONTENT_TYPE, ProblemAnswer
from .query import path_type

SCHEMAS = "#/components/schemas/"
SOURCES = re.compile(
    r" \((?:(?:design|experience|wire)\.md[^)]*|M\d{3})\)"
)  # ours: no reader of the document has them
REFUSALS = {
    400: "The body is no JSON.",
    401: "More than this machine reaches the town, and the admin token is missing or wrong.",
    403: "The page or the host name is a foreign one.",
    404: "Something that the call names is not there; `fix` offers the nearest name.",
    409: "What is there now stands against it.",
    413: "The body is too big.",
    415: "The body has to be `application/json`.",
    422: "A field, a parameter or a name cannot be what it is; `field` names it, `fix` says what would be right.",
    502: "A service of the town did not answer.",
    503: "Redis does not answer; try again.",
}
LINK = {
    "description": 'The next page: `<…>; rel="next"` (RFC 8288). Absent on the last.',
    "schema": {"type": "string"},
}
TOO_LONG = {
    "description": "The address is too long: it has 8000 characters of query at most.",
    "content": {
        CONTENT_TYPE: {"schema": {"$ref": SCHEMAS + "ProblemAnswer"}},
        "text/html": {"schema": {"type": "string"}},  # above 8190 the server itself answers
    },
}
TOKEN = {"type": "http", "scheme": "bearer", "description": "NINESTEP_ADMIN_TOKEN"}
ABOUT = """Everything that the town can be asked for by a program: JSON in, JSON out.

A refusal is `application/problem+json` (RFC 9457); `errors[0]` names the field and what would be right.
Long lists come in pages: follow the `Link` header. A call with `wait` answers as soon as it is so.
A `DELETE` can be repeated: what is gone is 204 again."""

Schema = dict[str, Any]


class Index(TypedDict):
    """Where everything is."""

    version: str
    openapi: str
    docs: str


def register(operations: Operations) -> None:
    @cache
    def built() -> dict[str, Any]:
        return build(operations)

    def document() -> Any:
        """This document."""
        here = request.host_url.rstrip("/")
        return {**built(), "servers": [{"url": here, "description": "this town"}]}

    operations.add("GET", "", index, answer=Index)
    operations.add("GET", "/openapi.json", document, answer=dict[str, Any])


def index() -> Any:
    """Where the document and its pages are. A browser is led to the pages."""
    docs = url_for("api_docs.page")
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return redirect(docs)
    here = request.host_url.rstrip("/")
    return {
        "version": __version__,
        "openapi": here + url_for("control.openapi_document"),
        "docs": here + docs,
    }


def build(operations: Operations) -> dict[str, Any]:
    """All of it but where the caller reaches it (``servers``): a tenth of a second, the same for every request."""
    exposed = not services().settings.loopback_only
    answers = {operation.name: _answers(operation) for operation in operations.table}
    places, components = _schemas(operations, answers)
    paths: dict[str, Any] = {}
    for operation in operations.table:
        path = operations.prefix + operation.path
        gives = [places[kind] for kind in answers[operation.name]]
        described = _described(operation, places, gives, exposed)
        paths.setdefault(path, {})[operation.method.lower()] = described
    refusals = {f"{HTTPStatus(status).name.title().replace('_', '')}": status for status in REFUSALS}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Ninestep control API", "version": __version__, "description": ABOUT},
        "servers": [],
        "tags": [{"name": name, "description": said} for name, said in operations.tags.items()],
        "paths": paths,
        "components": {
            "schemas": {**components, **_policies()},
            "responses": {name: _problem(REFUSALS[status]) for name, status in refusals.items()},
            **({"securitySchemes": {"admin": TOKEN}} if exposed else {}),
        },
        **({"security": [{"admin": []}]} if exposed else {}),
    }
    return dict(_without_sources(document))


def _schemas(operations: Operations, answers: dict[str, list[Any]]) -> tuple[dict[Any, Schema], Schema]:
    """(the schema of each type that a call takes or gives, what they refer to)."""
    kinds: list[Any] = [ProblemAnswer]
    for operation in operations.table:
        kinds += [operation.body] if operation.body else []
        kinds += answers[operation.name]
    kinds = list(dict.fromkeys(kinds))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=SCHEMAS + "{name}")
    for component in components.values():
        if component.get("additionalProperties") is False and "policies" in component.get("properties", {}):
            component["properties"]["policies"] = {"$ref": SCHEMAS + "Policies"}
    return dict(zip(kinds, schemas, strict=True)), components


def _answers(operation: Operation) -> list[Any]:
    """The types that it can answer."""
    answer = operation.answer() if isinstance(operation.answer, FunctionType) else operation.answer
    if answer is None or isinstance(answer, Media):
        return []
    return list(answer) if isinstance(answer, tuple) else [answer]


def _described(operation: Operation, places: dict[Any, Schema], gives: list[Schema], exposed: bool) -> Schema:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": operation.description} if operation.description else {}),
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, gives, exposed),
    }
    if operation.body:
        needed = any(field.required for field in msgspec.structs.fields(operation.body))
        content: dict[str, Any] = {"schema": places[operation.body]}
        if operation.example is not None:
            content["example"] = operation.example
        described["requestBody"] = {"required": needed, "content": {"application/json": content}}
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        schema = msgspec.json.schema(path_type(name))
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for name, param in operation.query.items():
        schema = msgspec.json.schema(param.type)
        yield {"name": name, "in": "query", "required": False, "description": param.doc, "schema": schema}


def _responses(operation: Operation, gives: list[Schema], exposed: bool) -> Schema:
    good: dict[str, Any] = {"description": "Done."}
    if isinstance(operation.answer, Media):
        kind = operation.answer.content_type.partition(";")[0]
        good["content"] = {
            kind: {"schema": {"type": "object" if kind.endswith(("json", "yaml")) else "string"}}
        }
    elif gives:
        schema = gives[0] if len(gives) == 1 else {"anyOf": gives}
        good["content"] = {"application/json": {"schema": schema}}
    if "after" in operation.query:
        good["headers"] = {"Link": LINK}
    responses = {str(operation.status): good}
    if operation.method == "PUT":
        responses["200"] = {**good, "description": "It was there already."}
    if operation.path == "":
        responses["302"] = {"description": "A browser is led to the pages."}
    for status in sorted(_refusals(operation, exposed)):
        name = HTTPStatus(status).name.title().replace("_", "")
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    if operation.query:
        responses["414"] = TOO_LONG
    responses["default"] = _problem("Refused.")
    return responses


def _refusals(operation: Operation, exposed: bool) -> set[int]:
    statuses = {403, 422, 503, *operation.refuses}
    if exposed:
        statuses.add(401)
    if operation.body:
        statuses |= {400, 413, 415}
    names = {"world", "app"} & set(operation.query)
    if ("{" in operation.path or names) and operation.method != "DELETE":
        statuses.add(404)
    return statuses


def _without_sources(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_sources(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_sources(each) for each in value]
    return SOURCES.sub("", value) if isinstance(value, str) else value


def _problem(said: str) -> dict[str, Any]:
    return {"description": said, "content": {CONTENT_TYPE: {"schema": {"$ref": SCHEMAS + "ProblemAnswer"}}}}


def _policies() -> dict[str, Any]:
    """Every policy with its choices and defaults, by dialect; null takes an override away."""
    schemas: dict[str, Any] = {}
    for dialect in DIALECTS:
        table = policies_of(dialect).values()
        schemas[f"Policies.{dialect}"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                policy.name: {
                    "enum": [*policy.choices, None],
                    "description": f"{policy.doc} (platform: {policy.platform!r}, tutorial: {policy.tutorial!r})",
                }
                for policy in table
            },
        }
    return {"Policies": {"anyOf": [{"$ref": SCHEMAS + name} for name in schemas]}, **schemas}
