"""A small website in Flask that logs its visitors in by flask-wx-oauth."""

from __future__ import annotations

from typing import Any

from answering import answer, serve
from flask import Flask, redirect, request, session
from flask_wx_oauth import WXOAuth


def start(app: dict[str, str]) -> str:
    """Its address. The account may name 127.0.0.1 as its domain."""
    site = Flask("site")
    site.config.update(SECRET_KEY="site", WX_APPID=app["appid"], WX_SECRET=app["secret"])
    oauth = WXOAuth(site)

    @site.get("/login")
    def login() -> Any:
        session["state"] = "state of the site"
        scope = request.args.get("scope", "snsapi_userinfo")
        return redirect(oauth.get_authorize_url(request.url_root + "callback", scope, state=session["state"]))

    @site.get("/callback")
    def callback() -> Any:
        assert request.args["state"] == session["state"]
        token = session["token"] = oauth.get_access_token(request.args["code"])
        if "errcode" in token:
            return {"token": token}
        return {"token": token, "profile": oauth.get_userinfo(token["access_token"], token["openid"])}

    @site.get("/again")
    def again() -> Any:
        """Later, with what the session holds."""
        token = session["token"]
        return {
            "check": oauth.check_access_token(token["access_token"], token["openid"]),
            "profile": oauth.get_userinfo(token["access_token"], token["openid"]),
        }

    @site.get("/refresh")
    def refresh() -> Any:
        token = oauth.refresh_token(session["token"]["refresh_token"])
        if "errcode" not in token:
            session["token"] = token
        return token

    return serve(site)


answer(globals())
