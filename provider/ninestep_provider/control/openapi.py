"""``/_mock/api/openapi.json``: made from the types that validate and the table that routes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from ninestep import __version__
from ninestep.dialects import DIALECTS, policies_of

from .operation import Operation, Operations

PROBLEM = {"description": "refused", "content": {"application/problem+json": {"schema": {"type": "object"}}}}


def register(operations: Operations) -> None:
    def document() -> Any:
        """This document."""
        return build(operations)

    operations.add("GET", "/openapi.json", document)


def build(operations: Operations) -> dict[str, Any]:
    bodies = {operation.body for operation in operations.table if operation.body}
    ordered = sorted(bodies, key=lambda body: body.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    places = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in operations.table:
        path = operations.prefix + operation.path
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, places)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ninestep control API", "version": __version__, "description": _policies()},
        "paths": paths,
        "components": {"schemas": components},
    }


def _described(operation: Operation, places: dict[Any, Any]) -> dict[str, Any]:
    names = re.findall(r"\{(\w+)\}", operation.path)
    text = {"schema": {"type": "string"}}
    parameters = [{"name": name, "in": "path", "required": True, **text} for name in names]
    parameters += [{"name": n, "in": "query", "description": d, **text} for n, d in operation.query.items()]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {str(operation.status): {"description": "done"}, "default": PROBLEM},
    }
    if operation.body:
        described["requestBody"] = {"content": {"application/json": {"schema": places[operation.body]}}}
    return described


def _policies() -> str:
    """Every policy by dialect, since an app's ``policies`` are free-form in the schema."""
    lines = []
    for dialect in DIALECTS:
        lines.append(f"Policies of dialect {dialect}:")
        for name, policy in policies_of(dialect).items():
            defaults = f"platform {policy.platform!r}, tutorial {policy.tutorial!r}"
            lines.append(f"- {name} {list(policy.choices)}: {policy.doc} ({defaults})")
    return "\n".join(lines)
