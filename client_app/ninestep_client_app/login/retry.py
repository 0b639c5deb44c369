"""After a server_error: a page that says when the login may start again (S0 §7.3).

Up to three tries, 3 s × try apart. No worker waits: the attempt rests in Redis with the time at which it is
due on the world's clock; the button works from then on, and before that leads back to the page. The script
only presses it in time.
"""

from __future__ import annotations

import math

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.web import language
from ninestep.web.hosts import page

from ..services import services
from .attempt import LoginAttempt
from .browser import known_browser
from .sites import Site
from .start import begin

MOST_TRIES = 3
SECONDS = 3.0

bp = Blueprint("login", __name__)


def wait(number: int) -> float:
    """Seconds of the world's clock between try ``number`` and the next one."""
    return SECONDS * number


def left(attempt: LoginAttempt) -> int:
    """Whole seconds until the attempt is due."""
    return max(0, math.ceil(attempt.due - services().town.moment(attempt.appid).now))


@bp.get("/login/retry/<handle>")
@page
def waiting(handle: str) -> ResponseReturnValue:
    attempt = services().attempts.resting(handle, known_browser())
    if attempt is None:
        return redirect(url_for("meituan.login"), 302)
    seconds = left(attempt)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        key = "client.retry.wait" if seconds else "client.retry.now"
        text = language.translate(current_app, key, seconds=seconds)
        return jsonify(seconds=seconds, text=text)
    return render_template(
        "client/retry.html",
        handle=handle,
        seconds=seconds,
        number=attempt.number,
        most=MOST_TRIES,
        home=site_of(attempt).home,
    )


@bp.get("/login/retry/<handle>/again")
@page
def again(handle: str) -> ResponseReturnValue:
    attempt = services().attempts.resting(handle, known_browser())
    if attempt is None:
        return redirect(url_for("meituan.login"), 302)
    if left(attempt):
        return redirect(url_for("login.waiting", handle=handle), 302)
    return begin(site_of(attempt), attempt.scope, attempt.number, bind=attempt.bind)


def site_of(attempt: LoginAttempt) -> Site:
    return services().sites[attempt.way]
