"""A small shop with a WeChat login: ``flask --app shop run``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, redirect, request, session, url_for
from markupsafe import escape
from social_core.exceptions import AuthException
from wechat import PLATFORM, backend
from werkzeug.wrappers import Response


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    app = Flask(__name__)
    app.config.update(PLATFORM, SECRET_KEY="change me")
    app.config.from_prefixed_env("SHOP")
    app.config.update(config or {})

    @app.get("/")
    def home() -> str:
        name = session.get("nickname")
        return f"Hello {escape(name)}!" if name else '<a href="/login">微信登录</a>'

    @app.get("/login")
    def login() -> Response:
        return redirect(backend(url_for("callback", _external=True)).auth_url())

    @app.get("/callback")
    def callback() -> Any:
        wechat = backend(url_for("callback", _external=True))
        wechat.data = request.args.to_dict()
        try:
            person = wechat.auth_complete()
        except AuthException as error:
            app.logger.warning("login failed: %s", error)
            return 'That did not work. <a href="/login">Try again</a>', 400
        session["openid"], session["nickname"] = person["openid"], person["nickname"]
        return redirect(url_for("home"))

    return app
