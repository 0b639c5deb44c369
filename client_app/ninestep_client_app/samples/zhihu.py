"""知乎 (seed S1): the standard dialect with client_secret_post and PKCE, and a session of its own."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.web import policy
from ninestep.web.hosts import page

from ..login.sites import Site
from ..login.standard import STANDARD, Own, Standard
from ..outgoing import Outgoing
from ..services import services
from . import visitors
from .entrance import Entrance

ZHIHU = "zhihu"
ENTRANCE = Entrance(ZHIHU, STANDARD, "me")

bp = ENTRANCE.blueprint()


def site(settings: ClientSettings, outgoing: Outgoing) -> Site:
    own = Own(settings.zhihu_client_id, settings.zhihu_client_secret)
    return ENTRANCE.site(Standard(settings, outgoing, STANDARD, own, ENTRANCE.callback))


@bp.get("/zhihu/me")
@page
def me() -> ResponseReturnValue:
    user = visitors.user_of(ZHIHU)
    if user is None:
        return redirect(url_for("zhihu.home"), 302)
    policy.allow("img-src", services().settings.provider_url)
    return render_template("client/zhihu_me.html", user=user)
