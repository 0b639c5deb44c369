"""A nightly job (RFC 6749 §4.4): no user, so a token of the app's own, and nobody's data behind it.

In life a timer starts it; here a button does, and the page shows what came.
"""

from __future__ import annotations

import msgspec
from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from ninestep.oauth.grant_types import MACHINE
from ninestep.trace.http import current
from ninestep.web.hosts import page

from .. import errors, messages
from ..errors import LoginError
from ..login.browser import browser
from ..services import services
from .direct import Direct, NotGranted
from .keeping import keep, kept

NIGHTLY = "nightly"
SCOPE = "articles.read"

bp = Blueprint(NIGHTLY, __name__)


class Report(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One run. Nothing secret is in it."""

    error: str = ""  # why there was no token
    expires_in: int = 0
    scope: str = ""
    refresh: bool = False  # whether a refresh token came along
    articles: list[str] = []
    status: int = 0  # of the user API's answer …
    refused: str = ""  # … and its word
    flow: str = ""


@bp.get("/nightly")
@page
def home() -> ResponseReturnValue:
    browser()
    return render_template("client/nightly.html", report=kept(NIGHTLY, Report))


@bp.post("/nightly/run")
def run() -> ResponseReturnValue:
    parts = services()
    settings = parts.settings
    job = Direct(settings, parts.outgoing, settings.nightly_client_id, settings.nightly_client_secret)
    draft = current().begin("job.started", app=job.appid)
    try:
        report = _report(job)
    except LoginError as error:
        errors.record(error)
        draft.refuse(error.code)
        flow = error.flow if isinstance(error, NotGranted) else ""
        report = Report(error=messages.notice_key(error.code), flow=flow)
    draft.world, draft.flow = parts.town.moment(job.appid).world, report.flow
    keep(NIGHTLY, report)
    return redirect(url_for("nightly.home"), 303)


def _report(job: Direct) -> Report:
    """A token, what it opens, and what it does not. Raises LoginError."""
    at = services().town.moment(job.appid)
    token = job.grant(MACHINE, at, scope=SCOPE)
    found = job.get("articles.read", "/articles", token, at).document.get("articles", [])
    user = job.get("profile.read", "/userinfo", token, at)
    return Report(
        expires_in=token.expires_in,
        scope=token.scope,
        refresh=bool(token.refresh_token),
        articles=[f"{one['author']}：{one['title']}" for one in found],
        status=user.status,
        refused=str(user.document.get("error", "")),
        flow=token.flow,
    )
