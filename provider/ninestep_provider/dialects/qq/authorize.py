"""``GET /oauth2.0/authorize`` (wire.md E.1), and ``/oauth2.0/show``, which apps link to directly: a page for a bad
client or redirect_uri, a redirect for everything else."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue
from ninestep.dialects.qq import errors, scopes
from ninestep.records import App
from ninestep.trace.http import current

from ...engine import authorization
from ...engine.authorization import Refused
from ...engine.location import carry
from ...engine.reading import read
from ...engine.server import Context
from ...pages import interaction, refusals
from ...services import services
from .. import client_first
from .manners import DIALECT

KNOWN = ("client_id", "redirect_uri", "response_type", "scope", "state", "display")


def authorize() -> ResponseReturnValue:
    draft = current().begin("authorize.requested")
    given = request.args.to_dict()
    context = read(services(), DIALECT, draft, given.get("client_id", ""), {"state": given.get("state", "")})
    server = current_app.extensions["ninestep.server"]
    try:
        params = _platform_order(context, given)
        wanted = authorization.validate(server, context, params, {})
        if status := authorization.fault_status(context, wanted):
            return refusals.http_status(status)
        outcome = authorization.decide(server, context, wanted, interaction.logged_in(context.world))
    except Refused as problem:
        return _refuse(context, problem, given)
    return interaction.follow(DIALECT, context, wanted, outcome)


def _platform_order(context: Context, given: dict[str, str]) -> dict[str, str]:
    """Canonical parameters, without those that the platform ignores."""
    params = {name: given[name] for name in KNOWN if given.get(name)}
    app = client_first.look(context, DIALECT, given, params)
    return {**params, "scope": " ".join(_scopes(context, app, params.get("scope", "")))}


def _scopes(context: Context, app: App, scope: str) -> list[str]:
    asked = scopes.asked_for(scope)
    allowed = scopes.allowed(asked, app.scopes)
    if ignored := [name for name in asked if name not in allowed]:
        context.draft.note("scope_ignored", scopes=" ".join(ignored)[:256])
    return allowed


def _refuse(context: Context, problem: Refused, given: dict[str, str]) -> ResponseReturnValue:
    known = errors.oauth(problem.reason)
    authorization.record_refusal(context, problem)
    if problem.redirect_uri and known.number not in errors.PAGES:
        pairs = [("error", str(known.number)), ("error_description", known.text)]
        if problem.state:
            pairs.append(("state", problem.state))
        asked = {} if problem.reason == "response_type" else given
        return redirect(carry(DIALECT.response_mode(asked), problem.redirect_uri, pairs), 302)
    return refusals.of(context, problem, given)
