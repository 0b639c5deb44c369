"""① The browser wants to log in: a fresh state, an attempt under it, and ② the way to the provider."""

from __future__ import annotations

import secrets

import msgspec
from flask import redirect, request
from ninestep.trace.http import current
from werkzeug.wrappers import Response

from ..services import services
from .attempt import LoginAttempt
from .browser import browser, remember_state
from .platform import Platform
from .sites import Site

STATE_BYTES = 16


def start(site: Site) -> Response:
    """A new login with the scope that the query asks for."""
    wanted = request.args.get("scope", "")
    scope = wanted if wanted in site.platform.scopes else site.platform.scopes[0]
    return begin(site, scope)


def begin(site: Site, scope: str, number: int = 1, *, bind: str = "") -> Response:
    """Try ``number`` of a login, or of binding one more identity to the local user ``bind``."""
    state, verifier = prepare(site.platform, scope, browser(), number, bind=bind)
    remember_state(state)
    way = site.platform.authorize_url(scope, state, verifier)
    return redirect(way, 302 if request.method == "GET" else 303)


def prepare(
    platform: Platform, scope: str, browser: str, number: int = 1, *, bind: str = ""
) -> tuple[str, str]:
    """An attempt of ``browser`` (empty for an App) that waits for its code: its state, and its PKCE verifier."""
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
    )
    if verifier:
        attempt = msgspec.structs.replace(attempt, verifier=parts.attempts.seal(verifier))
    parts.attempts.begin(state, attempt)
    parts.monitoring.record("authAttempts")
    return state, verifier
