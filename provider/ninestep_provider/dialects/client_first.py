"""The order in which QQ and Weibo look at an authorize request: who asks, where to go back to, and then the rest."""

from __future__ import annotations

from ninestep.dialects import policy
from ninestep.records import App

from ..engine.authorization import require
from ..engine.dialect import Dialect
from ..engine.server import Context

PKCE = ("code_challenge", "code_challenge_method")  # known to an app of policy ``require_pkce`` alone


def look(context: Context, dialect: Dialect, given: dict[str, str], params: dict[str, str]) -> App:
    """``params``: what the platform knows of ``given``; gets PKCE's where the app has it. Raises Refused."""
    app, state = context.app, given.get("state", "")
    require(context, "client_id given", "client_id" in params, "client_missing", state)
    ours = app is not None and app.dialect == dialect.name
    require(context, "client known", ours, "client_unknown", state)
    assert app is not None
    require(context, "client enabled", not app.disabled, "client_disabled", state)
    require(context, "client not banned", not app.banned, "client_banned", state)
    require(context, "redirect_uri given", "redirect_uri" in params, "redirect_missing", state)
    back = params["redirect_uri"]
    good = dialect.may_receive(app, back, production=context.services.settings.production)
    require(context, "redirect_uri registered", good, "redirect_mismatch", state, back)
    kind = params.get("response_type", "")
    allowed = kind == "code" or (kind == "token" and dialect.gives_tokens(app))
    require(context, "response_type allowed", allowed, "response_type", state, kind, back=back)
    context.checks.failed = ""
    if policy(app, "require_pkce"):
        params |= {name: given[name] for name in PKCE if given.get(name)}
    return app
