"""``/connect/confirm?uuid=``: what the QR code leads to on a phone. Who asks, from where, how long ago; no or yes."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.records import Scan, User
from ninestep.trace.http import current

from ....engine import authorization
from ....engine.location import origin
from ....engine.server import Context
from ....pages import interaction, people, refusals
from ..manners import DIALECT
from . import scanning

STATUS = {"foreign": 409, "expired": 410}


def show_confirm() -> ResponseReturnValue:
    """Opening it is the scan: from then on the code is this user's."""
    found = _found()
    if found is None:
        return _outcome("expired")
    context, scan = found
    draft = current().begin("qr.scanned", flow=scan.request.flow)
    user = _user(context)
    if user is None:
        draft.begin("login.shown")
        return _login_page(context, scan, failed=False)
    draft.user = user.uid
    if "switch" in request.args:
        draft.begin("login.shown")
        return _login_page(context, scan, failed=False)
    if user.always_denies:
        draft.begin("consent.given")
        return _told(context, lambda: scanning.deny(context, scan.uuid, user))
    try:
        scan = scanning.scan(context, scan.uuid, user)
    except scanning.NotYours as problem:
        draft.refuse(problem.reason)
        return _outcome(problem.reason)
    if scan.state == "confirmed":
        return _outcome("confirmed", context)
    return _page(context, scan, user)


def confirm_login_submit() -> ResponseReturnValue:
    found = _found()
    if found is None:
        return _outcome("expired")
    context, scan = found
    draft = current().begin("login.submitted", flow=scan.request.flow)
    user = people.identify(context.services, context.world, request.form, _login_mode(context))
    if not context.checks.make("user authenticated", user is not None, "login_failed") or user is None:
        draft.refuse("login_failed")
        return _login_page(context, scan, failed=True), 401
    draft.user = user.uid
    if (before := _user(context)) is not None:
        scanning.hand_over(context, scan.uuid, before, user)
    interaction.log_in(context.world, user)
    return redirect(url_for("wechat.confirm", uuid=scan.uuid), 303)


def website_login_submit() -> ResponseReturnValue:
    """The answer. The form names the user whom it was shown to: another may have logged in meanwhile in another tab."""
    found = _found()
    if found is None:
        return _outcome("expired")
    context, scan = found
    draft = current().begin("consent.given", flow=scan.request.flow)
    user = _user(context)
    if user is None or user.uid != request.form.get("user"):
        draft.steps = (0, 0)
        return redirect(url_for("wechat.confirm", uuid=scan.uuid), 303)
    draft.user = user.uid
    answer = {"approve": scanning.confirm, "deny": scanning.deny}.get(request.form.get("decision", ""))
    if answer is None:
        draft.steps = (0, 0)
        return refusals.failure(400, "400")
    return _told(context, lambda: answer(context, scan.uuid, user))


def _told(context: Context, answer: Any) -> ResponseReturnValue:
    try:
        scan: Scan = answer()
    except scanning.NotYours as problem:
        context.draft.steps = (0, 0)
        context.draft.refuse(problem.reason)
        return _outcome(problem.reason)
    except authorization.Refused as problem:
        context.draft.refuse(problem.reason)
        return refusals.page(problem.reason, problem.error, DIALECT.own_page(context.app, problem.reason))
    return _outcome(scan.state, context)


def _found() -> tuple[Context, Scan] | None:
    return scanning.find(request.args.get("uuid", ""))


def _user(context: Context) -> User | None:
    return interaction.present(context.world)


def _page(context: Context, scan: Scan, user: User) -> str:
    assert context.app is not None
    ago = max(0, int(context.now - scan.request.created_at))
    return render_template(
        "provider/website/confirm.html",
        app_name=context.app.name,
        domain=origin(scan.request.redirect_uri),
        scan=scan,
        minutes=ago // 60,
        seconds=ago % 60,
        user=user,
        action=url_for("wechat.website_login_submit", uuid=scan.uuid),
        switch_url=url_for("wechat.confirm", uuid=scan.uuid, switch=1),
    )


def _login_page(context: Context, scan: Scan, *, failed: bool) -> str:
    assert context.app is not None
    return render_template(
        "provider/login.html",
        app=context.app,
        app_name=context.app.name,
        action=url_for("wechat.confirm_login_submit", uuid=scan.uuid),
        personas=people.personas(context.services, context.world),
        mode=_login_mode(context),
        failed=failed,
        domain=origin(scan.request.redirect_uri),
    )


def _login_mode(context: Context) -> str:
    assert context.app is not None
    return str(policy(context.app, "login_page"))


def _outcome(outcome: str, context: Context | None = None) -> ResponseReturnValue:
    """``confirmed`` | ``denied`` | ``foreign`` | ``expired``."""
    name = context.app.name if context is not None and context.app is not None else ""
    page = render_template("provider/website/answered.html", outcome=outcome, app_name=name)
    return page, STATUS.get(outcome, 200)
