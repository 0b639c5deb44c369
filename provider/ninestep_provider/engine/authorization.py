"""The authorization endpoint (RFC 6749 §3.1): validate, then decide who answers, then answer once.

A valid request becomes an ``AuthRequest``; pages carry only its id. Who answers, in this order (design.md §8): an armed
decision, the app's consent mode, the browser's session, the login page. A request that is refused before a user is
needed spends no decision.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from ninestep.digest import fresh_id
from ninestep.records import App, AuthRequest, User
from ninestep.trace.vocabulary import SILENT_STEPS

from . import codes, devices, faults
from .authorization_words import word
from .checks import reason_of
from .location import carry
from .server import Context, Request, Server

MOST_STATE = 4096  # bytes: it comes back in an address, also when it came in the body of a POST


@dataclass
class Refused(Exception):
    """The request cannot be answered with a code. ``redirect_uri`` is set only where it was validated."""

    reason: str
    error: str  # RFC 6749 §4.1.2.1
    redirect_uri: str = ""
    state: str = ""


class Page(StrEnum):
    """Of ours; all but ``REFUSED`` are views of the dialect's by that name, over the request that is stored."""

    LOGIN = "login"
    CONSENT = "consent"
    DEVICE_DONE = "device_done"
    REFUSED = "refused"


@dataclass
class Outcome:
    """What the browser gets: a redirect to the client, or a page."""

    location: str = ""
    page: Page | None = None


def validate(
    server: Server, context: Context, params: Mapping[str, str], repeated: Mapping[str, list[str]]
) -> AuthRequest:
    """The request in our own record, not yet stored. Raises Refused."""
    draft = context.draft
    draft.flow = draft.flow or context.services.recorder.join_flow(
        draft, params.get("state", ""), context.waiting
    )
    if params.get("state"):
        draft.state = context.services.recorder.state_hash(params["state"])
    request = Request(context, params, repeated=repeated)
    try:
        named = bool(params.get("client_id"))
        context.checks.require("client_id given", named, InvalidRequestError, "client_missing")
        short = len(params.get("state", "").encode()) <= MOST_STATE
        context.checks.require("state can travel back", short, InvalidRequestError, "state_too_long")
        grant = server.serving(context).get_consent_grant(request)
    except OAuth2Error as error:
        raise refused(context, error, params) from None
    return AuthRequest(
        rid=fresh_id(),
        world=context.world,
        appid=request.payload.client_id,
        dialect=context.dialect.name,
        params=dict(params),
        redirect_uri=grant.redirect_uri,
        scopes=request.scope.split(),
        flow=draft.flow,
        created_at=context.now,
        created_real=time.time(),
        state=params.get("state", ""),
    )


def refused(context: Context, error: OAuth2Error, params: Mapping[str, str]) -> Refused:
    reason, app = reason_of(error, context.checks), context.app
    redirect_uri = str(error.redirect_uri or "")
    if not redirect_uri and reason in ("response_type", "response_type_missing", "repeated") and app:
        # RFC 6749 §4.1.2.1: these may travel to the client once its redirect_uri is known to be good
        wanted = params.get("redirect_uri", "")
        only = app.redirect_uris[0] if len(app.redirect_uris) == 1 else ""
        known = app.dialect == context.dialect.name and not context.dialect.closed(app)
        production = context.services.settings.production
        if known and context.dialect.may_receive(app, wanted or only, production=production):
            redirect_uri = wanted or only
    return Refused(reason, word(reason, error.error), redirect_uri, params.get("state", ""))


def require(
    context: Context,
    name: str,
    ok: bool,
    reason: str,
    state: str,
    detail: str = "",
    *,
    back: str = "",
    error: str = "",
) -> None:
    """A check that records itself; ``back`` is the redirect_uri, once it is known to be good; ``error`` the word for
    it, where RFC 6749 has none of its own. Raises Refused."""
    if not context.checks.make(name, ok, reason, detail):
        raise Refused(reason, error or word(reason), back, state)


def fault_status(context: Context, wanted: AuthRequest) -> int:
    """The bare HTTP status that a due fault asks for, 0 where none is due. Raises Refused for one that is an error."""
    fault = faults.status_due(context, wanted, "authorize")
    if fault is None:
        return 0
    if fault.status:
        return fault.status
    raise Refused(fault.error, word(fault.error), wanted.redirect_uri, wanted.state)


def record_refusal(context: Context, problem: Refused) -> None:
    """In the flow that its state names, or in one of its own; an outcome that stands already stays."""
    draft = context.draft
    draft.flow = draft.flow or context.services.recorder.join_flow(draft, problem.state, context.waiting)
    if draft.outcome == "ok":
        draft.refuse(problem.reason)


def decide(
    server: Server,
    context: Context,
    request: AuthRequest,
    user_id: str,
    *,
    prompt: bool = False,
) -> Outcome:
    """Answer a fresh request at once if somebody may, else store it and say which page comes next.

    ``user_id`` is who is logged in at this browser, "" for nobody; ``prompt`` wants the consent page in any case.
    Raises Refused where a page would be needed and is not wanted.
    """
    app = context.app
    assert app is not None
    if (outcome := beforehand(server, context, request)) is not None:
        return outcome
    if virtual := context.dialect.stand_in(context.services, app, request, None):
        return approve(server, context, request, virtual, request.scopes)
    outcome = resume(server, context, request, user_id, prompt=prompt)
    if outcome.page and (reason := context.dialect.page_unwanted(request, outcome.page)):
        raise Refused(reason, reason, request.redirect_uri, request.state)
    if outcome.page and outcome.page is not Page.REFUSED:
        context.services.store.save_request(request)
    return outcome


def beforehand(server: Server, context: Context, request: AuthRequest) -> Outcome | None:
    """The answer that was armed, or that the app's consent mode gives; None where a person has to."""
    app = context.app
    assert app is not None
    store = context.services.store
    if context.armed and (decision := store.next_decision(app.world, app.appid)):
        context.draft.check("armed decision", True, f"{decision.decision} {decision.user}")
        context.draft.user = decision.user
        if decision.decision == "deny":
            return deny(context, request)
        scopes = [s for s in request.scopes if decision.scopes is None or s in decision.scopes]
        return _approve_as(server, context, request, decision.user, scopes or request.scopes)
    if app.consent.mode == "deny":
        return deny(context, request)
    if app.consent.mode == "auto":
        return _approve_as(server, context, request, app.consent.user or "zhangsan", request.scopes)
    return None


def resume(
    server: Server, context: Context, request: AuthRequest, user_id: str, *, prompt: bool = False
) -> Outcome:
    """What a known browser gets for a request: the page that is missing, or the answer."""
    app = context.app
    assert app is not None
    user = context.services.store.user(app.world, user_id) if user_id else None
    if user is None:
        return Outcome(page=Page.LOGIN)
    context.draft.user = user.uid
    _expected(context, request, user)
    if user.always_denies:
        return deny(context, request)
    if context.dialect.silent(request.scopes) or context.dialect.unasked(context.services, app, user):
        return approve(server, context, request, user, request.scopes)
    if not prompt:
        batch = context.services.store.batch()
        grant = context.services.store.read_grant(batch, app.world, app.appid, user.uid)
        batch.run()
        if grant.value is not None and context.dialect.remembered(app, grant.value, request):
            scopes = context.dialect.with_items(app, request.scopes, grant.value.scopes)
            return approve(server, context, request, user, scopes)
    _welcome(context, app, user)  # nobody is asked for a consent that would not count
    return Outcome(page=Page.CONSENT)


def approve(server: Server, context: Context, request: AuthRequest, user: User, scopes: list[str]) -> Outcome:
    """Mint the code and send the browser back with it. Raises Refused where the app changed meanwhile."""
    assert context.app is not None
    context.draft.flow = request.flow
    _expected(context, request, user)
    _welcome(context, context.app, user)
    user = context.dialect.stand_in(context.services, context.app, request, user) or user
    if request.device:
        devices.approve(context, request, user, scopes)
        return Outcome(page=Page.DEVICE_DONE)
    oauth = Request(context, request.params)
    view = server.serving(context)
    beside = context.dialect.answer(context.services, context.app, request)
    approval = codes.Approval(user, scopes, request.params, beside, context.auth_time, context.sid)
    try:
        grant = view.get_authorization_grant(oauth)
    except OAuth2Error as error:
        raise refused(context, error, request.params) from None
    _answer_pushed(context, request)
    result: Any = view.create_authorization_response(oauth, grant_user=approval, grant=grant)
    if result.reason == "login_ended":  # by a logout that came in between
        raise Refused("login_required", "login_required", request.redirect_uri, request.state)
    if result.error is not None:
        raise refused(context, result.error, request.params)
    _answered_at_once(context)
    return Outcome(location=dict(result.headers)["Location"])


def _expected(context: Context, request: AuthRequest, user: User) -> None:
    """A request can be for one user alone: nobody else's answer may pass for theirs."""
    if request.subjects is None:
        return
    if not context.checks.make("user is who was asked for", user.uid in request.subjects, "login_required"):
        raise Refused("login_required", "login_required", request.redirect_uri, request.state)


def _answer_pushed(context: Context, request: AuthRequest) -> None:
    """The one answer of a pushed request, where no page of ours took it before (RFC 9126 §7.3)."""
    if not request.pushed or context.draft.name != "authorize.requested":
        return
    taken = context.services.store.take(request.world, "answer", request.rid, fresh_id())
    if not context.checks.make("request not answered before", taken.outcome == "taken", "already_answered"):
        raise Refused("already_answered", "invalid_request_uri")


def _welcome(context: Context, app: App, user: User) -> None:
    reason = context.dialect.unwelcome(context.services, app, user)
    if not context.checks.make("user may authorize", not reason, reason):
        raise Refused(reason, word(reason))


def deny(context: Context, request: AuthRequest) -> Outcome:
    """The user's no, in the dialect's manner."""
    assert context.app is not None
    context.draft.flow = request.flow
    _answer_pushed(context, request)
    context.draft.refuse("access_denied")
    if request.device:
        devices.deny(context, request)
        return Outcome(page=Page.DEVICE_DONE)
    _answered_at_once(context)
    pairs = context.dialect.refusal(context.services, context.app, request)
    if pairs is None:
        return Outcome(page=Page.REFUSED)
    mode = context.dialect.response_mode(request.params)
    return Outcome(location=carry(mode, request.redirect_uri, pairs))


def error_location(context: Context, problem: Refused, params: Mapping[str, str] | None = None) -> str:
    """The redirect that carries an error (RFC 6749 §4.1.2.1) in the way that ``params`` ask for; "" where it has to
    be a page."""
    if not problem.redirect_uri or context.app is None:
        return ""
    shell = AuthRequest(
        rid="",
        world=context.world,
        appid=context.app.appid,
        dialect=context.dialect.name,
        params={},
        redirect_uri=problem.redirect_uri,
        scopes=[],
        flow=context.draft.flow,
        created_at=context.now,
        state=problem.state,
    )
    says = context.dialect.describe(problem.reason, context.checks.detail)
    told = [("error", problem.error), *([("error_description", says)] if says else [])]
    pairs = [*told, *context.dialect.answer(context.services, context.app, shell)]
    return carry(context.dialect.response_mode(params or {}), problem.redirect_uri, pairs)


def _approve_as(
    server: Server, context: Context, request: AuthRequest, uid: str, scopes: list[str]
) -> Outcome:
    app: App | None = context.app
    assert app is not None
    user = context.services.store.user(app.world, uid)
    if user is None:
        raise Refused("user_unknown", "server_error", request.redirect_uri, request.state)
    # Whoever is logged in at this browser, it was not they who agreed: a login of its own.
    context.auth_time, context.sid = context.now, fresh_id()
    return approve(server, context, request, user, context.dialect.with_items(app, scopes))


def _answered_at_once(context: Context) -> None:
    if context.draft.name == "authorize.requested":
        context.draft.steps = SILENT_STEPS
    elif context.draft.name == "login.submitted":
        context.draft.steps = (3, 4)  # choosing who one is was the user's whole part
