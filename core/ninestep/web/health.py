"""``GET /healthz``: alive, names its role. ``GET /readyz``: Redis answers, the seeds are in; else 503 and why."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, jsonify

from .. import __version__
from ..store import RedisError, Store

PATHS = frozenset({"/healthz", "/readyz"})  # they answer whoever asks, by any name, without a session


def init_app(app: Flask, store: Store, role: str, ready: Callable[[], str] | None) -> None:
    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(role=role, status="alive", version=__version__)

    @app.get("/readyz")
    def readyz() -> Response:
        try:
            store.ping()
            reason = ready() if ready else ""
        except RedisError as error:
            reason = f"Redis does not answer ({type(error).__name__})"
        response = jsonify(role=role, status="waiting" if reason else "ready", reason=reason)
        if reason:
            response.status_code = 503
            response.headers["Retry-After"] = "1"
        return response
