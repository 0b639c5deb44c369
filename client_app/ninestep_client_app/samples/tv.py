"""A TV (RFC 8628): it shows a code, its user confirms on a phone, and this server asks until that has happened.

The TV keeps its pace by its own clock (§3.5): one question per interval, however many pages look on.
"""

from __future__ import annotations

import time

import msgspec
from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from ninestep.oauth.grant_types import DEVICE
from ninestep.trace.http import current
from ninestep.web import policy
from ninestep.web.hosts import page

from .. import errors, messages
from ..errors import LoginError, Unavailable
from ..login.attempt import SCOPE as OURS
from ..login.browser import browser, known_browser
from ..login.standard import PROFILE, UserAnswer
from ..outgoing import Answer
from ..services import services
from .direct import Direct, Granted
from .keeping import drop, keep, kept

TV = "tv"
WAITING, IN, DENIED, EXPIRED, FAILED = "waiting", "in", "denied", "expired", "failed"
PENDING, SLOW_DOWN = "authorization_pending", "slow_down"
ENDS = {"access_denied": DENIED, "expired_token": EXPIRED}
MORE = 5  # seconds by which slow_down stretches the interval

bp = Blueprint(TV, __name__)


class Started(msgspec.Struct):
    """RFC 8628 §3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    verification_uri_complete: str = ""
    interval: int = 5


class Screen(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What one TV shows. The device_code is sealed: it alone brings the token."""

    state: str = WAITING
    device_code: str = ""
    user_code: str = ""
    address: str = ""
    complete: str = ""
    interval: int = 5
    ends_at: float = 0.0  # of this machine's clock: then even a TV that is told nothing gives up
    name: str = ""
    avatar: str = ""
    error: str = ""
    flow: str = ""


@bp.get("/tv")
@page
def home() -> ResponseReturnValue:
    browser()
    again = "play" in request.args  # whatever stands on it, its button is wanted
    screen = _looked()
    policy.allow("img-src", services().settings.provider_url)
    waiting = screen is not None and screen.state == WAITING
    drawn = _drawn(screen.complete or screen.address) if screen and waiting else ""
    return render_template("client/tv.html", screen=screen, drawn=drawn, again=again)


@bp.get("/tv/state")
def state() -> ResponseReturnValue:
    """For the page's script, which shows the page anew when this changes."""
    screen = _looked()
    return jsonify(state=screen.state if screen else "")


@bp.post("/tv/start")
def start() -> ResponseReturnValue:
    parts, app = services(), _app()
    at = parts.town.moment(app.appid)
    draft = current().begin("device.asked", world=at.world, app=app.appid)
    draft.at = at.now
    try:
        answer = app.ask("device.started", "/oauth/device_authorization", at, scope=PROFILE)
        if answer.status != 200:
            answer.draft.refuse(str(answer.document.get("error", ""))[:64])
            raise LoginError("unknown_error")
        told = answer.typed(Started)
    except LoginError as error:
        errors.record(error)
        draft.refuse(error.code)
        keep(TV, Screen(state=FAILED, error=messages.notice_key(error.code)))
        return redirect(url_for("tv.home"), 303)
    draft.flow = answer.draft.flow
    screen = Screen(
        device_code=parts.attempts.seal(told.device_code),
        user_code=told.user_code,
        address=told.verification_uri,
        complete=told.verification_uri_complete,
        interval=told.interval,
        ends_at=time.time() + told.expires_in,
        flow=draft.flow,
    )
    keep(TV, screen)
    return redirect(url_for("tv.home"), 303)


@bp.post("/tv/off")
def off() -> ResponseReturnValue:
    drop(TV)
    return redirect(url_for("tv.home"), 303)


def _looked() -> Screen | None:
    """The screen as it is now: asks the provider where it is time to."""
    screen = kept(TV, Screen)
    if screen is None or screen.state != WAITING or not _may_ask(screen):
        return screen
    after = _asked(screen)
    keep(TV, after)
    return after


def _may_ask(screen: Screen) -> bool:
    """One question per interval: whoever comes first asks it."""
    store = services().store
    key = store.keys.of(OURS, f"sample:{TV}:asked:{known_browser()}")
    return bool(store.redis.set(key, "1", nx=True, ex=max(1, screen.interval)))


def _asked(screen: Screen) -> Screen:
    """What became of it (RFC 8628 §3.5)."""
    parts, app = services(), _app()
    at = parts.town.moment(app.appid)
    device_code = parts.attempts.unseal(screen.device_code)
    try:
        answer = app.ask(
            "device.polled", "/oauth/token", at, screen.flow, grant_type=DEVICE, device_code=device_code
        )
        if answer.status == 200:
            return _welcome(screen, app, app.granted(answer))
    except Unavailable as error:  # a timeout is no refusal: the TV goes on asking
        errors.record(error)
        return screen if time.time() < screen.ends_at else Screen(state=EXPIRED, flow=screen.flow)
    except LoginError as error:
        errors.record(error)
        return Screen(state=FAILED, error=error.code, flow=screen.flow)
    return _told(screen, answer)


def _told(screen: Screen, answer: Answer) -> Screen:
    error = str(answer.document.get("error", ""))[:64]
    if error in (PENDING, SLOW_DOWN) and time.time() < screen.ends_at:
        answer.draft.name = ""  # the provider tells the first of many; our copies would crowd the flow
        return msgspec.structs.replace(screen, interval=screen.interval + MORE * (error == SLOW_DOWN))
    answer.draft.refuse(error)
    state = EXPIRED if error in (PENDING, SLOW_DOWN) else ENDS.get(error, FAILED)
    return Screen(state=state, error=error, flow=screen.flow)


def _welcome(screen: Screen, app: Direct, token: Granted) -> Screen:
    """⑦ and ⑧. Raises LoginError."""
    at = services().town.moment(app.appid)
    answer = app.get("profile.read", "/userinfo", token, at)
    if answer.status != 200:
        raise LoginError("unknown_error")
    found = answer.typed(UserAnswer)
    return Screen(state=IN, name=found.name, avatar=found.avatar, flow=screen.flow)


def _drawn(address: str) -> Markup:
    import segno  # only a page with a QR code needs it

    return Markup(segno.make(address, micro=False).svg_inline(border=2, omitsize=True))


def _app() -> Direct:
    parts = services()
    return Direct(parts.settings, parts.outgoing, parts.settings.tv_client_id)
