"""``GET /connect/oauth2/authorize`` (wire.md A.1): the platform's order of checks, its pages, its redirects."""

from __future__ import annotations

from flask import current_app, request
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.records import App
from ninestep.trace.http import current

from ...engine import authorization
from ...engine.authorization import Refused, require
from ...engine.reading import read
from ...engine.server import Context
from ...pages import interaction, refusals, wechat_browser
from ...services import services
from . import website
from .asking import known_client, refuse
from .manners import DIALECT

RENAMED = {"appid": "client_id"}
MOST_STATE = 128  # bytes (wire.md A.1)


def authorize() -> ResponseReturnValue:
    draft = current().begin("authorize.requested")
    params = {RENAMED.get(name, name): value for name, value in request.args.items() if name != "client_id"}
    appid = params.get("client_id", "")
    context = read(
        services(),
        DIALECT,
        draft,
        appid or request.args.get("client_id", ""),
        {"state": params.get("state", "")},
    )
    if website.wanted_here(context, params):
        return website.answer(context, params)
    server = current_app.extensions["ninestep.server"]
    try:
        params = _platform_order(context, params)
        wanted = authorization.validate(server, context, params, {})
        if status := authorization.fault_status(context, wanted):
            return refusals.http_status(status)
        outcome = authorization.decide(
            server,
            context,
            wanted,
            interaction.logged_in(context.world),
            prompt=params.get("forcePopup") == "true",
        )
    except Refused as problem:
        return refuse(context, problem)
    return interaction.follow(DIALECT, context, wanted, outcome)


def _platform_order(context: Context, params: dict[str, str]) -> dict[str, str]:
    """What WeChat looks at before it looks at the client's settings (wire.md A.1, A.1.2)."""
    app, checks, state = known_client(context, params), context.checks, params.get("state", "")
    tutorial = policy(app, "authorize_errors") == "oauth"
    wrong = "scope_unknown" if app.kind == "mini_program" else "client_kind"
    require(context, "appid of an official account", app.kind == "official_account", wrong, state)
    inside = wechat_browser.inside() or not policy(app, "require_micromessenger")
    require(context, "opened in WeChat", inside, "not_in_wechat", state)
    component = not params.get("component_appid") or bool(policy(app, "component_authorized"))
    require(context, "third-party platform authorized", component, "component_unauthorized", state)
    require(context, "redirect_uri given", bool(params.get("redirect_uri")), "redirect_missing", state)
    production = context.services.settings.production
    good = DIALECT.may_receive(app, params["redirect_uri"], production=production)
    require(context, "redirect_uri registered", good, "redirect_mismatch", state, params["redirect_uri"])
    back = params["redirect_uri"]
    if not params.get("response_type") and not tutorial:
        params["response_type"] = "code"  # accepted when left out (wire.md A.1)
    require(context, "scope given", bool(params.get("scope")), "scope_missing", state, back=back)
    scopes = params["scope"].replace(",", " ").split()
    require(
        context, "scope allowed", _allowed(app, scopes), "scope_unknown", state, " ".join(scopes), back=back
    )
    if policy(app, "strict_state"):
        short = len(state.encode()) <= MOST_STATE
        require(context, "state at most 128 bytes", short, "state_too_long", state, back=back)
    checks.failed = ""
    return {**params, "scope": " ".join(scopes)}


def _allowed(app: App, scopes: list[str]) -> bool:
    return bool(scopes) and all(scope in app.scopes for scope in scopes)
