"""知乎 (seed S1): the standard dialect with client_secret_post and PKCE, and a session of its own."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.web import policy
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from .. import messages
from ..accounts.users import LocalUser
from ..login.browser import browser
from ..login.callback import receive
from ..login.sites import Site, switched_on
from ..login.standard import STANDARD, Own, Standard
from ..login.start import start
from ..outgoing import Outgoing
from ..services import services
from . import visitors

CALLBACK = "/auth/zhihu/callback"
ZHIHU = "zhihu"

bp = Blueprint(ZHIHU, __name__)


def site(settings: ClientSettings, outgoing: Outgoing) -> Site:
    own = Own(settings.zhihu_client_id, settings.zhihu_client_secret)
    platform = Standard(settings, outgoing, STANDARD, own, CALLBACK)
    return Site(platform=platform, home="zhihu.home", page=home_page, welcome=welcome)


@bp.get("/zhihu")
@page
def home() -> ResponseReturnValue:
    return home_page(request.args.get("notice", ""))


@bp.get("/zhihu/login")
@page
def login() -> ResponseReturnValue:
    return start(services().sites[STANDARD])


@bp.get(CALLBACK)
@page
def callback() -> ResponseReturnValue:
    return receive(services().sites[STANDARD])


@bp.get("/zhihu/me")
@page
def me() -> ResponseReturnValue:
    user = visitors.user_of(ZHIHU)
    if user is None:
        return redirect(url_for("zhihu.home"), 302)
    policy.allow("img-src", services().settings.provider_url)
    return render_template("client/zhihu_me.html", user=user)


@bp.post("/zhihu/logout")
def logout() -> ResponseReturnValue:
    visitors.forget(ZHIHU)
    return redirect(url_for("zhihu.home"), 303)


def home_page(notice: str) -> str:
    browser()
    key = messages.notice_key(notice) if notice else ""
    switched = switched_on("zhihu.home", key)
    return render_template("client/zhihu.html", notice=key, user=visitors.user_of(ZHIHU), switched=switched)


def welcome(user: LocalUser) -> Response:
    visitors.remember(ZHIHU, user)
    return redirect(url_for("zhihu.me"), 303)
