"""``/oauth/par``: an authorization request over the back channel (RFC 9126 §2), checked in every point before a browser
sees anything of it."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Blueprint
from flask.typing import ResponseReturnValue

from ...engine import authorization, dpop, pushed_requests
from ...engine.server import Context, Result, server
from ...services import services
from . import asking, calls, descriptions, response_modes
from .manners import DIALECT

PATH = "/oauth/par"
CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


def routes(bp: Blueprint) -> None:
    bp.add_url_rule(PATH, "par", push, methods=["POST"])


def push() -> ResponseReturnValue:
    params, repeated = calls.once(calls.form())
    state = params.get("state", "")
    call = calls.received("request.pushed", params, repeated, {"state": state})
    context, draft, oauth = call.context, call.context.draft, call.oauth
    draft.flow = services().recorder.join_flow(draft, state, context.waiting)
    if answer := calls.stopped(call):
        return answer
    try:
        server().serving(context).authenticate_client(oauth, list(DIALECT.auth_methods), "par")
        return calls.spoken(Result(201, _pushed(context, params), []))
    except authorization.Refused as refused:
        draft.refuse(refused.error)
        says = descriptions.describe(refused.reason, context.checks.detail)
        body = {"error": refused.error, **({"error_description": says} if says else {})}
        return calls.spoken(Result(400, body, []))
    except OAuth2Error as error:
        result: Result = server().handle_error_response(oauth, error)
        draft.refuse(result.reason)
        return calls.spoken(result)


def _pushed(context: Context, params: dict[str, str]) -> dict[str, str | int]:
    """The answer, once everything is as the authorization endpoint wants it. Raises Refused, OAuth2Error."""
    asked = {name: value for name, value in params.items() if name not in CREDENTIALS}
    named = "request_uri" in asked
    if not context.checks.make("no request_uri in a pushed request", not named, "request_uri"):
        raise authorization.Refused("request_uri", "invalid_request")  # RFC 9126 §2.1
    if key := dpop.jkt(context):  # RFC 9449 §10.1: a proof binds the code as dpop_jkt does
        same = asked.setdefault("dpop_jkt", key) == key
        if not context.checks.make("DPoP key is dpop_jkt", same, "dpop_key"):
            raise authorization.Refused("dpop_key", "invalid_request")
    wanted = authorization.validate(server(), context, asked, {})
    response_modes.check(context, wanted)
    asking.check(context, wanted)
    dpop.spend(context)
    return {"request_uri": pushed_requests.push(context, wanted), "expires_in": pushed_requests.LIFE}
