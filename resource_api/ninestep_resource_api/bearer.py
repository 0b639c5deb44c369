"""Bearer tokens (RFC 6750): the one that came, whether it is good, and what is answered where it is not enough."""

from __future__ import annotations

from flask import Response, jsonify, request
from ninestep.dialects import policy
from ninestep.records import User
from ninestep.trace.http import count, current
from ninestep.web import cors

from . import descriptions, possession
from .reading import Call, due, read
from .refused import Refused, require
from .services import services
from .verifier import ProviderAway, Verdict

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
CHALLENGED = (400, 401, 403)
FORM = "application/x-www-form-urlencoded"  # the one body that a token may stand in (§2.2)


def begun(name: str) -> tuple[Call, list[str]]:
    """The call that is told as ``name``, and the token in each place it was sent."""
    ways = sent()
    return read(services().store, current().begin(name), ways[0] if ways else ""), ways


def sent() -> list[str]:
    """The token in each place it was sent (RFC 6750 §2: header, body, query; one of them)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = [token.strip()] if scheme.lower() == "bearer" and token.strip() else possession.sent()
    found += [values for values in request.args.getlist("access_token") if values]
    if request.method == "POST" and request.mimetype == FORM:
        found += [values for values in request.form.getlist("access_token") if values]
    return found


def verified(call: Call, ways: list[str], *, of: tuple[str, ...] = ("standard",)) -> Verdict:
    """What the token of a call says, if it is one of the dialects ``of`` and good. Raises Refused."""
    draft, app = call.draft, call.app
    cors.allow(app)
    if fault := due(call, "standard"):
        status, error = FAULTS.get(fault.error, (500, "server_error"))
        raise Refused(fault.status or status, error, fault.error)
    require(call, "one way to send the token", len(ways) <= 1, Refused(400, "invalid_request", "repeated"))
    require(call, "token given", bool(ways), Refused(401, ""))
    if app is None or app.dialect not in of or call.token is None:
        draft.check("token known", False)
        raise Refused(401, "invalid_token", "token_unknown")
    try:
        verdict = services().verifiers[str(policy(app, "token_check"))].verify(call)
    except ProviderAway:
        draft.fail("server_error")
        raise Refused(503, "temporarily_unavailable") from None
    if verdict.reason:
        raise Refused(401, "invalid_token", verdict.reason)
    closed = app.closed or _actor_closed(call)
    require(call, "client enabled", not closed, Refused(401, "invalid_token", closed, closed))
    possession.check(call)
    return verdict


def _actor_closed(call: Call) -> str:
    """An exchanged token is also the other app's, which got it (RFC 8693 §4.1)."""
    if call.token is None or not call.token.actor:
        return ""
    actor = call.store.app(call.token.actor)
    return actor.closed if actor else "token_unknown"


def owner(call: Call, verdict: Verdict) -> User:
    """The user who agreed. Raises Refused for a token that an app has for itself (RFC 6749 §4.4)."""
    alone = Refused(403, "insufficient_scope", "user_missing")
    require(call, "token of a user", bool(verdict.user), alone)
    require(call, "user known", call.user is not None, Refused(401, "invalid_token", "user_unknown"))
    assert call.user is not None
    return call.user


def refuse(call: Call, refused: Refused, scope: str, counted: str) -> Response:
    """RFC 6750 §3: the challenge names the error, what would be right, and the scope that would do; none of it when no
    token was sent, neither there nor in the body (§3.1)."""
    status, error = refused.status, refused.error
    if call.draft.outcome == "ok":
        call.draft.refuse(error or "token_missing")
    count(counted)
    response = jsonify({"error": error} if error else {})
    response.status_code = status
    if status in CHALLENGED:
        says = descriptions.describe(refused.reason, refused.detail, scope)
        told = {"realm": "ninestep"} | ({"error": error, "error_description": says} if error else {})
        if error == "insufficient_scope":
            told["scope"] = scope
        scheme, more = possession.scheme(call)
        parts = (f'{name}="{value}"' for name, value in (told | more).items())
        response.headers["WWW-Authenticate"] = f"{scheme} {', '.join(parts)}"
        if error == possession.NONCE:
            possession.give_nonce(response, call)
    return response
