"""The dialects of the provider: routes and manners. Listed by hand; the engine asks them, and knows none by name."""

from __future__ import annotations

from flask import Flask, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from ..engine.dialect import Dialect
from . import qq, standard, wechat, weibo
from .standard import metadata

DIALECTS: dict[str, Dialect] = {
    "standard": standard.DIALECT,
    "wechat": wechat.DIALECT,
    "weibo": weibo.DIALECT,
    "qq": qq.DIALECT,
}


def init_app(app: Flask) -> None:
    for module in (standard, wechat, weibo, qq):
        app.register_blueprint(module.blueprint())

    @app.before_request
    def no_head() -> None:
        """HEAD would be GET without its body, and a GET at the wire gives a code, or spends one. What is merely
        found out may be looked at: programs that wait for a server do (RFC 9110 §9.3.2)."""
        if request.method != "HEAD" or request.blueprint not in DIALECTS or request.url_rule is None:
            return
        if request.path in metadata.PUBLIC:
            return
        if not getattr(current_app.view_functions[request.url_rule.endpoint], "is_page", False):
            raise MethodNotAllowed(valid_methods=sorted((request.url_rule.methods or set()) - {"HEAD"}))
