"""What is checked first of every request for a login, and how one is refused: the platform's page with HTTP 200, or
the OAuth error's name under the tutorial (design.md §4)."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.records import App

from ...engine import authorization
from ...engine.authorization import Refused, require
from ...engine.server import Context
from ...pages import refusals
from .manners import DIALECT


def known_client(context: Context, params: dict[str, str]) -> App:
    """Who asks, by appid; the tutorial also takes client_id, and says so."""
    app, state = context.app, params.get("state", "")
    known = app is not None and app.dialect == DIALECT.name
    if not params.get("client_id") and known and app is not None and policy(app, "client_aliases"):
        params["client_id"] = app.appid
        context.draft.note("alias", sent="client_id", meant="appid")
    require(context, "appid given", bool(params.get("client_id")), "client_missing", state)
    require(context, "client known", known, "client_unknown", state)
    assert app is not None
    require(context, "client enabled", not app.disabled, "client_disabled", state)
    require(context, "client not banned", not app.banned, "client_banned", state)
    return app


def refuse(context: Context, problem: Refused, texts: dict[str, str] | None = None) -> ResponseReturnValue:
    """``texts`` are a page's own words for a reason, without a number."""
    authorization.record_refusal(context, problem)
    own = DIALECT.own_page(context.app, problem.reason)
    if own is None and (location := authorization.error_location(context, problem)):
        return redirect(location, 302)
    if own is not None and texts and problem.reason in texts:
        own = texts[problem.reason], None
    return refusals.page(problem.reason, problem.error, own)
