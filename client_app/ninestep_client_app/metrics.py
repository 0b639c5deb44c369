"""The seed's four metrics and the errors by code (S0 §7.4), in one Redis hash so that all workers agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.store import Store
from ninestep.web.hosts import page

from .services import services

NAMES = ("authAttempts", "authSuccess", "authFailures", "tokenRefreshes")
OWN = "client_app:"  # the hash is shared with the other services
ERRORS = OWN + "errors:"
HELP = {
    "auth_attempts": "Logins that were started",
    "auth_success": "Logins that reached a local user",
    "auth_failures": "Logins that failed",
    "token_refreshes": "Access tokens that were refreshed",
}

bp = Blueprint("metrics", __name__)


class Metrics(msgspec.Struct, kw_only=True, rename="camel"):
    auth_attempts: int = 0
    auth_success: int = 0
    auth_failures: int = 0
    token_refreshes: int = 0
    errors: dict[str, int] = {}

    def four(self) -> list[tuple[str, int]]:
        values = (self.auth_attempts, self.auth_success, self.auth_failures, self.token_refreshes)
        return list(zip(NAMES, values, strict=True))


def read(store: Store) -> Metrics:
    raw = {k.decode(): int(v) for k, v in store.redis.hgetall(store.keys.metrics).items()}
    attempts, success, failures, refreshes = (raw.get(OWN + name, 0) for name in NAMES)
    errors = {k.removeprefix(ERRORS): v for k, v in sorted(raw.items()) if k.startswith(ERRORS)}
    return Metrics(
        auth_attempts=attempts,
        auth_success=success,
        auth_failures=failures,
        token_refreshes=refreshes,
        errors=errors,
    )


@bp.get("/metrics")
def show() -> ResponseReturnValue:
    wanted = request.accept_mimetypes.best_match(["text/plain", "application/json", "text/html"])
    if wanted == "application/json":
        return jsonify(msgspec.to_builtins(read(services().store)))
    if wanted == "text/html":
        return html()
    return Response(
        _prometheus(read(services().store)), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


@bp.get("/metrics.html")
@page
def html() -> ResponseReturnValue:
    return render_template("client/metrics.html", metrics=read(services().store))


def _prometheus(metrics: Metrics) -> bytes:
    from prometheus_client import CollectorRegistry, generate_latest  # 20 ms, and no login needs it
    from prometheus_client.core import CounterMetricFamily

    class Collector:
        def collect(self) -> Iterator[Any]:
            for name, text in HELP.items():
                yield CounterMetricFamily(f"ninestep_client_{name}", text, value=getattr(metrics, name))
            errors = CounterMetricFamily(
                "ninestep_client_errors", "Failed logins by error code", labels=["code"]
            )
            for code, number in metrics.errors.items():
                errors.add_metric([code], number)
            yield errors

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return generate_latest(registry)
