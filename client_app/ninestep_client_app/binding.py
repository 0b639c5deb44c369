"""One local account, several ways in: what is bound, one more, one less.

Binding starts with a form and not with a link: else a page of somebody else's could send a browser here that is
logged in at the platform as that somebody, who would own the account from then on.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from .accounts.users import LocalUser
from .login.chain import logged_in
from .login.start import begin
from .login.wechat import WECHAT
from .services import services

PROVIDERS = ("wechat", "qq", "weibo")

bp = Blueprint("binding", __name__)


class Way(NamedTuple):
    """A row of the page: a platform, and what may be done with it."""

    provider: str
    state: str  # free | bound | only: the last one, which stays
    name: str = ""  # what the platform calls the user


def ways(user: LocalUser) -> list[Way]:
    """Every platform, for this user."""
    bound = services().identities.of(user.id)
    kept = "only" if len(bound) == 1 else "bound"
    return [
        Way(provider, kept, user.names.get(provider, "")) if provider in bound else Way(provider, "free")
        for provider in PROVIDERS
    ]


@bp.post("/login/<provider>")
def bind(provider: str) -> ResponseReturnValue:
    """``?bind``: ① for one more identity of who is logged in."""
    if provider not in PROVIDERS or "bind" not in request.args:
        abort(404)
    parts, user = services(), logged_in()
    if not user or parts.accounts.read(user) is None:
        return redirect(url_for("meituan.login", notice="NEED_REAUTH"), 303)
    site = parts.sites[provider]
    return begin(site, site.platform.scopes[0], bind=user)


@bp.post("/me/unbind/<provider>")
def unbind(provider: str) -> ResponseReturnValue:
    """The identity leads here no longer, and its tokens are forgotten; the last one stays."""
    if provider not in PROVIDERS:
        abort(404)
    parts, user = services(), logged_in()
    if not user:
        return redirect(url_for("meituan.login", notice="NEED_REAUTH"), 303)
    outcome = parts.identities.unbind(user, provider)
    if outcome == "last":
        return redirect(url_for("meituan.me", notice="unbind_last"), 303)
    if outcome == "unbound":
        for platform in parts.platforms(provider):
            parts.vault.forget(user, platform.way)
        if provider == WECHAT:
            parts.mini.sessions.forget(user)
        return redirect(url_for("meituan.me", unbound=provider), 303)
    return redirect(url_for("meituan.me"), 303)
