"""The dialects of the provider: routes and manners. Listed by hand; the engine asks them, and knows none by name."""

from __future__ import annotations

from flask import Flask

from ..engine.dialect import Dialect
from . import standard, wechat

DIALECTS: dict[str, Dialect] = {
    "standard": standard.DIALECT,
    "wechat": wechat.DIALECT,
}


def init_app(app: Flask) -> None:
    for module in (standard, wechat):
        app.register_blueprint(module.blueprint())
