"""The control API under ``/_mock/api``: JSON in, JSON out, problem+json when it will not (design.md §8).

One file per resource. What all of them stand on:

``operation``  method, path, body and answer declared once, for the route and for the OpenAPI document alike
``query``      parameters and names in a path, typed like bodies; ``paging``, long lists in pages
``guard``      who may call
``found``      looking things up; ``sealed``, what policy reveal kept
``problem``    refusals; ``places``, where in a body it is wrong; ``nearest``, the name that was meant
``openapi``    the document
"""

from __future__ import annotations

from flask import Flask

from . import (
    apps,
    checklist,
    clock,
    codes,
    coverage,
    devices,
    errors,
    exports,
    faults,
    findings,
    flows,
    followers,
    grants,
    guard,
    health,
    imports,
    inspect,
    js_codes,
    keys,
    ledger,
    logouts,
    next,
    openapi,
    problem,
    resend,
    scan,
    seed,
    snapshots,
    snippets,
    state,
    stepping,
    storage_state,
    testers,
    testids,
    tokens,
    users,
    worksheet,
    worlds,
)
from .operation import Operations

RESOURCES = (
    worlds,
    apps,
    users,
    followers,
    testers,
    next,
    codes,
    js_codes,
    devices,
    clock,
    snapshots,
    tokens,
    grants,
    scan,
    logouts,
    keys,
    faults,
    flows,
    ledger,
    findings,
    checklist,
    coverage,
    exports,
    imports,
    resend,
    state,
    seed,
    errors,
    testids,
    worksheet,
    snippets,
    storage_state,
    inspect,
    health,
    stepping,
)


def init_app(app: Flask) -> None:
    operations = Operations("control", "/_mock/api")
    for resource in RESOURCES:
        resource.register(operations)
    openapi.register(operations)
    guard.protect(operations.blueprint)
    problem.handle(operations.blueprint)
    app.register_blueprint(operations.blueprint)
    app.extensions["ninestep.control"] = operations
