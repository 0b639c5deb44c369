"""The callback: receives ⑤, runs the chain, and answers ⑨ or a failure that its reader can act on."""

from __future__ import annotations

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec.structs import replace
from ninestep.trace.http import current

from .. import errors, messages
from ..errors import LoginError, Unavailable
from ..services import services
from . import stepping
from .browser import known_browser
from .chain import Arrival, Login, logged_in
from .retry import MOST_TRIES, wait
from .sites import Site

ON_THE_SPOT = (
    "no_code",
    "invalid_state",
)  # answered 400 where they arrive; all else is told on the login page


def wants_json() -> bool:
    """A caller that prefers JSON; a browser and a caller without wishes get pages."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def receive(site: Site) -> ResponseReturnValue:
    login = Login(site.platform, known_browser())
    try:
        login.arrive(_arrival())
        if stepping.stops(login.attempt):
            return stepping.after_arrival(login)
        login.go_on()
    except LoginError as error:
        return failed(site, login, error)
    return succeeded(site, login)


def _arrival() -> Arrival:
    def once(name: str) -> str:
        values = request.args.getlist(name)
        return values[0] if len(values) == 1 else ""

    return Arrival(
        once("code"), once("state"), once("error"), request.args.to_dict(), cancelled=once("usercancel")
    )


def succeeded(site: Site, login: Login) -> ResponseReturnValue:
    parts = services()
    parts.monitoring.record("authSuccess")
    user = parts.accounts.read(login.attempt.user)
    if user is None:
        raise LookupError(f"no local user {login.attempt.user}")
    if login.attempt.bind and not wants_json():
        return redirect(url_for(site.account, bound=login.attempt.provider), 303)
    if wants_json():
        public = {"id": user.id, "nickname": user.nickname, "avatar": user.avatar}
        token = parts.login_tokens.sign(user.id)
        return jsonify(token=token, user=public)
    return site.welcome(user)


def failed(site: Site, login: Login, error: LoginError, *, recorded: bool = False) -> ResponseReturnValue:
    """``recorded``: the log has it already."""
    if not recorded:
        errors.record(error)
    services().monitoring.record("authFailures", error_code=error.code)
    draft = current()
    if isinstance(error, Unavailable):
        draft.fail(error.code)
    else:
        draft.refuse(error.code)
    handle = _rested(login, error)
    if wants_json():
        return _failed_json(error, handle)
    if handle:
        return redirect(url_for("login.waiting", handle=handle), 303)
    if error.page_code in ON_THE_SPOT:
        return site.page_with(error.page_code, 400)
    if login.attempt.bind and login.attempt.bind == logged_in():
        return redirect(url_for(site.account, notice=messages.notice_key(error.code)), 303)
    return redirect(site.notice_url(messages.notice_key(error.code)), 303)


def _rested(login: Login, error: LoginError) -> str:
    """The handle of the attempt that waits for its next try; empty where no further try may help."""
    attempt = login.attempt
    if not isinstance(error, Unavailable) or attempt.number >= MOST_TRIES or attempt.next == "check_state":
        return ""
    due = services().town.moment(attempt.appid).now + wait(attempt.number)
    fresh = replace(
        attempt, number=attempt.number + 1, due=due, next="start", code="", verifier="", tokens=""
    )
    return services().attempts.rest(fresh)


def _failed_json(error: LoginError, handle: str) -> ResponseReturnValue:
    text = (
        messages.INVALID_STATE_JSON if error.code == "invalid_state" else messages.friendly(error.page_code)
    )
    answer = {"error": error.code, "message": text}
    if handle:
        answer["retry"] = url_for("login.waiting", handle=handle)
    return jsonify(answer), 503 if isinstance(error, Unavailable) else 400
