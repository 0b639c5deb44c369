"""Login and consent, in the dress of the request's dialect (``Dialect.dress``).

Two pages that carry only the id of an authorization request, so two tabs do not meet.

One answer per request: the consent nonce is bound to this browser's session and to the request, and the request's
answer is taken from the store once. Whoever comes later sees a friendly page, not a second code.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.digest import fresh_id
from ninestep.records import App, AuthRequest, User
from ninestep.trace.http import count, current
from ninestep.web import language, sessions
from ninestep.web import policy as csp
from ninestep.web.hosts import page

from ..engine import authorization, faults
from ..engine.authorization import Outcome, Page
from ..engine.dialect import Dialect
from ..engine.location import origin, source
from ..engine.reading import read
from ..engine.server import Context
from ..services import services
from . import answering, counterfactual, people, refusals, stepping
from .browser import browser


def routes(bp: Blueprint, dialect: Dialect) -> None:
    """``<prefix>/login`` and ``<prefix>/consent`` of one dialect."""
    bp.add_url_rule(f"{dialect.prefix}/login", "login", page(_bound(dialect, show_login)), methods=["GET"])
    bp.add_url_rule(f"{dialect.prefix}/login", "login_submit", _bound(dialect, login), methods=["POST"])
    bp.add_url_rule(
        f"{dialect.prefix}/consent", "consent", page(_bound(dialect, show_consent)), methods=["GET"]
    )
    bp.add_url_rule(f"{dialect.prefix}/consent", "consent_submit", _bound(dialect, consent), methods=["POST"])


def logged_in(world: str) -> str:
    """Who is logged in at this browser in ``world``; "" for nobody. Login in one world is none in another."""
    users = session.get("users")
    return str(users.get(world, "")) if isinstance(users, dict) and world else ""


def present(world: str) -> User | None:
    """The user who is logged in at this browser in ``world``, if there still is one."""
    uid = logged_in(world)
    user = services().store.user(world, uid) if uid else None
    return None if user is None or user.deleted else user


def known(dialect: Dialect, wanted: AuthRequest) -> tuple[str, float]:
    """(who is logged in at this browser, since when), for a request: nobody, where it wants a fresh login."""
    uid, since = logged_in(wanted.world), float(session.get("since", {}).get(wanted.world, 0.0))
    other = wanted.subjects is not None and uid not in wanted.subjects
    # by the machine's clock: the world's may stand still, or have gone back
    before = float(session.get("logins", {}).get(wanted.world, 0.0)) < wanted.created_real
    return ("", 0.0) if not uid or other or (before and dialect.needs_login(wanted, since)) else (uid, since)


def log_in(world: str, user: User, now: float | None = None) -> None:
    """``now`` is the world's time. Who logs in once more is still in the same session."""
    sid = session_id(world) if logged_in(world) == user.uid else ""
    sessions.renew(current_app)
    session["users"] = {**session.get("users", {}), world: user.uid}
    since = services().store.now(world) if now is None else now
    session["since"] = {**session.get("since", {}), world: since}
    session["logins"] = {**session.get("logins", {}), world: time.time()}
    session["sids"] = {**session.get("sids", {}), world: sid or fresh_id()}


def session_id(world: str) -> str:
    """The ``sid`` of this browser's login in ``world``; "" where nobody is logged in."""
    return str(session.get("sids", {}).get(world, "")) if logged_in(world) else ""


def worlds() -> list[str]:
    """Where somebody is logged in at this browser."""
    users = session.get("users")
    return sorted(users) if isinstance(users, dict) else []


def log_out(world: str) -> None:
    for part in ("users", "since", "logins", "sids"):
        session[part] = {name: kept for name, kept in session.get(part, {}).items() if name != world}


def follow(dialect: Dialect, context: Context, wanted: AuthRequest, outcome: Outcome) -> ResponseReturnValue:
    """The browser's next stop. 302 answers a GET, 303 a POST, so that no password is ever posted on."""
    csp.allow("form-action", source(wanted.redirect_uri))
    stepping.begin(context, wanted)
    status = 302 if request.method == "GET" else 303
    if outcome.location or outcome.page is Page.DEVICE_DONE:
        count("authorizations_denied" if context.draft.outcome != "ok" else "authorizations_approved")
    if outcome.location:
        kept = counterfactual.delivered(context, wanted, outcome.location)
        stopped = kept or stepping.stop(context, wanted, outcome.location)
        return stopped or answering.send(context, wanted.params, outcome.location)
    if outcome.page is Page.REFUSED:
        return _done(context, wanted, refused=True)
    return redirect(url_for(f"{dialect.name}.{outcome.page}", rid=wanted.rid), status)


def show_login(context: Context, wanted: AuthRequest) -> ResponseReturnValue:
    current().begin("login.shown", flow=wanted.flow)
    return _login_page(context, wanted, failed=False)


def login(context: Context, wanted: AuthRequest) -> ResponseReturnValue:
    draft = current().begin("login.submitted", flow=wanted.flow)
    if fault := faults.due(context, "login"):
        return refusals.http_status(fault.status)
    user = people.identify(context.services, wanted.world, request.form, _login_mode(context.app))
    if not context.checks.make("user authenticated", user is not None, "login_failed") or user is None:
        draft.refuse("login_failed")
        return _login_page(context, wanted, failed=True), 401
    log_in(wanted.world, user, context.now)
    context.auth_time, context.sid = context.now, session_id(wanted.world)
    return _continue(context, wanted, user)


def show_consent(context: Context, wanted: AuthRequest) -> ResponseReturnValue:
    draft = current().begin("consent.shown", flow=wanted.flow)
    uid, _ = known(context.dialect, wanted)
    user = context.services.store.user(wanted.world, uid) if uid else None
    if user is None:
        return redirect(url_for(f"{context.dialect.name}.login", rid=wanted.rid))
    draft.user = user.uid
    assert context.app is not None
    csp.allow("form-action", source(wanted.redirect_uri))
    name = context.dialect.name
    items = context.dialect.consent_items(context.app, wanted.scopes)
    if also := context.dialect.also_asked(context.app, wanted):
        items += [{**item, "optional": False} for item in context.dialect.consent_items(context.app, also)]
    return render_template(
        f"{context.dialect.dress}/consent.html",
        app=context.app,
        params=wanted.params,
        app_name=context.app.name,
        dialect=name,
        domain=source(wanted.redirect_uri),
        device=wanted.params["user_code"] if wanted.device else "",
        user=user,
        items=items,
        nonce=_nonce(wanted.rid, uid),
        action=url_for(f"{name}.consent_submit", rid=wanted.rid),
        switch_url=url_for(f"{name}.login", rid=wanted.rid),
    )


def consent(context: Context, wanted: AuthRequest) -> ResponseReturnValue:
    draft = current().begin("device.answered" if wanted.device else "consent.given", flow=wanted.flow)
    if fault := faults.status_due(context, wanted, "consent"):
        return refusals.http_status(fault.status)
    uid, context.auth_time = known(context.dialect, wanted)
    context.sid = session_id(wanted.world)
    user = context.services.store.user(wanted.world, uid) if uid else None
    if user is None:
        draft.steps = (0, 0)
        return redirect(url_for(f"{context.dialect.name}.login", rid=wanted.rid), 303)
    draft.user = user.uid
    sent = request.form.get("consent_nonce", "").encode("utf-8", "replace")
    genuine = hmac.compare_digest(sent, _nonce(wanted.rid, uid).encode())
    if not context.checks.make("consent nonce of this browser", genuine, "nonce"):
        draft.steps = (0, 0)
        draft.refuse("nonce")
        return refusals.failure(400, "stale_form")
    if request.form.get("decision") not in ("approve", "deny"):
        draft.steps = (0, 0)
        return refusals.failure(400, "400")
    if not _first_answer(context, wanted):
        return already_answered(context, wanted)
    if request.form["decision"] == "deny":
        return follow(context.dialect, context, wanted, authorization.deny(context, wanted))
    scopes = context.dialect.with_items(_app(context), wanted.scopes, request.form.getlist("scope"))
    return _respond(context, wanted, lambda: _approve(context, wanted, user, scopes))


def already_answered(context: Context, wanted: AuthRequest) -> ResponseReturnValue:
    """A second click, a reload, the back button: nothing was lost and nothing is given twice."""
    current().steps = (0, 0)
    current().refuse("already_answered")
    return _done(context, wanted, refused=False), 409


def _done(context: Context, wanted: AuthRequest, *, refused: bool) -> str:
    """Nothing is left to answer; ``refused``: the user said no, and the platform leads nowhere."""
    return render_template(
        f"{context.dialect.dress}/done.html",
        params=wanted.params,
        app_name=context.app.name if context.app else "",
        home="" if refused else origin(wanted.redirect_uri),
        refused=refused,
    )


def _continue(context: Context, wanted: AuthRequest, user: User) -> ResponseReturnValue:
    """After the login: the consent page, or the answer where none is needed."""

    def resumed() -> Outcome:
        # whoever just logged in by hand also sees what is asked for
        return authorization.resume(
            current_app.extensions["ninestep.server"], context, wanted, user.uid, prompt=True
        )

    silent = user.always_denies or context.dialect.silent(wanted.scopes)
    if silent and not _first_answer(context, wanted):
        return already_answered(context, wanted)
    return _respond(context, wanted, resumed)


def _respond(context: Context, wanted: AuthRequest, answer: Callable[[], Outcome]) -> ResponseReturnValue:
    try:
        outcome = answer()
    except authorization.Refused as problem:
        current().refuse(problem.error)
        back = authorization.error_location(context, problem, wanted.params)
        if problem.reason == "login_required" and back:
            csp.allow("form-action", source(wanted.redirect_uri))
            return answering.send(context, wanted.params, back)
        return refusals.of(context, problem, wanted.params)
    return follow(context.dialect, context, wanted, outcome)


def _approve(context: Context, wanted: AuthRequest, user: User, scopes: list[str]) -> Outcome:
    return authorization.approve(current_app.extensions["ninestep.server"], context, wanted, user, scopes)


def _first_answer(context: Context, wanted: AuthRequest) -> bool:
    taken = context.services.store.take(wanted.world, "answer", wanted.rid, fresh_id())
    return context.checks.make("request not answered before", taken.outcome == "taken", "already_answered")


def _nonce(rid: str, uid: str) -> str:
    """Bound to this browser, the user it showed and this request: it cannot be guessed, borrowed, or used for
    another user who logged in meanwhile in another tab. The session id would not do: a login renews it."""
    key = services().settings.session_key.encode()
    return hmac.digest(key, f"consent|{rid}|{uid}|{browser()}".encode(), hashlib.sha256).hex()


def _login_page(context: Context, wanted: AuthRequest, *, failed: bool) -> str:
    csp.allow("form-action", source(wanted.redirect_uri))
    hinted = people.hinted(context.services, wanted, context.dialect.hint(wanted.params))
    return render_template(
        f"{context.dialect.dress}/login.html",
        app=context.app,
        params=wanted.params,
        app_name=context.app.name if context.app else "",
        action=url_for(f"{context.dialect.name}.login_submit", rid=wanted.rid),
        personas=people.personas(context.services, wanted.world, hinted),
        hinted=hinted,
        mode=_login_mode(context.app),
        failed=failed,
        domain=source(wanted.redirect_uri),
    )


def _login_mode(app: App | None) -> str:
    return str(policy(app, "login_page")) if app else "password"


def _app(context: Context) -> App:
    assert context.app is not None
    return context.app


def _bound(
    dialect: Dialect, view: Callable[[Context, AuthRequest], ResponseReturnValue]
) -> Callable[[], ResponseReturnValue]:
    """A view over the request that ``?rid=`` names; a request that is gone gets a page that says so."""

    def bound() -> ResponseReturnValue:
        wanted = services().store.request(request.args.get("rid", "")[:64])
        if wanted is None or wanted.dialect != dialect.name:
            return refusals.failure(400, "request_gone")
        language.prefer(wanted.params.get("ui_locales", ""))
        context = read(services(), dialect, current(), wanted.appid, endpoint=view.__name__)
        if context.app is None or dialect.closed(context.app):
            gone = authorization.Refused("client_unknown", "unauthorized_client")
            return refusals.of(context, gone, wanted.params)
        return view(context, wanted)

    bound.__name__ = view.__name__
    return bound
