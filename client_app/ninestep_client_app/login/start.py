"""① The browser wants to log in: a fresh state, an attempt under it, and ② the way to the provider."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import msgspec
from flask import redirect, request
from flask.typing import ResponseReturnValue
from ninestep.trace.http import current
from ninestep.web.stepping import wants_page

from ..services import services
from ..town import Moment
from . import stepping
from .attempt import LoginAttempt
from .browser import browser, remember_state
from .platform import Platform
from .sites import Site

STATE_BYTES = 16


class Prepared(NamedTuple):
    state: str
    verifier: str  # of PKCE; empty where the platform has none
    attempt: LoginAttempt


def start(site: Site, *, asking: bool = False) -> ResponseReturnValue:
    """A new login with the scope that the query asks for. ``asking``: also of who has agreed before (``prompt``)."""
    wanted = request.args.get("scope", "")
    scope = wanted if wanted in site.platform.scopes else site.platform.scopes[0]
    return begin(site, scope, asking=asking)


def begin(
    site: Site, scope: str, number: int = 1, *, bind: str = "", asking: bool = False
) -> ResponseReturnValue:
    """Try ``number`` of a login, or of binding one more identity to the local user ``bind``."""
    made = prepare(site.platform, scope, browser(), number, bind=bind)
    remember_state(made.state)
    way = site.platform.authorize_url(scope, made.state, made.verifier) + (
        "&prompt=consent" if asking else ""
    )
    if made.attempt.stepping:
        return stepping.before_leaving(site, made.attempt, way)
    return redirect(way, 302 if request.method == "GET" else 303)


def prepare(platform: Platform, scope: str, browser: str, number: int = 1, *, bind: str = "") -> Prepared:
    """An attempt of ``browser`` (empty for an App) that waits for its code."""
    parts = services()
    state, verifier = secrets.token_hex(STATE_BYTES), platform.new_verifier()
    moment = parts.town.moment(platform.appid)
    flow = parts.recorder.start_flow(moment.world, platform.appid, state) if moment.world else ""
    draft = current().begin("login.started", world=moment.world, app=platform.appid, flow=flow)
    draft.at, draft.state = moment.now, parts.recorder.state_hash(state)
    attempt = LoginAttempt(
        way=platform.way,
        provider=platform.provider,
        appid=platform.appid,
        world=moment.world,
        flow=flow,
        browser=browser,
        scope=scope,
        number=number,
        bind=bind,
        stepping=_takes_its_turn(moment, flow) if browser else False,
    )
    if verifier:
        attempt = msgspec.structs.replace(attempt, verifier=parts.attempts.seal(verifier))
    parts.attempts.begin(state, attempt)
    parts.monitoring.record("authAttempts")
    return Prepared(state, verifier, attempt)


def _takes_its_turn(moment: Moment, flow: str) -> bool:
    """Whether this login stops at every hop (step mode)."""
    if moment.stepping is None or not wants_page():
        return False
    return services().store.claim_steps(moment.world, flow)
