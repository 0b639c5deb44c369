"""The Meituan-style site: login page, ①, callback, the logged-in page and what can be done there."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.trace.http import current
from ninestep.web import language, policy
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from . import errors, messages
from .accounts.login_token import COOKIE
from .accounts.users import LocalUser
from .binding import PROVIDERS, ways
from .errors import LoginError, NeedReauth, TokenExpired
from .login.browser import browser
from .login.callback import receive
from .login.platform import Platform
from .login.sites import Site, switched_on
from .login.start import start
from .login.wechat import PC
from .services import services
from .tokens.status import status_of
from .tokens.values import Tokens
from .tokens.vault import Held

WECHAT, QQ, WEIBO = PROVIDERS
WAYS = (*PROVIDERS, PC)  # those that the login page has a button for

bp = Blueprint("meituan", __name__)


def site(platform: Platform) -> Site:
    way = platform.way
    return Site(
        platform=platform,
        home="meituan.login",
        page=partial(login_page, via=way),
        welcome=welcome,
        marks={} if way == WECHAT else {"via": way},
        account="meituan.me",
    )


# -- ① to ⑨ --------------------------------------------------------------------------------------------


@bp.get("/")
@bp.get("/login")
@page
def login() -> ResponseReturnValue:
    return login_page(request.args.get("notice", ""), request.args.get("via", ""))


@bp.get("/login/wechat")
@page
def login_wechat() -> ResponseReturnValue:
    return _started(WECHAT)


@bp.get(f"/login/{PC}")
@page
def login_wechat_pc() -> ResponseReturnValue:
    return _started(PC)


@bp.get("/login/qq")
@page
def login_qq() -> ResponseReturnValue:
    return _started(QQ)


@bp.get("/login/weibo")
@page
def login_weibo() -> ResponseReturnValue:
    return _started(WEIBO)


@bp.get("/auth/wechat/callback")
@page
def callback() -> ResponseReturnValue:
    return receive(services().sites[WECHAT])


@bp.get(f"/auth/{PC}/callback")
@page
def callback_wechat_pc() -> ResponseReturnValue:
    return receive(services().sites[PC])


@bp.get("/auth/qq/callback")
@page
def callback_qq() -> ResponseReturnValue:
    return receive(services().sites[QQ])


@bp.get("/auth/weibo/callback")
@page
def callback_weibo() -> ResponseReturnValue:
    return receive(services().sites[WEIBO])


def login_page(notice: str, via: str = "") -> str:
    """``via``: which way in the notice is about, for its button."""
    browser()  # the name that two tabs opened from here will share
    key = messages.notice_key(notice) if notice else ""
    marks = {"via": via} if via in WAYS and via != WECHAT else {}
    return render_template(
        "client/login.html",
        notice=key,
        again=url_for(f"meituan.login_{marks.get('via', WECHAT)}"),
        user=_user(),
        switched=switched_on("meituan.login", key, **marks),
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
    platform, held = _face(user)
    policy.allow("img-src", parts.settings.provider_url)
    policy.allow("form-action", parts.settings.provider_url)  # a form here starts a binding, and ends there
    notice = request.args.get("notice", "")
    return render_template(
        "client/me.html",
        user=user,
        face=platform.provider,
        again=url_for(f"meituan.login_{platform.way if platform.way in WAYS else platform.provider}"),
        status=status_of(held, parts.town.moment(platform.appid).now),
        complete=_incomplete(user, platform, held),
        ways=ways(user),
        bound=_known(request.args.get("bound", "")),
        unbound=_known(request.args.get("unbound", "")),
        notice=messages.notice_key(notice) if notice else "",
        refreshed="refreshed" in request.args,
    )


@bp.post("/me/refresh-profile")
def refresh_profile() -> ResponseReturnValue:
    """The userinfo API once more, through the token manager."""
    parts, user = services(), _user()
    if user is None:
        return redirect(url_for("meituan.login", notice="NEED_REAUTH"), 303)
    platform, _ = _face(user)
    _told_in_its_flow("session.read", user)

    def read(tokens: Tokens) -> None:
        now = parts.town.moment(platform.appid).now
        parts.accounts.copy_profile(user.id, platform.provider, platform.profile(tokens, at=now))

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
        text = language.translate(current_app, "client.api.unauthorized")
        return jsonify(error="unauthorized", message=text), 401
    return jsonify(user={"id": user.id, "nickname": user.nickname, "avatar": user.avatar})


def _user() -> LocalUser | None:
    parts = services()
    name = parts.login_tokens.user_of(request)
    return parts.accounts.read(name) if name else None


def _started(way: str) -> ResponseReturnValue:
    """① A link never binds (see ``binding``): where one asks for that, the account's page has the button."""
    if "bind" in request.args:
        return redirect(url_for("meituan.me"), 302)
    return start(services().sites[way])


def _face(user: LocalUser) -> tuple[Platform, Held | None]:
    """The platform that the account's page speaks of: whose name and picture the user has, if it is still bound. Of
    several logins there, the first with tokens."""
    parts = services()
    bound = parts.identities.of(user.id)
    provider = next((name for name in (user.source, *PROVIDERS) if name in bound), WECHAT)
    known = parts.platforms(provider)
    for platform in known:
        if held := parts.vault.read(user.id, platform.way):
            return platform, held
    return known[0], None


def _incomplete(user: LocalUser, platform: Platform, held: Held | None) -> bool:
    """Only WeChat has silent logins, after which there is more to ask for."""
    if platform.provider != WECHAT:
        return False
    return not user.nickname or (
        held is not None and platform.profile_scope not in held.tokens.scope.split(",")
    )


def _known(provider: str) -> str:
    return provider if provider in PROVIDERS else ""


def _told_in_its_flow(name: str, user: LocalUser) -> None:
    """Record this request in the flow of the login that the user's tokens came from."""
    platform, held = _face(user)
    if held is None:
        return
    draft = current().begin(name, world=held.tokens.world, app=platform.appid, flow=held.tokens.flow)
    draft.at = services().town.moment(platform.appid).now


def _forget(response: Response) -> Response:
    secure = services().settings.production
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=secure)
    return response
