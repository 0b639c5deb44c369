"""Site A of the seed's A/B sites (S2 授权过程): B's token answer says who it is, so there is no profile to ask for."""

from __future__ import annotations

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.web import policy
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from .. import messages
from ..accounts.users import LocalUser
from ..login.attempt import Profile
from ..login.browser import browser
from ..login.callback import receive
from ..login.sites import Site, switched_on
from ..login.standard import Own, Standard, TokenAnswer
from ..login.start import start
from ..outgoing import Answer, Outgoing
from ..services import services
from ..tokens.values import Tokens
from . import visitors

SITE_A = "site-a"
CALLBACK = "/auth/site-a/callback"
SCOPE = "read"

bp = Blueprint("site_a", __name__)


class Info(msgspec.Struct):
    name: str
    avatar: str = ""


class Identified(msgspec.Struct):
    """What stands beside the token in B's answer."""

    uid: int
    info: Info


class SiteA(Standard):
    profile_scope = SCOPE

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        own = Own(settings.site_a_client_id, settings.site_a_client_secret, (SCOPE,))
        super().__init__(settings, outgoing, SITE_A, own, CALLBACK)

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        """Already told."""
        return Profile(openid=tokens.openid, nickname=tokens.nickname, avatar=tokens.avatar)

    def _kept(self, answer: Answer, found: TokenAnswer, world: str, flow: str) -> Tokens:
        told = answer.typed(Identified)
        kept = super()._kept(answer, found, world, flow)
        who = {"openid": str(told.uid), "nickname": told.info.name, "avatar": told.info.avatar}
        return msgspec.structs.replace(kept, **who)


def site(settings: ClientSettings, outgoing: Outgoing) -> Site:
    platform = SiteA(settings, outgoing)
    return Site(platform=platform, home="site_a.home", page=home_page, welcome=welcome)


@bp.get("/site-a")
@page
def home() -> ResponseReturnValue:
    return home_page(request.args.get("notice", ""))


@bp.get("/site-a/login")
@page
def login() -> ResponseReturnValue:
    return start(services().sites[SITE_A])


@bp.get(CALLBACK)
@page
def callback() -> ResponseReturnValue:
    return receive(services().sites[SITE_A])


@bp.get("/site-a/me")
@page
def me() -> ResponseReturnValue:
    parts, user = services(), visitors.user_of(SITE_A)
    if user is None:
        return redirect(url_for("site_a.home"), 302)
    policy.allow("img-src", parts.settings.provider_url)
    held = parts.vault.read(user.id, SITE_A)
    return render_template("client/site_a_me.html", user=user, tokens=held.tokens if held else None)


@bp.post("/site-a/logout")
def logout() -> ResponseReturnValue:
    visitors.forget(SITE_A)
    return redirect(url_for("site_a.home"), 303)


def home_page(notice: str) -> str:
    browser()
    key = messages.notice_key(notice) if notice else ""
    switched = switched_on("site_a.home", key)
    return render_template("client/site_a.html", notice=key, user=visitors.user_of(SITE_A), switched=switched)


def welcome(user: LocalUser) -> Response:
    visitors.remember(SITE_A, user)
    return redirect(url_for("site_a.me"), 303)
