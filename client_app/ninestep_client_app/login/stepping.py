"""Step mode at the client: ② before the browser leaves, then ⑤ ⑥, ⑦ ⑧ and ⑨ each on a page load of its own.

The attempt rests in the store between two pages (``chain``), so no worker waits. Each stop is for the browser that
began the login, and its button is good for once: a code is never sent twice. What goes wrong between the back ends is
shown before the user reads of it. ``step_pages`` shows the stops.
"""

from __future__ import annotations

import time

import msgspec
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import encode
from ninestep.store.stepping import Pause, Resting
from ninestep.trace.http import current
from ninestep.web.stepping import wants_page

from ..errors import LoginError, Unavailable
from ..services import services
from .attempt import LoginAttempt
from .chain import Login, needs_profile
from .sites import Site

SERVICE = "client_app"
STARTED, RECEIVED = "login.started", "callback.received"
COMING = {"redeem": 5, "profile": 7, "finish": 9}


class Failure(msgspec.Struct, frozen=True):
    """What a step raised, to be told by the next one."""

    code: str
    text: str
    unavailable: bool = False

    def error(self) -> LoginError:
        return Unavailable(self.text) if self.unavailable else LoginError(self.code, self.text)


class Held(msgspec.Struct, frozen=True):
    """What waits: an address, or the attempt as far as it came."""

    way: str
    target: str = ""  # sealed
    attempt: LoginAttempt | None = None
    failure: Failure | None = None


def stops(attempt: LoginAttempt) -> bool:
    """Whether this login, which came back just now, stops here. Asks the store only where it took its turn at ①."""
    return attempt.stepping and wants_page() and services().store.steps(attempt.world, attempt.flow)


def before_leaving(site: Site, attempt: LoginAttempt, way: str) -> ResponseReturnValue:
    """① was asked; ② waits."""
    draft = current()
    draft.steps = (1, 0)
    draft.note("paused", before=2)
    return _rest(attempt, STARTED, 2, Held(site.platform.way, target=services().attempts.seal(way)))


def between(login: Login, failure: Failure | None = None) -> ResponseReturnValue:
    """The attempt rests before its next step; with a failure, before somebody is told."""
    attempt = login.attempt
    if attempt.next == "profile" and not failure and not needs_profile(attempt, login.platform):
        login.step()  # nothing is asked: the openid came in ⑥
        attempt = login.attempt
    step = 9 if failure else COMING[attempt.next]
    return _rest(attempt, RECEIVED, step, Held(attempt.way, attempt=attempt, failure=failure))


def after_arrival(login: Login) -> ResponseReturnValue:
    """④ has arrived and its state is good; ⑤ waits. The address with the code is left at once."""
    draft = current()
    draft.steps = (5, 0)
    draft.note("paused", before=5)
    return between(login)


def _rest(attempt: LoginAttempt, name: str, step: int, held: Held) -> ResponseReturnValue:
    parts = services()
    moment = parts.town.moment(attempt.appid)
    pause = Pause(
        world=attempt.world,
        app=attempt.appid,
        flow=attempt.flow,
        service=SERVICE,
        browser=attempt.browser,
        name=name,
        step=step,
        since=moment.now,
        sealed=encode(held).decode(),
        error=held.failure.code if held.failure else "",
    )
    here = url_for("step.show", name=parts.store.lay_down(pause))
    resting = Resting(
        flow=attempt.flow,
        service=SERVICE,
        step=step,
        address=parts.settings.client_url + here,
        since_real=time.time(),
        freezes=bool(moment.stepping and moment.stepping.freeze),
    )
    parts.store.rest(attempt.world, resting)
    return redirect(here, 302 if request.method == "GET" else 303)
