"""What every service's pages have in common: health, hosts, headers, sessions, language, theme, failures.

``install`` is the one call a ``create_app`` makes; each part is a small ``init_app`` in the file named after it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask

from .. import logs, shapes
from ..settings import Settings
from ..store import Store
from ..trace.recorder import Recorder
from . import failures, health, hosts, language, limits, policy, sessions, theme

__all__ = ["install"]


def install(
    app: Flask,
    settings: Settings,
    store: Store,
    recorder: Recorder,
    *,
    role: str,
    cookie: str = "",
    public_url: str,
    ready: Any = None,
) -> None:
    """``role`` is what /healthz answers; ``cookie`` names the session cookie ("" for a service without pages);
    ``ready`` may return a sentence that says why the service is not ready yet."""
    from .. import faults
    from ..trace import http

    logs.configure(settings)
    shapes.build()
    hosts.init_app(app, settings, public_url)
    limits.init_app(app)
    http.init_app(app, recorder)
    faults.init_app(app)  # after the trace: what it does to an answer is recorded
    language.init_app(app)
    theme.init_app(app)
    policy.init_app(app, settings)
    health.init_app(app, store, role, ready)
    failures.init_app(app)
    if cookie:
        sessions.init_app(app, store, cookie, secure=settings.production)
    app.register_blueprint(
        Blueprint(
            "ninestep",
            __name__,
            static_folder="../static",
            static_url_path="/assets/ninestep",
            template_folder="../templates",
        )
    )
    app.jinja_env.globals["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
