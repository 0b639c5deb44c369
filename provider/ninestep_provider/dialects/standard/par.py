"""``/oauth/par``: an authorization request over the back channel (RFC 9126 §2), checked in every point before a browser
sees anything of it."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.trace.http import current
from ninestep.web import cors

from ...engine import authorization, dpop, faults, pushed_requests
from ...engine.client_id import client_id_of
from ...engine.reading import read
from ...engine.server import Context, Request, Result, server
from ...services import services
from . import asking, response_modes
from .errors import fault_result
from .manners import DIALECT
from .routes import _form, _malformed, _once, _spoken, _well_formed

PATH = "/oauth/par"
CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


def routes(bp: Blueprint) -> None:
    bp.add_url_rule(PATH, "par", push, methods=["POST"])


def push() -> ResponseReturnValue:
    draft = current().begin("request.pushed")
    params, repeated = _once(_form())
    client_id, problem = client_id_of(request.headers, params)
    state = params.get("state", "")
    context = read(services(), DIALECT, draft, client_id, {"state": state})
    cors.allow(context.app)
    if fault := faults.due(context, "par"):
        return _spoken(fault_result(fault))
    draft.flow = services().recorder.join_flow(draft, state, context.waiting)
    if not _well_formed(problem, repeated):
        return _malformed(context, problem)
    oauth = Request(context, params, dict(request.headers))
    try:
        server().serving(context).authenticate_client(oauth, list(DIALECT.auth_methods), "par")
    except OAuth2Error as error:
        result: Result = server().handle_error_response(oauth, error)
        draft.refuse(result.reason)
        return _spoken(result)
    try:
        return _spoken(Result(201, _pushed(context, params), []))
    except authorization.Refused as refused:
        draft.refuse(refused.error)
        says = authorization.DESCRIPTIONS.get(refused.reason, "")
        body = {"error": refused.error, **({"error_description": says} if says else {})}
        return _spoken(Result(400, body, []))
    except OAuth2Error as error:  # the proof was used before
        result = server().handle_error_response(oauth, error)
        draft.refuse(result.reason)
        return _spoken(result)


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
