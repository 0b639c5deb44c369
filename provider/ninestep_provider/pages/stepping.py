"""④ in step mode: where a browser would be sent back to the client, it first sees where it is about to go.

What comes next was decided before: the address is the one that the dialect made after its checks. It stays with us,
encrypted, under a random name, for this browser and once (RFC 9700 §4.11: nothing here redirects to where a request
says). Programs that want no page are not stopped, and neither is an answer without a number, a refusal before anybody
was asked.
"""

from __future__ import annotations

import time

from cryptography.fernet import InvalidToken
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.digest import digest
from ninestep.keyring import cipher
from ninestep.records import App, AuthRequest
from ninestep.store.stepping import Pause, Resting
from ninestep.trace.http import current
from ninestep.trace.stepping import address
from ninestep.trace.vocabulary import KINDS, OK
from ninestep.web import policy as csp
from ninestep.web import stepping
from ninestep.web.hosts import page

from ..engine.location import origin
from ..engine.server import Context
from ..services import services
from . import answering
from .browser import browser, known_browser

SERVICE = "provider"


def blueprint() -> Blueprint:
    bp = Blueprint("stepping", __name__)
    bp.add_url_rule("/step/<name>", view_func=page(show), methods=["GET"])
    bp.add_url_rule("/step/<name>", view_func=go_on, methods=["POST"])
    return bp


def begin(context: Context, wanted: AuthRequest) -> None:
    """A login that reaches us: where it stops at every hop is decided at its first request."""
    if context.stepping and context.draft.name == "authorize.requested" and stepping.wants_page():
        services().store.claim_steps(wanted.world, wanted.flow)


def stop(context: Context, wanted: AuthRequest, location: str) -> ResponseReturnValue | None:
    """The way to the stop's page in place of ``location``; None where nothing stops."""
    armed, draft, store = context.stepping, context.draft, services().store
    asked, answered = draft.steps or KINDS[draft.name].steps
    if armed is None or not answered or not stepping.wants_page() or not origin(location):
        return None
    if not store.steps(wanted.world, wanted.flow):
        return None
    pause = Pause(
        world=wanted.world,
        app=wanted.appid,
        flow=wanted.flow,
        user=draft.user,
        service=SERVICE,
        browser=digest(browser()),
        name=draft.name,
        step=answered,
        since=context.now,
        sealed=cipher(services().settings.session_key).encrypt(location.encode()).decode(),
        outcome=draft.outcome,
        error=draft.error,
        posted=context.dialect.response_mode(wanted.params) == answering.FORM_POST,
    )
    here = url_for("stepping.show", name=store.lay_down(pause))
    resting = Resting(
        flow=wanted.flow,
        service=SERVICE,
        step=answered,
        address=services().settings.provider_url + here,
        since_real=time.time(),
        freezes=armed.freeze,
    )
    store.rest(wanted.world, resting)
    draft.steps, draft.outcome, draft.error = (asked, 0), OK, ""
    draft.note("paused", before=answered)
    return redirect(here, 302 if request.method == "GET" else 303)


def show(name: str) -> ResponseReturnValue:
    pause, live, target = _mine(name)
    if pause is None:
        return stepping.gone()
    parts = services()
    app = parts.store.app(pause.app)
    current().flow = pause.flow
    csp.allow("form-action", origin(target))
    elsewhere = parts.store.resting_flow(pause.world, pause.flow)
    return stepping.page(
        pause,
        live=live,
        elsewhere=None if live else elsewhere,
        flow=parts.reader.flow(pause.world, pause.flow),
        app=app.name if app else pause.app,
        dialect=app.dialect if app else "standard",
        action=url_for("stepping.go_on", name=name),
        home=origin(target),
        frozen=bool(elsewhere and elsewhere.freezes),
        now=parts.store.now(pause.world),
        **stepping.going(address(target, reveal=_reveals(app))),
    )


def go_on(name: str) -> ResponseReturnValue:
    """The answer that waited, now; a second time there is none."""
    pause, _, target = _mine(name)
    if pause is None:
        return stepping.gone()
    store, draft = services().store, current()
    if not store.take_pause(pause.world, name):
        return redirect(url_for("stepping.show", name=name), 303)
    if request.form.get("run"):
        store.let_run(pause.world, pause.flow)
    store.move_on(pause.world, pause.flow)
    draft.begin(pause.name, world=pause.world, app=pause.app, flow=pause.flow, user=pause.user)
    draft.steps, draft.at = (0, pause.step), store.now(pause.world)
    app = store.app(pause.app)
    draft.outcome, draft.error, draft.reveal = pause.outcome, pause.error, _reveals(app)
    draft.note("resumed", after=round(draft.at - pause.since, 3))
    csp.allow("form-action", origin(target))
    if pause.posted:
        return answering.post(draft, target, app.name if app else "")
    return redirect(target, 303)


def _mine(name: str) -> tuple[Pause | None, bool, str]:
    """What lies under ``name``, if this browser may have it: the stop, whether it still waits, and where it leads."""
    pause, live = services().store.look_at_pause(name[:64])
    if pause is None or pause.service != SERVICE or pause.browser != digest(known_browser()):
        return None, False, ""
    try:
        target = cipher(services().settings.session_key).decrypt(pause.sealed.encode()).decode()
    except InvalidToken:  # sealed with another key: as good as none
        return None, False, ""
    return pause, live, target


def _reveals(app: App | None) -> bool:
    return bool(app and policy(app, "reveal"))
