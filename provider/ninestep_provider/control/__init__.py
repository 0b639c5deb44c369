"""The control API under ``/_mock/api``: JSON in, JSON out, problem+json when it will not (design.md §8).

One file per resource; ``operation`` declares method, path, body and answer once, for the route and for the OpenAPI
document alike. ``guard`` says who may call.
"""

from __future__ import annotations

from flask import Flask

from . import (
    apps,
    checklist,
    clock,
    codes,
    coverage,
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
    ledger,
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
    test_ids,
    testers,
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
    clock,
    snapshots,
    tokens,
    grants,
    scan,
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
    test_ids,
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
