"""``GET /userinfo`` → ``{id, name, avatar}`` (S1 §6), protected as RFC 6750 says."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from ninestep.dialects import policy
from ninestep.records import User
from ninestep.trace.http import count, current
from ninestep.web.avatars import avatar_url

from ..reading import Call, due, read
from ..services import services
from ..verifier import ProviderAway

PROFILE_SCOPES = {"user_info", "profile", "openid"}
FAULTS = {
    "token_expired": (401, "invalid_token"),
    "token_unknown": (401, "invalid_token"),
    "token_revoked": (401, "invalid_token"),
    "scope_denied": (403, "insufficient_scope"),
    "user_denied": (403, "insufficient_scope"),
    "quota": (429, "temporarily_unavailable"),
    "busy": (503, "temporarily_unavailable"),
    "server_error": (500, "server_error"),
}


def blueprint() -> Blueprint:
    bp = Blueprint("standard", __name__)
    bp.add_url_rule("/userinfo", view_func=userinfo, methods=["GET", "POST"])
    return bp


def userinfo() -> Response:
    draft = current().begin("profile.read")
    ways = _ways()
    call = read(services().store, draft, ways[0] if ways else "")
    if fault := due(call, "standard"):
        status, error = FAULTS.get(fault.error, (500, "server_error"))
        return _refuse(call, fault.status or status, error)
    if not draft.check("one way to send the token", len(ways) <= 1):
        return _refuse(call, 400, "invalid_request")
    if not draft.check("token given", bool(ways)):
        return _refuse(call, 401, "")
    app = call.app
    if app is None or app.dialect != "standard" or call.token is None:
        draft.check("token known", False)
        return _refuse(call, 401, "invalid_token")
    try:
        verdict = services().verifiers[str(policy(app, "token_check"))].verify(call)
    except ProviderAway:
        draft.fail("server_error")
        return _refuse(call, 503, "temporarily_unavailable")
    if verdict.reason or not draft.check("user known", call.user is not None):
        return _refuse(call, 401, "invalid_token")
    if not draft.check(
        "scope allows the profile", bool(set(verdict.scopes) & PROFILE_SCOPES), " ".join(verdict.scopes)
    ):
        return _refuse(call, 403, "insufficient_scope")
    assert call.user is not None
    count("profiles_read")
    return jsonify(_profile(call.user))


def _profile(user: User) -> dict[str, Any]:
    return {"id": user.uid, "name": user.name, "avatar": avatar_url(services().settings.provider_url, user)}


def _refuse(call: Call, status: int, error: str) -> Response:
    """RFC 6750 §3: the challenge names the error, and none at all when no token was sent."""
    if call.draft.outcome == "ok":
        call.draft.refuse(error or "token_missing")
    count("profile_refusals")
    response = jsonify(error=error or "invalid_request")
    response.status_code = status
    if status in (400, 401, 403):
        challenge = f', error="{error}"' if error else ""
        scope = ', scope="user_info"' if error == "insufficient_scope" else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="ninestep"{challenge}{scope}'
    return response


def _ways() -> list[str]:
    """The token in each place it was sent (RFC 6750 §2: header, body, query; one of them)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = [token.strip()] if scheme.lower() == "bearer" and token.strip() else []
    found += [values for values in request.args.getlist("access_token") if values]
    if request.method == "POST":
        found += [values for values in request.form.getlist("access_token") if values]
    return found
