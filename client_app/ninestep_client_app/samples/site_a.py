"""Site A of the seed's A/B sites (S2 授权过程): B's token answer says who it is, so there is no profile to ask for."""

from __future__ import annotations

import msgspec
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.web import policy
from ninestep.web.hosts import page

from ..login.attempt import Profile
from ..login.sites import Site
from ..login.standard import Own, Standard, TokenAnswer
from ..outgoing import Answer, Outgoing
from ..services import services
from ..tokens.values import Tokens
from . import visitors
from .entrance import Entrance

SITE_A = "site-a"
SCOPE = "read"
ENTRANCE = Entrance(SITE_A, SITE_A, "me")

bp = ENTRANCE.blueprint()


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
        super().__init__(settings, outgoing, SITE_A, own, ENTRANCE.callback)

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        """Already told."""
        return Profile(openid=tokens.openid, nickname=tokens.nickname, avatar=tokens.avatar)

    def _kept(self, answer: Answer, found: TokenAnswer, world: str, flow: str) -> Tokens:
        told = answer.typed(Identified)
        kept = super()._kept(answer, found, world, flow)
        who = {"openid": str(told.uid), "nickname": told.info.name, "avatar": told.info.avatar}
        return msgspec.structs.replace(kept, **who)


def site(settings: ClientSettings, outgoing: Outgoing) -> Site:
    return ENTRANCE.site(SiteA(settings, outgoing))


@bp.get("/site-a/me")
@page
def me() -> ResponseReturnValue:
    parts, user = services(), visitors.user_of(SITE_A)
    if user is None:
        return redirect(url_for("site_a.home"), 302)
    policy.allow("img-src", parts.settings.provider_url)
    held = parts.vault.read(user.id, SITE_A)
    return render_template("client/site_a_me.html", user=user, tokens=held.tokens if held else None)
