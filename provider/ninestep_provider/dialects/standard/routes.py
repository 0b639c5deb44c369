"""``/oauth/authorize``, ``/oauth/token``, ``/oauth/revoke``, ``/oauth/introspect``."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from ninestep.dialects.standard.grants import DEVICE, EXCHANGE, MACHINE, PASSWORD, REFRESH
from ninestep.digest import fresh_id
from ninestep.trace.http import count, current
from ninestep.trace.vocabulary import ENDPOINT_OF
from ninestep.web import cors
from ninestep.web.hosts import crossing
from werkzeug.datastructures import MultiDict

from ...engine import authorization, faults, pushed_requests
from ...engine.client_id import UNREADABLE, client_id_of
from ...engine.grants.device import PENDING
from ...engine.reading import read
from ...engine.server import Context, Result, server
from ...engine.token import token_response
from ...pages import answering, interaction, refusals
from ...services import services
from . import asking, response_modes
from .errors import fault_result
from .manners import DIALECT

FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
TOLD_AS = dict.fromkeys((PASSWORD, MACHINE, EXCHANGE), "token.granted")
TOLD_AS |= {REFRESH: "token.refreshed", DEVICE: "device.polled"}
CHALLENGE = {"WWW-Authenticate": 'Basic realm="ninestep"'}  # RFC 6749 §5.2, in RFC 7617's form


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/oauth/authorize", view_func=crossing(authorize), methods=["GET", "POST"])
    bp.add_url_rule("/oauth/token", view_func=token, methods=["POST"])
    bp.add_url_rule("/oauth/device_authorization", view_func=device_authorization, methods=["POST"])
    bp.add_url_rule("/oauth/revoke", view_func=revoke, methods=["POST"])
    bp.add_url_rule("/oauth/introspect", view_func=introspect, methods=["POST"])


def authorize() -> ResponseReturnValue:
    """RFC 6749 §3.1; parameters in the query, or in the body of a POST."""
    draft = current().begin("authorize.requested")
    params, repeated = _once(request.args if request.method == "GET" else _form())
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
        prompt = asking.prompts(params)
        who, context.auth_time = interaction.known(DIALECT, wanted)
        context.sid = interaction.session_id(wanted.world) if who else ""
        outcome = authorization.decide(
            server(), context, wanted, who, prompt="consent" in prompt, silent="none" in prompt
        )
    except authorization.Refused as problem:
        draft.refuse(problem.error)
        if location := authorization.error_location(context, problem, params):
            return answering.send(context, params, location)
        return refusals.page(problem.reason, problem.error)
    return interaction.follow(DIALECT, context, wanted, outcome)


def token() -> ResponseReturnValue:
    """RFC 6749 §3.2, with client_secret_basic or client_secret_post, one of them."""
    params, repeated = _once(_form())
    grant = params.get("grant_type", "")
    draft = current().begin(TOLD_AS.get(grant, "code.redeemed"))
    client_id, problem = client_id_of(request.headers, params)
    context = read(services(), DIALECT, draft, client_id, params)
    cors.allow(context.app)
    if fault := faults.due(context, "refresh" if grant == "refresh_token" else "token"):
        return _spoken(fault_result(fault))
    if not _well_formed(problem, repeated):
        return _malformed(context, problem)
    if not context.checks.make("grant_type given", bool(grant), "grant_type"):
        return _malformed(context, "")
    result = token_response(server(), context, params, dict(request.headers), repeated)
    if result.reason != PENDING:
        count("tokens_issued" if result.error is None else "token_refusals")
    if result.error is not None:
        _told(context)
    return _spoken(result)


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
    from ...engine.server import Request

    draft = current().begin(name)
    params, repeated = _once(_form())
    client_id, problem = client_id_of(request.headers, params)
    context = read(services(), DIALECT, draft, client_id)
    cors.allow(context.app)
    if fault := faults.due(context, ENDPOINT_OF[name]):
        return _spoken(fault_result(fault))
    if not _well_formed(problem, repeated):
        return _malformed(context, problem)
    oauth = Request(context, params, dict(request.headers), repeated)
    result = server().serving(context).create_endpoint_response(endpoint, oauth)
    if result.error is not None:
        draft.refuse(result.reason)
        _told(context)
    return _spoken(result)


def _form() -> MultiDict[str, str]:
    """The body in the only encoding that counts (RFC 6749 §3.2); of any other, nothing."""
    return request.form if request.mimetype == FORM else MultiDict()


def _well_formed(problem: str, repeated: dict[str, list[str]]) -> bool:
    """``problem``: what is wrong with the way in which the client says who it is."""
    draft, kind = current(), request.mimetype
    if request.content_length and kind != FORM:
        return draft.check("body is a form", False, kind[:64])
    twice = ", ".join(sorted(repeated))
    if problem or twice:
        return draft.check("one way to authenticate, no parameter repeated", False, problem or twice)
    return True


def _told(context: Context) -> None:
    """A refusal that belongs to no flow has one of its own, or nobody could read its reason."""
    if context.app is not None:
        context.draft.flow = context.draft.flow or fresh_id()


def _malformed(context: Context, problem: str) -> Response:
    """Refused before anybody was authenticated, or anything read as a grant."""
    _told(context)
    status, error = (401, "invalid_client") if problem == UNREADABLE else (400, "invalid_request")
    current().refuse(error)
    return _spoken(Result(status, {"error": error}, []))


def _spoken(result: Result) -> Response:
    body: Any = result.payload
    response = jsonify({**dict(body), **result.members} if body else {})
    response.status_code = result.status
    challenge = CHALLENGE if result.status == 401 else {}
    for name, value in {**NO_STORE, **dict(result.headers), **challenge}.items():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _once(given: MultiDict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """(the parameters, those that came more than once). An empty one counts as left out (RFC 6749 §3.1)."""
    lists = {name: values for name, values in given.lists() if any(values)}
    return {name: values[0] for name, values in lists.items()}, {n: v for n, v in lists.items() if len(v) > 1}
