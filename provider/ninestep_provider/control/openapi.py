"""``/_mock/api/openapi.json``: made from the types that validate and the table that routes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from ninestep import __version__
from ninestep.dialects import DIALECTS, policies_of

from .operation import Operation, Operations
from .problem import ProblemAnswer

SCHEMAS = "#/components/schemas/"
PROBLEM = {
    "description": "refused",
    "content": {"application/problem+json": {"schema": {"$ref": SCHEMAS + "ProblemAnswer"}}},
}


def register(operations: Operations) -> None:
    def document() -> Any:
        """This document."""
        return build(operations)

    operations.add("GET", "/openapi.json", document)


def build(operations: Operations) -> dict[str, Any]:
    bodies = {operation.body for operation in operations.table if operation.body}
    ordered = [*sorted(bodies, key=lambda body: body.__name__), ProblemAnswer]
    schemas, components = msgspec.json.schema_components(ordered, ref_template=SCHEMAS + "{name}")
    places = dict(zip(ordered, schemas, strict=True))
    for component in components.values():
        if "policies" in component.get("properties", {}):
            component["properties"]["policies"] = {"$ref": SCHEMAS + "Policies"}
    paths: dict[str, Any] = {}
    for operation in operations.table:
        path = operations.prefix + operation.path
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, places)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ninestep control API", "version": __version__},
        "paths": paths,
        "components": {"schemas": {**components, **_policies()}},
    }


def _described(operation: Operation, places: dict[Any, Any]) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", operation.path)
    text = {"schema": {"type": "string"}}
    parameters = [{"name": name, "in": "path", "required": True, **text} for name in names]
    parameters += [{"name": n, "in": "query", "description": d, **text} for n, d in operation.query.items()]
    good = {str(operation.status): {"description": "done"}}
    if operation.method == "PUT":
        good["200"] = {"description": "it was there already"}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {**good, "default": PROBLEM},
    }
    if operation.body:
        described["requestBody"] = {"content": {"application/json": {"schema": places[operation.body]}}}
    return described


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
