"""``GET /connect/oauth2/authorize`` (wire.md A.1): the platform's order of checks, its pages, its redirects."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.records import App
from ninestep.trace.http import current

from ...engine import authorization, faults
from ...engine.authorization import Refused, word
from ...engine.reading import read
from ...engine.server import Context
from ...pages import interaction, refusals
from ...services import services
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
    server = current_app.extensions["ninestep.server"]
    try:
        params = _platform_order(context, params)
        wanted = authorization.validate(server, context, params, {})
        if fault := faults.due(context, "authorize"):
            if fault.status:
                return refusals.http_status(fault.status)
            raise Refused(fault.error, word(fault.error), wanted.redirect_uri, wanted.state)
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


def refuse(context: Context, problem: Refused) -> ResponseReturnValue:
    """The platform answers a page with its number and HTTP 200; the tutorial names the OAuth error (design.md §4)."""
    app = context.app
    context.draft.flow = context.draft.flow or context.services.recorder.join_flow(
        context.draft, problem.state, context.waiting
    )
    if context.draft.outcome == "ok":
        context.draft.refuse(problem.reason)
    own = DIALECT.own_page(app, problem.reason)
    if own is None and (location := authorization.error_location(context, problem)):
        return redirect(location, 302)
    return refusals.page(problem.reason, problem.error, own)


def _platform_order(context: Context, params: dict[str, str]) -> dict[str, str]:
    """What WeChat looks at before it looks at the client's settings (wire.md A.1, A.1.2)."""
    app, checks = context.app, context.checks
    tutorial = app is not None and app.dialect == DIALECT.name and policy(app, "authorize_errors") == "oauth"
    known = app is not None and app.dialect == DIALECT.name
    if not params.get("client_id") and known and app is not None and policy(app, "client_aliases"):
        params["client_id"] = app.appid
        context.draft.note("alias", sent="client_id", meant="appid")
    state = params.get("state", "")
    _require(context, "appid given", bool(params.get("client_id")), "client_missing", state)
    _require(context, "client known", known, "client_unknown", state)
    assert app is not None
    _require(context, "client enabled", not app.disabled, "client_disabled", state)
    _require(context, "client not banned", not app.banned, "client_banned", state)
    _require(context, "appid of an official account", app.kind == "official_account", "client_kind", state)
    inside = "MicroMessenger" in request.headers.get("User-Agent", "") or not policy(
        app, "require_micromessenger"
    )
    _require(context, "opened in WeChat", inside, "not_in_wechat", state)
    component = not params.get("component_appid") or bool(policy(app, "component_authorized"))
    _require(context, "third-party platform authorized", component, "component_unauthorized", state)
    _require(context, "redirect_uri given", bool(params.get("redirect_uri")), "redirect_missing", state)
    production = context.services.settings.production
    good = DIALECT.may_receive(app, params["redirect_uri"], production=production)
    _require(context, "redirect_uri registered", good, "redirect_mismatch", state, params["redirect_uri"])
    back = params["redirect_uri"]
    if not params.get("response_type") and not tutorial:
        params["response_type"] = "code"  # accepted when left out (wire.md A.1)
    _require(context, "scope given", bool(params.get("scope")), "scope_missing", state, back=back)
    scopes = params["scope"].replace(",", " ").split()
    _require(
        context, "scope allowed", _allowed(app, scopes), "scope_unknown", state, " ".join(scopes), back=back
    )
    if policy(app, "strict_state"):
        short = len(state.encode()) <= MOST_STATE
        _require(context, "state at most 128 bytes", short, "state_too_long", state, back=back)
    checks.failed = ""
    return {**params, "scope": " ".join(scopes)}


def _allowed(app: App, scopes: list[str]) -> bool:
    return bool(scopes) and all(scope in app.scopes for scope in scopes)


def _require(
    context: Context, name: str, ok: bool, reason: str, state: str, detail: str = "", *, back: str = ""
) -> None:
    if not context.checks.make(name, ok, reason, detail):
        raise Refused(reason, word(reason), back, state)
