"""``/oauth/logout``: OpenID Connect RP-Initiated Logout 1.0.

Who brings an id_token of this browser's login is logged out at once; everybody else's user is asked first (§2), so that
no link on somebody's page logs anybody out. Afterwards the browser goes to an address that the client registered, and
to no other (§3).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.digest import fresh_id
from ninestep.records import TOWN, App
from ninestep.trace import Draft
from ninestep.trace.http import count, current
from ninestep.web import language
from ninestep.web import policy as csp
from ninestep.web.hosts import crossing

from ...engine import authorization
from ...engine.authorization import MOST_STATE, Refused
from ...engine.location import append_query, source
from ...engine.server import Context
from ...jose import id_token
from ...pages import comparison, ending, interaction, refusals
from ...pages.browser import browser
from ...services import services
from .manners import DIALECT

PATH = "/oauth/logout"
NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


def routes(bp: Blueprint) -> None:
    bp.add_url_rule(PATH, view_func=crossing(logout), methods=["GET", "POST"])
    bp.add_url_rule(f"{PATH}/answer", view_func=answer, methods=["POST"])


@dataclass
class Asked:
    """One request to log out, whose parameters are right."""

    params: dict[str, str]
    app: App | None
    subject: str  # of the hint
    sid: str

    @property
    def worlds(self) -> list[str]:
        """Where a login may end: in the client's world; where nobody says who the client is, in all of them."""
        there = interaction.worlds()
        return [world for world in there if self.app is None or world == self.app.world]

    @property
    def named(self) -> bool:
        """Whether the hint is about the login of this browser, if there is one."""
        if not self.subject or self.app is None:
            return False
        uid, sid = interaction.logged_in(self.app.world), interaction.session_id(self.app.world)
        return not uid or (uid == self.subject and (not self.sid or sid == self.sid))

    @property
    def back(self) -> str:
        """Where the browser goes afterwards; "" for nowhere."""
        uri = self.params.get("post_logout_redirect_uri", "")
        state = self.params.get("state", "")
        return append_query(uri, [("state", state)]) if uri and state else uri


def logout() -> ResponseReturnValue:
    try:
        asked = _asked()
    except Refused as problem:
        return _refused(problem)
    csp.allow("form-action", source(asked.back))
    if asked.named or not asked.worlds:
        return _ended(asked)
    return _page(asked, "ask")


def answer() -> ResponseReturnValue:
    """The user's own yes or no."""
    try:
        asked = _asked()
    except Refused as problem:
        return _refused(problem)
    sent = request.form.get("consent_nonce", "").encode("utf-8", "replace")
    csp.allow("form-action", source(asked.back))
    if sent and not asked.worlds:  # a reload, or a second click: it has ended already
        return _ended(asked)
    if not hmac.compare_digest(sent, _nonce(asked).encode()):
        return refusals.failure(400, "stale_form")
    if request.form.get("decision") == "approve":
        return _ended(asked)
    return _page(asked, "stayed")


def _asked() -> Asked:
    """Raises Refused, always with a page: no address is good before it was checked."""
    given = request.args if request.method == "GET" else request.form
    params = {name: given[name] for name in NAMES if given.get(name)}
    language.prefer(params.get("ui_locales", ""))
    draft = current().begin("session.ended", world=TOWN)
    context = Context(services(), DIALECT, draft)
    require = partial(authorization.require, context, state="", error="invalid_request")
    twice = [name for name in NAMES if len(given.getlist(name)) > 1]
    require("no parameter repeated", not twice, "repeated", detail=", ".join(twice)[:64])
    require("state can travel back", len(params.get("state", "").encode()) <= MOST_STATE, "state_too_long")
    told: dict[str, Any] = {}
    if hint := params.get("id_token_hint"):
        told = id_token.read(services(), hint) or {}
        require("id_token_hint of this server", bool(told), "id_token_hint")
    appid = params.get("client_id", "") or str(told.get("aud", ""))
    app = services().store.app(appid[:64]) if appid else None
    if app is not None:
        draft.world, draft.app = app.world, app.appid
    if appid:
        known = app is not None and app.dialect == DIALECT.name
        require("client known", known, "client_unknown", detail=appid[:64])
        same = told.get("aud", appid) == appid
        require("client of the id_token_hint", same, "hint_of_another", detail=appid[:64])
    if uri := params.get("post_logout_redirect_uri"):
        mine = app is not None and uri in app.post_logout_redirect_uris
        require("post_logout_redirect_uri registered", mine, "post_logout_redirect_uri", detail=uri[:64])
    return Asked(params, app, str(told.get("sub", "")), str(told.get("sid", "")))


def _ended(asked: Asked) -> ResponseReturnValue:
    draft = current()
    for world in asked.worlds:
        draft.world, draft.user = world, interaction.logged_in(world)
        draft.flow = draft.flow or ending.newest_flow(world, draft.app, draft.user)
        ending.end(world)
    # The hint's own login, which may have been at no browser of ours, or ended before.
    if asked.sid and asked.app:
        draft.world, draft.user = asked.app.world, draft.user or asked.subject
        draft.flow = draft.flow or ending.newest_flow(draft.world, draft.app, draft.user)
        ending.end_login(asked.app.world, asked.sid)
    draft.at = services().store.now(draft.world)
    count("logouts")
    if asked.back:
        return redirect(asked.back, 302 if request.method == "GET" else 303)
    return _page(asked, "ended")


def _page(asked: Asked, step: str) -> str:
    """``ask``, ``stayed`` or ``ended``."""
    if step != "ended":
        current().name = ""  # nothing has happened yet
    store = services().store
    users = [user for world in asked.worlds if (user := store.user(world, interaction.logged_in(world)))]
    return render_template(
        "provider/logout.html",
        step=step,
        users=users,
        app_name=asked.app.name if asked.app else "",
        fields=asked.params,
        nonce=_nonce(asked),
        action=f"{PATH}/answer",
        back=asked.back,
    )


def _refused(problem: Refused) -> ResponseReturnValue:
    draft = current()
    draft.at, draft.flow = services().store.now(draft.world), fresh_id()
    draft.refuse(problem.reason)
    return refusals.page(problem.reason, problem.error, compared=_compared(problem.reason, draft))


def _compared(reason: str, draft: Draft) -> comparison.Comparison | None:
    app = services().store.app(draft.app) if draft.app else None
    if reason != "post_logout_redirect_uri" or app is None:
        return None
    given = request.args if request.method == "GET" else request.form
    sent, backstage = given[reason], services().settings.backstage
    return comparison.of_address(
        reason, sent[:256], app.post_logout_redirect_uris, draft.flow, backstage=backstage
    )


def _nonce(asked: Asked) -> str:
    """Bound to this browser and its logins: another site's form cannot answer for the user."""
    key = services().settings.session_key.encode()
    sids = "|".join(interaction.session_id(world) for world in asked.worlds)
    return hmac.digest(key, f"logout|{browser()}|{sids}".encode(), hashlib.sha256).hex()
