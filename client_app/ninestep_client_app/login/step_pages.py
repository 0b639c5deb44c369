"""The pages of step mode at the client: what a stop shows, and what its button does (see ``stepping``)."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.fernet import InvalidToken
from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import decode
from ninestep.store.stepping import Pause
from ninestep.trace.http import current
from ninestep.trace.reader import Reader
from ninestep.trace.stepping import address
from ninestep.web import language, policy, stepping
from ninestep.web.hosts import page

from .. import errors
from ..errors import LoginError, NeedReauth, Unavailable
from ..services import services
from . import callback
from .attempt import LoginAttempt
from .browser import known_browser
from .chain import Login, logged_in
from .sites import Site
from .stepping import SERVICE, Failure, Held, between

BRANDS = {  # way -> the site's name, where it is not Meituan
    "standard": "client.zhihu.brand",
    "xiaotu": "sample.xiaotu.brand",
    "site-a": "sample.site_a.brand",
}

bp = Blueprint("step", __name__)


class Found(NamedTuple):
    pause: Pause
    held: Held
    live: bool
    site: Site


@bp.get("/step/<name>")
@page
def show(name: str) -> ResponseReturnValue:
    found = _mine(name)
    if found is None:
        return stepping.gone()
    pause, held, parts = found.pause, found.held, services()
    current().flow = pause.flow
    reader = Reader(parts.store, parts.recorder.state_hash)
    elsewhere = parts.store.resting_flow(pause.world, pause.flow)
    brand = language.translate(current_app, BRANDS.get(found.site.platform.way, "client.brand"))
    dialect = found.site.platform.provider
    if held.target:
        target = parts.attempts.unseal(held.target)
        policy.allow("form-action", parts.settings.provider_url)
        shown = stepping.going(address(target))
    else:
        pkce = bool(held.attempt and held.attempt.verifier)
        exchanges = reader.exchanges(pause.world, pause.flow)
        shown = stepping.between(exchanges, pause, app=brand, dialect=dialect, pkce=pkce)
    return stepping.page(
        pause,
        live=found.live,
        elsewhere=None if found.live else elsewhere,
        flow=reader.flow(pause.world, pause.flow),
        app=brand,
        dialect=dialect,
        action=url_for("step.go_on", name=name),
        home=url_for(found.site.home),
        frozen=bool(elsewhere and elsewhere.freezes),
        error=held.failure,
        **shown,
    )


@bp.post("/step/<name>")
def go_on(name: str) -> ResponseReturnValue:
    """The step that waited, now; a second time there is none."""
    found = _mine(name)
    if found is None:
        return stepping.gone()
    pause, held, parts = found.pause, found.held, services()
    if not parts.store.take_pause(pause.world, name):
        return redirect(url_for("step.show", name=name), 303)
    current().flow = pause.flow
    runs = bool(request.form.get("run"))
    if runs:
        parts.store.let_run(pause.world, pause.flow)
    parts.store.move_on(pause.world, pause.flow)
    if held.target:
        _told(pause, 2)
        return redirect(parts.attempts.unseal(held.target), 303)
    if held.attempt is None:
        return stepping.gone()
    return _next(found.site, held.attempt, held.failure, pause, runs=runs)


def _next(
    site: Site, attempt: LoginAttempt, failure: Failure | None, pause: Pause, *, runs: bool
) -> ResponseReturnValue:
    """One step of the chain, or all that are left; the last one is ⑨."""
    login = Login(site.platform, attempt.browser)
    login.attempt = attempt
    if failure:
        _told(pause, 9)
        return callback.failed(site, login, failure.error(), recorded=True)
    last = runs or attempt.next == "finish" or not services().store.steps(attempt.world, attempt.flow)
    try:
        if last:
            _told(pause, 9)
        if attempt.bind and attempt.bind != logged_in():
            raise NeedReauth("绑定期间换了登录")
        if last:
            login.go_on()
        else:
            login.step()
    except LoginError as error:
        errors.record(error)
        if last:
            return callback.failed(site, login, error, recorded=True)
        return between(login, Failure(error.code, str(error), isinstance(error, Unavailable)))
    return callback.succeeded(site, login) if last else between(login)


def _told(pause: Pause, step: int) -> None:
    """The answer that waited is recorded as what it would have been."""
    draft = current().begin(pause.name, world=pause.world, app=pause.app, flow=pause.flow)
    draft.steps, draft.at = (0, step), services().town.moment(pause.app).now
    draft.note("resumed", after=round(draft.at - pause.since, 3))


def _mine(name: str) -> Found | None:
    """What lies under ``name``, if this browser may have it."""
    parts = services()
    pause, live = parts.store.look_at_pause(name[:64])
    browser = known_browser()
    if pause is None or pause.service != SERVICE or not browser or pause.browser != browser:
        return None
    held = decode(Held, pause.sealed.encode())
    site = parts.sites.get(held.way) if held else None
    if held is None or site is None:
        return None
    try:
        parts.attempts.unseal(held.target or (held.attempt.code if held.attempt else ""))
    except InvalidToken:  # sealed with another key: as good as none
        return None
    return Found(pause, held, live, site)
