"""The authorization server: login, consent, tokens, 授权管理; console and control API under ``/_mock``."""

from __future__ import annotations

import contextlib
from pathlib import Path

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect
from ninestep import web
from ninestep.settings import ProviderSettings, load
from ninestep.store import RedisError, Store
from ninestep.trace.reader import Reader
from ninestep.trace.recorder import Recorder
from ninestep.web import cors, language, metrics
from ninestep.web.avatars import avatar_url

from . import api_docs, console, control, dialects, learn, phone, sandbox, seeds, start, theatre
from .control import guard
from .control import seed as seed_file
from .dialects.standard import calls, metadata
from .engine.composition import build_server
from .pages import authorizations, avatars, step_mode, stepping
from .services import Services

HERE = Path(__file__).resolve().parent


def create_app(
    settings: ProviderSettings | None = None, *, store: Store | None = None, recorder: Recorder | None = None
) -> Flask:
    """The provider. Tests pass what they want to watch or replace."""
    settings = settings or load(ProviderSettings)
    guard.require_startable(settings)
    store = store or Store.at(settings.redis_url, settings.redis_prefix)
    recorder = recorder or Recorder.of(settings, store, "provider")
    parts = Services(settings, store, recorder, Reader(store, recorder.state_hash))

    app = Flask(__name__, static_folder=None)
    app.secret_key = settings.session_key
    app.extensions["ninestep"] = parts
    app.extensions["ninestep.server"] = build_server(dialects.DIALECTS.values())
    web.install(
        app,
        settings,
        store,
        recorder,
        role="authorization server",
        cookie="wx_session",
        public_url=settings.provider_url,
        ready=lambda: seeds.missing(parts) or seed_file.missing(app),
    )
    cors.init_app(app, store, *calls.BY_SCRIPTS, public=metadata.PUBLIC, cookieless=(calls.TOKEN,))
    language.load(app, HERE / "words")
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = False  # it wants a Referer, and our pages send none
    csrf = CSRFProtect()
    csrf.init_app(app)

    pages = Blueprint(
        "provider",
        __name__,
        static_folder="static",
        static_url_path="/assets/provider",
        template_folder="templates",
    )
    authorizations.routes(pages)
    avatars.routes(pages)
    app.register_blueprint(pages)
    dialects.init_app(app)
    for name in dialects.DIALECTS:
        _exempt_wire(csrf, app, name)
    metrics.init_app(app, store, "provider", console.metrics_page)
    app.register_blueprint(stepping.blueprint())
    if settings.backstage:
        console.init_app(app)
        start.init_app(app)
        theatre.init_app(app)
        learn.init_app(app)
        step_mode.init_app(app)
        sandbox.init_app(app)
        phone.init_app(app)
        control.init_app(app)
        api_docs.init_app(app)
        _exempt_wire(csrf, app, "control")
    app.jinja_env.globals["user_avatar"] = lambda user: avatar_url("", user)
    with contextlib.suppress(RedisError):  # then /readyz says so, and seeds as soon as Redis is there
        seeds.seed(parts)
    if settings.seed:
        seed_file.init_app(app, settings.seed)
    return app


def _exempt_wire(csrf: CSRFProtect, app: Flask, blueprint: str) -> None:
    """Machines carry no form token: wire endpoints and the control API are protected by their own means, and the
    consent form by its nonce. The login forms stay protected."""
    for endpoint, view in app.view_functions.items():
        if endpoint.split(".")[0] == blueprint and not endpoint.endswith("login_submit"):
            csrf.exempt(f"{view.__module__}.{view.__name__}")
