"""The Meituan-style site: login page, ①, callback, the logged-in page and what can be done there."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.trace.http import current
from ninestep.web import language, policy
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from . import errors, messages
from .accounts.login_token import COOKIE
from .accounts.users import LocalUser
from .errors import LoginError, NeedReauth, TokenExpired
from .login.browser import browser
from .login.callback import receive
from .login.platform import Platform
from .login.sites import Site, switched_on
from .login.start import start
from .services import services
from .tokens.status import Status, status_of
from .tokens.values import Tokens
from .tokens.vault import Held

WECHAT = "wechat"

bp = Blueprint("meituan", __name__)


def site(platform: Platform) -> Site:
    return Site(platform=platform, home="meituan.login", page=login_page, welcome=welcome)


# -- ① to ⑨ --------------------------------------------------------------------------------------------


@bp.get("/")
@bp.get("/login")
@page
def login() -> ResponseReturnValue:
    return login_page(request.args.get("notice", ""))


@bp.get("/login/wechat")
@page
def login_wechat() -> ResponseReturnValue:
    return start(services().sites[WECHAT])


@bp.get("/auth/wechat/callback")
@page
def callback() -> ResponseReturnValue:
    return receive(services().sites[WECHAT])


def login_page(notice: str) -> str:
    browser()  # the name that two tabs opened from here will share
    key = messages.notice_key(notice) if notice else ""
    return render_template(
        "client/login.html", notice=key, user=_user(), switched=switched_on("meituan.login", key)
    )


def welcome(user: LocalUser) -> Response:
    response = redirect(url_for("meituan.me"), 303)
    token = services().login_tokens.sign(user.id)
    secure = services().settings.production
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=secure)
    return response


# -- logged in -----------------------------------------------------------------------------------------


@bp.get("/me")
@page
def me() -> ResponseReturnValue:
    parts, user = services(), _user()
    if user is None:
        return redirect(url_for("meituan.login"), 302)
    held = parts.vault.read(user.id, WECHAT)
    policy.allow("img-src", parts.settings.provider_url)
    notice = request.args.get("notice", "")
    return render_template(
        "client/me.html",
        user=user,
        status=_status(held),
        complete=not user.nickname or not _has_profile(held),
        notice=messages.notice_key(notice) if notice else "",
        refreshed="refreshed" in request.args,
    )


@bp.post("/me/refresh-profile")
def refresh_profile() -> ResponseReturnValue:
    """The userinfo API once more, through the token manager."""
    parts, user = services(), _user()
    if user is None:
        return redirect(url_for("meituan.login", notice="NEED_REAUTH"), 303)
    platform = parts.sites[WECHAT].platform
    _told_in_its_flow("session.read", user)

    def read(tokens: Tokens) -> None:
        now = parts.town.moment(platform.appid).now
        parts.accounts.copy_profile(user.id, platform.profile(tokens, at=now))

    try:
        parts.manager.call(user.id, platform, read)
    except (NeedReauth, TokenExpired) as error:
        errors.record(error)
        current().refuse(error.code)
        return _forget(redirect(url_for("meituan.login", notice=error.code), 303))
    except LoginError as error:
        errors.record(error)
        current().refuse(error.code)
        return redirect(url_for("meituan.me", notice=messages.notice_key(error.code)), 303)
    return redirect(url_for("meituan.me", refreshed=""), 303)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """The provider's tokens stay valid: leaving this site revokes nothing there (S0 §6.1)."""
    if user := _user():
        _told_in_its_flow("logout.requested", user)
    return _forget(redirect(url_for("meituan.login"), 303))


@bp.get("/api/me")
def api_me() -> ResponseReturnValue:
    user = _user()
    if user is None:
        text = language.translate(current_app, "client.api.login")
        return jsonify(error="unauthorized", message=text), 401
    return jsonify(user={"id": user.id, "nickname": user.nickname, "avatar": user.avatar})


def _user() -> LocalUser | None:
    parts = services()
    name = parts.login_tokens.user_of(request)
    return parts.accounts.read(name) if name else None


def _status(held: Held | None) -> Status:
    parts = services()
    return status_of(held, parts.town.moment(parts.sites[WECHAT].platform.appid).now)


def _has_profile(held: Held | None) -> bool:
    return held is None or services().sites[WECHAT].platform.profile_scope in held.tokens.scope.split(",")


def _told_in_its_flow(name: str, user: LocalUser) -> None:
    """Record this request in the flow of the login that the user's tokens came from."""
    held = services().vault.read(user.id, WECHAT)
    if held is None:
        return
    platform = services().sites[WECHAT].platform
    draft = current().begin(name, world=held.tokens.world, app=platform.appid, flow=held.tokens.flow)
    draft.at = services().town.moment(platform.appid).now


def _forget(response: Response) -> Response:
    secure = services().settings.production
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)
    return response
