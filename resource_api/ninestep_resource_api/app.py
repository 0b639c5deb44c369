"""The resource server: protected data behind tokens."""

from __future__ import annotations

from flask import Flask
from ninestep import web
from ninestep.settings import ResourceSettings, load
from ninestep.store import Store
from ninestep.trace.recorder import Recorder
from ninestep.web import cors, metrics

from . import articles
from .dialects import qq, standard, wechat, weibo
from .services import Services
from .verifier import IntrospectionVerifier, StoreVerifier


def create_app(
    settings: ResourceSettings | None = None, *, store: Store | None = None, recorder: Recorder | None = None
) -> Flask:
    """The resource API. Tests pass what they want to watch or replace."""
    settings = settings or load(ResourceSettings)
    store = store or Store.at(settings.redis_url, settings.redis_prefix)
    recorder = recorder or Recorder.of(settings, store, "resource_api")
    app = Flask(__name__, static_folder=None)
    app.extensions["ninestep"] = Services(
        settings,
        store,
        recorder,
        {"store": StoreVerifier(), "introspect": IntrospectionVerifier(settings, recorder)},
    )
    web.install(app, settings, store, recorder, role="resource server", public_url=settings.resource_url)
    cors.init_app(app, store, "/userinfo", "/articles", "/articles/")
    metrics.init_app(app, store, "resource_api")
    app.register_blueprint(wechat.blueprint())
    app.register_blueprint(weibo.blueprint())
    app.register_blueprint(qq.blueprint())
    app.register_blueprint(standard.blueprint())
    app.register_blueprint(articles.blueprint())
    return app
