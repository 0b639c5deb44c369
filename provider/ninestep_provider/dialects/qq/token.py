"""``GET|POST /oauth2.0/token`` (wire.md E.2): a query string, or JSON in which ``expires_in`` is a string."""

from __future__ import annotations

from math import ceil
from typing import Any

import msgspec
from flask import Response, current_app, request
from ninestep.dialects import policy
from ninestep.dialects.qq import body
from ninestep.records import Token, decode
from ninestep.trace.http import count, current

from ...engine import faults
from ...engine.reading import read
from ...engine.server import Context, Result
from ...engine.token import token_response
from ...services import services
from .manners import DIALECT
from .speech import html, refusal, sent, wants_json

KNOWN = ("client_id", "client_secret", "grant_type", "code", "redirect_uri", "refresh_token", "code_verifier")
NEEDED = {  # besides the client and its secret: parameter, reason when it is missing
    "authorization_code": (("code", "code_missing"), ("redirect_uri", "redirect_missing")),
    "refresh_token": (("refresh_token", "refresh_missing"),),
}


def token() -> Response:
    given = {name: value for name, value in sent().items() if name in KNOWN and value}
    grant = given.get("grant_type", "")
    draft = current().begin("token.refreshed" if grant == "refresh_token" else "code.redeemed")
    context = read(services(), DIALECT, draft, given.get("client_id", ""), given)
    if request.method not in ("GET", "POST"):
        return refusal("method")
    if fault := faults.due(context, "refresh" if grant == "refresh_token" else "token"):
        return html(b"", fault.status) if fault.status else refusal(fault.error)
    if reason := _missing(context, given, grant):
        return refusal(reason)
    if context.app is not None and not policy(context.app, "require_pkce"):
        given.pop("code_verifier", None)  # the platform does not know it
    _until_the_chain_ends(context)
    result = token_response(current_app.extensions["ninestep.server"], context, given, {})
    if result.error is not None:
        return refusal(result.reason)
    count("tokens_issued")
    return _tokens(result)


def _missing(context: Context, given: dict[str, str], grant: str) -> str:
    """The neutral reason for which this cannot be a token request; "" for none."""
    checks, app = context.checks, context.app
    if not checks.make("client_id given", "client_id" in given, "client_missing"):
        return "client_missing"
    if not checks.make("client_secret given", "client_secret" in given, "secret_missing"):
        return "secret_missing"
    if not checks.make("grant_type known", grant in NEEDED, "grant_type_missing", grant):
        return "grant_type_missing"
    for parameter, reason in NEEDED[grant]:
        if not checks.make(f"{parameter} given", parameter in given, reason):
            return reason
    ours = app is not None and app.dialect == DIALECT.name
    if not checks.make("client known", ours, "client_unknown", given["client_id"][:64]) or app is None:
        return "client_unknown"
    return "" if checks.make("client not banned", not app.banned, "client_banned") else "client_banned"


def _until_the_chain_ends(context: Context) -> None:
    """A refresh gives no more time than the refresh token had left: three months after the login the chain ends."""
    spent = decode(Token, context.sent("refresh_token")[0])
    if spent is None or context.app is None:
        return
    left = max(1, ceil(spent.expires_at - context.now))
    context.app = msgspec.structs.replace(
        context.app, ttl=msgspec.structs.replace(context.app.ttl, refresh=left)
    )


def _tokens(result: Result) -> Response:
    """In the platform's order; the openid only where it was asked for."""
    issued = result.payload
    answer: dict[str, Any] = {
        "access_token": issued["access_token"],
        "expires_in": str(issued["expires_in"]),
        "refresh_token": issued["refresh_token"],
    }
    for name in ("access_token", "refresh_token"):  # a query string under text/html does not give them away
        current().learn(name, answer[name], "response.body")
    if sent().get("need_openid") == "1":
        answer["openid"] = result.members["openid"]
    return html(body.bare(answer) if wants_json() else body.query(answer))
