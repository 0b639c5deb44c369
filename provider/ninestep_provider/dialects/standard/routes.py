"""``/oauth/authorize``, ``/oauth/token``, ``/oauth/revoke``, ``/oauth/introspect``."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.oauth.grant_types import DEVICE, EXCHANGE, MACHINE, PASSWORD, REFRESH
from ninestep.trace.http import count, current
from ninestep.web.hosts import crossing

from ...engine import authorization, pushed_requests
from ...engine.grants.device import PENDING
from ...engine.reading import read
from ...engine.server import server
from ...engine.token import token_response
from ...pages import answering, comparison, interaction, refusals
from ...services import services
from . import asking, calls, response_modes
from .manners import DIALECT

TOLD_AS = dict.fromkeys((PASSWORD, MACHINE, EXCHANGE), "token.granted")
TOLD_AS |= {REFRESH: "token.refreshed", DEVICE: "device.polled"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/oauth/authorize", view_func=crossing(authorize), methods=["GET", "POST"])
    bp.add_url_rule("/oauth/token", view_func=token, methods=["POST"])
    bp.add_url_rule("/oauth/device_authorization", view_func=device_authorization, methods=["POST"])
    bp.add_url_rule("/oauth/revoke", view_func=revoke, methods=["POST"])
    bp.add_url_rule("/oauth/introspect", view_func=introspect, methods=["POST"])


def authorize() -> ResponseReturnValue:
    """RFC 6749 §3.1; parameters in the query, or in the body of a POST."""
    draft = current().begin("authorize.requested")
    params, repeated = calls.once(request.args if request.method == "GET" else calls.form())
    context = read(
        services(), DIALECT, draft, params.get("client_id", ""), {"state": params.get("state", "")}
    )
    try:
        pushed = pushed_requests.named(context, params)
        params = pushed.params if pushed else params
        wanted = authorization.validate(server(), context, params, repeated)
        wanted = pushed_requests.check(context, wanted, pushed)
        response_modes.check(context, wanted)
        asking.check(context, wanted)
        if status := authorization.fault_status(context, wanted):
            return refusals.http_status(status)
        who, context.auth_time = interaction.known(DIALECT, wanted)
        context.sid = interaction.session_id(wanted.world) if who else ""
        prompt = "consent" in asking.prompts(wanted.params)
        outcome = authorization.decide(server(), context, wanted, who, prompt=prompt)
    except authorization.Refused as problem:
        draft.refuse(problem.error)
        if location := authorization.error_location(context, problem, params):
            return answering.send(context, params, location)
        compared = comparison.of(context, problem.reason)
        return refusals.page(problem.reason, problem.error, compared=compared)
    return interaction.follow(DIALECT, context, wanted, outcome)


def token() -> ResponseReturnValue:
    """RFC 6749 §3.2, with client_secret_basic or client_secret_post, one of them."""
    params, repeated = calls.once(calls.form())
    grant = params.get("grant_type", "")
    call = calls.received(TOLD_AS.get(grant, "code.redeemed"), params, repeated, params)
    if answer := calls.stopped(call):
        return answer
    context = call.context
    if not context.checks.make("grant_type given", bool(grant), "grant_type"):
        return calls.malformed(call, DIALECT.describe("grant_type", ""))
    result = token_response(server(), context, params, dict(request.headers), repeated)
    if result.reason != PENDING:
        count("tokens_issued" if result.error is None else "token_refusals")
    if result.error is not None:
        calls.told(context)
    return calls.spoken(result)


def device_authorization() -> ResponseReturnValue:
    """RFC 8628 §3.1."""
    return _endpoint("device.started", "device_authorization")


def revoke() -> ResponseReturnValue:
    """RFC 7009."""
    return _endpoint("token.revoked", "revocation")


def introspect() -> ResponseReturnValue:
    """RFC 7662."""
    return _endpoint("token.verified", "introspection")


def _endpoint(name: str, endpoint: str) -> ResponseReturnValue:
    call = calls.received(name, *calls.once(calls.form()))
    if answer := calls.stopped(call):
        return answer
    result = server().serving(call.context).create_endpoint_response(endpoint, call.oauth)
    if result.error is not None:
        call.context.draft.refuse(result.reason)
        calls.told(call.context)
    return calls.spoken(result)
