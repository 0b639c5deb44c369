"""``/cgi-bin/token`` and ``/cgi-bin/stable_token`` (wire.md C.6): two spaces of an app's own access_token."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.lifetimes import lifetimes
from ninestep.dialects.wechat.mini_program import CGI_OVERLAP, FORCED_A_DAY, FORCED_APART, cgi_token
from ninestep.digest import digest, fresh_id
from ninestep.records import App, CgiTokens
from ninestep.trace.http import count, current

from ....engine import faults
from ....engine.reading import read
from ....engine.server import Context
from ....services import services
from ..manners import DIALECT
from . import manner
from .manner import Refused, require

KINDS = ("official_account", "mini_program")  # those that have an API of their own
GRANT_TYPE = "client_credential"
DAY = 86400


def token() -> Response:
    """Each call makes a new one; the one before it stays valid for five minutes."""
    return _answer({**request.args.to_dict(), **request.form.to_dict()}, "token", False)


def stable_token() -> Response:
    """The same again until five minutes before its end; ``force_refresh`` makes a new one and kills the old."""
    current().begin("cgi_token.issued")
    try:
        manner.require_post()
        told = manner.json_body()
        force = told.get("force_refresh", False)
        texts = all(isinstance(told.get(name, ""), str) for name in ("grant_type", "appid", "secret"))
        require("body well formed", texts and isinstance(force, bool), "body")
    except Refused as refused:
        return manner.refuse(None, refused)
    return _answer(told, "stable_token", force)


def _answer(sent: dict[str, Any], space: str, force: bool) -> Response:
    appid = sent.get("appid", "")
    context = read(services(), DIALECT, current().begin("cgi_token.issued"), appid)
    if fault := faults.due(context, "cgi_token"):
        reason = "daily_quota" if fault.error == "quota" else fault.error
        return manner.failed(fault.status) if fault.status else manner.refuse(context.app, Refused(reason))
    try:
        app = _client(context, sent)
        given, tokens = _issue(context, app, space, force)
    except Refused as refused:
        return manner.refuse(context.app, refused)
    count("cgi_tokens_given")
    return manner.answer({"access_token": given, "expires_in": int(tokens.expires_at - context.now)})


def _client(context: Context, sent: dict[str, Any]) -> App:
    """The platform's order: the appid comes first, even before a missing grant_type."""
    require("appid given", bool(sent.get("appid")), "client_missing")
    app = context.app
    known = app is not None and app.dialect == DIALECT.name and app.kind in KINDS
    require("client known", known, "client_unknown")
    assert app is not None
    require("client enabled", not app.disabled, "client_disabled")
    require(f"grant_type is {GRANT_TYPE}", sent.get("grant_type") == GRANT_TYPE, "grant_type")
    secret = sent.get("secret", "")
    require("secret given", bool(secret), "secret_missing")
    right = secrets.compare_digest(secret.encode("utf-8", "replace"), app.secret.encode())
    require("client secret", right, "secret_wrong")
    require("client not banned", not app.banned, "client_banned")
    held = int(policy(app, "cgi_token_error"))
    if not current().check("account may have a token", not held, str(held or "")):
        raise Refused("account_held", held)
    return app


def _issue(context: Context, app: App, space: str, force: bool) -> tuple[str, CgiTokens]:
    """The token to answer and its record. One write decides, however many ask at once."""
    store, root, now = context.services.store, context.services.settings.session_key, context.now
    life, nonce, flow = lifetimes(app, context.services.settings).access, fresh_id(), fresh_id()
    fresh = cgi_token(root, app.appid, nonce)

    def after(before: CgiTokens | None) -> CgiTokens:
        earlier: dict[str, float] = {}
        if before is not None:
            if space == "stable_token" and not force and before.expires_at - now > CGI_OVERLAP:
                return before
            if not force:
                old = {before.current: before.expires_at, **before.earlier}
                earlier = {name: end for name, at in old.items() if (end := min(at, now + CGI_OVERLAP)) > now}
        kept = before.flow if before is not None and before.flow else flow
        forced = [at for at in before.forced if at > now - DAY] if before is not None else []
        if force and policy(app, "force_refresh_limits"):
            _not_too_often(forced, now)
        return CgiTokens(
            current=digest(fresh),
            nonce=nonce,
            expires_at=now + life,
            earlier=earlier,
            forced=[*forced, now] if force else forced,
            flow=kept,
        )

    store.point_cgi_token(fresh, app.world, app.appid, space, now + life)
    tokens = store.change_cgi_tokens(app.world, app.appid, space, after, max(life, DAY))
    context.draft.flow = tokens.flow
    return cgi_token(root, app.appid, tokens.nonce), tokens


def _not_too_often(forced: list[float], now: float) -> None:
    """``force_refresh`` is for a token that leaked, not for each call (wire.md C.6)."""
    require("force_refresh 20 times a day", len(forced) < FORCED_A_DAY, "daily_quota")
    require("force_refresh 30 s apart", not forced or now - forced[-1] >= FORCED_APART, "quota")
