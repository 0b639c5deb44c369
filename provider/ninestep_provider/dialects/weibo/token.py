"""``POST /oauth2/access_token`` (wire.md F.2): text/plain, HTTP 400 with error_code, and a refresh for mobile apps."""

from __future__ import annotations

from flask import Response, current_app, request
from ninestep.dialects import policy
from ninestep.dialects.weibo import body, scopes
from ninestep.trace.http import count, current

from ...engine import faults
from ...engine.client_id import client_id_of
from ...engine.reading import read
from ...engine.server import Context, Result
from ...engine.token import token_response
from ...services import services
from .manners import DIALECT
from .speech import oauth_refusal, plain, sent, wrong_method

KNOWN = ("client_id", "client_secret", "grant_type", "code", "redirect_uri", "refresh_token", "code_verifier")
NEEDED = {  # besides the client and its secret: parameter, reason when it is missing
    "authorization_code": (("redirect_uri", "redirect_missing"), ("code", "code_missing")),
    "refresh_token": (("refresh_token", "refresh_missing"),),
}


def access_token() -> Response:
    given = {name: value for name, value in sent().items() if name in KNOWN and value}
    grant = given.get("grant_type", "")
    draft = current().begin("token.refreshed" if grant == "refresh_token" else "code.redeemed")
    client_id, basic = _credentials(given)
    given |= {"client_id": client_id} if client_id else {}
    context = read(services(), DIALECT, draft, client_id, given)
    if request.method != "POST":
        return wrong_method()
    if fault := faults.due(context, "refresh" if grant == "refresh_token" else "token"):
        return plain(b"", fault.status) if fault.status else _refuse(fault.error, given)
    if reason := _missing(context, given, grant, basic=bool(basic)):
        return _refuse(reason, given)
    if context.app is not None and not policy(context.app, "require_pkce"):
        given.pop("code_verifier", None)  # the platform does not know it
    result = token_response(current_app.extensions["ninestep.server"], context, given, basic)
    if result.error is not None:
        return _refuse(result.reason, given)
    count("tokens_issued")
    return _tokens(context, result)


def _credentials(given: dict[str, str]) -> tuple[str, dict[str, str]]:
    """(client_id, the Basic header where the secret is there). Parameters win: then a header is somebody's habit."""
    if given.get("client_secret"):
        return given.get("client_id", ""), {}
    client_id, problem = client_id_of(request.headers, given)
    header = request.headers.get("Authorization", "")
    basic = header.lower().startswith("basic ") and not problem
    return client_id, {"Authorization": header} if basic else {}


def _missing(context: Context, given: dict[str, str], grant: str, *, basic: bool) -> str:
    """The neutral reason for which this cannot be a token request; "" for none."""
    checks, app = context.checks, context.app
    if not checks.make("client_id given", "client_id" in given, "client_missing"):
        return "client_missing"
    ours = app is not None and app.dialect == DIALECT.name
    if not checks.make("client known", ours, "client_unknown", given["client_id"][:64]):
        return "client_unknown"
    if not checks.make("client_secret given", basic or "client_secret" in given, "secret_missing"):
        return "secret_missing"
    if not checks.make("grant_type given", bool(grant), "grant_type_missing"):
        return "grant_type_missing"
    mobile = app is not None and app.kind == "mobile"
    if grant == "refresh_token" and not checks.make("app may refresh", mobile, "client_kind"):
        return "client_kind"  # the mobile SDK alone has refresh tokens (wire.md F.2)
    for parameter, reason in NEEDED.get(grant, ()):
        if not checks.make(f"{parameter} given", parameter in given, reason):
            return reason
    if app is not None and not checks.make("client not banned", not app.banned, "client_banned"):
        return "client_banned"
    return ""


def _refuse(reason: str, given: dict[str, str]) -> Response:
    return oauth_refusal(reason, client_id=given.get("client_id", ""), code=given.get("code", ""))


def _tokens(context: Context, result: Result) -> Response:
    """In the platform's order and types; the refresh token is the mobile SDK's alone."""
    assert context.app is not None
    token = result.payload
    document = {
        "access_token": token["access_token"],
        "remind_in": str(token["expires_in"]),
        "expires_in": token["expires_in"],
        **result.members,
    }
    if token["scope"]:
        document["scope"] = scopes.written(token["scope"].split())
    if context.app.kind == "mobile":
        document["refresh_token"] = token["refresh_token"]
    return plain(body.write(document))
