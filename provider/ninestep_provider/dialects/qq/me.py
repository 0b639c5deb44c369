"""``GET /oauth2.0/me`` (wire.md E.3): whose token it is; the unionid for who asks and may."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.qq import ids, scopes
from ninestep.records import App, Token
from ninestep.trace.http import current

from ...engine import faults, found_tokens
from ...engine.models import TokenCredential
from ...engine.reading import read
from ...engine.server import Context
from ...services import services
from .manners import DIALECT
from .speech import document, html, refusal, sent


def me() -> Response:
    draft = current().begin("token.inspected")
    context = read(services(), DIALECT, draft, "")
    if request.method not in ("GET", "POST"):
        return refusal("method")
    given = sent()
    if not draft.check("access_token given", bool(given.get("access_token"))):
        return refusal("token_missing")
    found = found_tokens.find(context, given["access_token"])
    app = context.services.store.app(found.record.appid) if found is not None else None
    if not draft.check("token known", app is not None and app.dialect == DIALECT.name) or found is None:
        return refusal("token_unknown")
    assert app is not None
    if reason := _dead(context, found, app):
        return refusal(reason)
    if fault := faults.due_for(context, found, "me"):
        return html(b"", fault.status) if fault.status else refusal(fault.error)
    token = found.record
    answer = {"client_id": app.appid, "openid": ids.openid(app.appid, token.user)}
    if given.get("unionid") == "1":
        if not draft.check("unionid allowed", _may_have_unionid(app, token)):
            return refusal("unionid_denied")
        answer["unionid"] = ids.unionid(app.open_platform, token.user)
    return document(answer)


def _dead(context: Context, found: TokenCredential, app: App) -> str:
    """The neutral reason for which the token is no longer good; "" for none."""
    draft, token = context.draft, found.record
    draft.world, draft.app, draft.at = found.world, token.appid, found.now
    draft.flow, draft.user, draft.reveal = token.flow, token.user, bool(policy(app, "reveal"))
    left = f"{token.expires_at - found.now:.0f} s left"
    if not draft.check("token not expired", not found.is_expired(), left):
        return "token_expired"
    if not draft.check("token and consent live", not found.dead, found.dead):
        return found.dead
    return ""


def _may_have_unionid(app: App, token: Token) -> bool:
    """The app's company has an account and the interface get_unionId; clients that never name it in their scope get
    it too, unless the app's policy wants that."""
    granted = scopes.UNIONID in token.scopes or not policy(app, "unionid_by_scope")
    return bool(app.open_platform) and scopes.UNIONID in app.scopes and granted
