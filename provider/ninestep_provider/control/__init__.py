"""The control API under ``/_mock/api``: JSON in, JSON out, problem+json when it will not (design.md §8).

One file per resource; ``operation`` declares method, path, body and answer once, for the route and for the OpenAPI
document alike. ``guard`` says who may call.
"""

from __future__ import annotations

from flask import Flask

from . import (
    apps,
    clock,
    codes,
    faults,
    flows,
    followers,
    grants,
    guard,
    js_codes,
    next,
    openapi,
    problem,
    scan,
    state,
    testers,
    tokens,
    users,
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
    tokens,
    grants,
    scan,
    faults,
    flows,
    state,
)


def init_app(app: Flask) -> None:
    operations = Operations("control", "/_mock/api")
    for resource in RESOURCES:
        resource.register(operations)
    openapi.register(operations)
    guard.protect(operations.blueprint)
    problem.handle(operations.blueprint)
    app.register_blueprint(operations.blueprint)
