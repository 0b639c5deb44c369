"""A client's call of the token endpoint and its kin (RFC 6749 §3.2): how it is read, and how it is answered (§5).

None of its parameters may come twice but the targets of a token exchange (RFC 8693 §2.1), and a client proves itself in
one way; a body that is no form says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request
from ninestep.dialects.standard.error_description import plain
from ninestep.digest import fresh_id
from ninestep.oauth.grant_types import EXCHANGE
from ninestep.trace.http import current
from ninestep.trace.vocabulary import ENDPOINT_OF
from ninestep.web import cors
from werkzeug.datastructures import MultiDict

from ...engine import faults
from ...engine.client_id import UNREADABLE, client_id_of
from ...engine.grants.token_exchange import TARGETS
from ...engine.reading import read
from ...engine.server import Context, Request, Result
from ...services import services
from .errors import fault_result
from .manners import DIALECT

TOKEN = "/oauth/token"
BY_SCRIPTS = (
    TOKEN,
    "/oauth/revoke",
    "/oauth/par",
    "/oauth/device_authorization",
)  # of a page, too (CORS)
FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
CHALLENGE = {"WWW-Authenticate": 'Basic realm="ninestep"'}  # RFC 6749 §5.2, in RFC 7617's form


@dataclass
class Call:
    """What was sent, and what there is to know of the app that it names; nobody is authenticated yet."""

    context: Context
    params: dict[str, str]
    repeated: dict[str, list[str]]
    problem: str  # with the way in which the client says who it is

    @property
    def oauth(self) -> Request:
        return Request(self.context, self.params, dict(request.headers), self.repeated)


def received(
    name: str,
    params: dict[str, str],
    repeated: dict[str, list[str]],
    sought: Mapping[str, str] | None = None,
) -> Call:
    """``name`` is what the call is told as; ``sought`` are the parameters that name records to be read with it."""
    client_id, problem = client_id_of(request.headers, params)
    context = read(services(), DIALECT, current().begin(name), client_id, sought)
    cors.allow(context.app)
    return Call(context, params, repeated, problem)


def stopped(call: Call) -> Response | None:
    """The answer to a call that comes no further: to one that a fault waits for, or that is not well formed."""
    if fault := faults.due(call.context, ENDPOINT_OF[current().name]):
        return spoken(fault_result(fault))
    if wrong := _wrong(call):
        return malformed(call, wrong)
    return None


def form() -> MultiDict[str, str]:
    """The body in the only encoding that counts (RFC 6749 §3.2); of any other, nothing."""
    return request.form if request.mimetype == FORM else MultiDict()


def once(given: MultiDict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """(the parameters, those that came more than once). An empty one counts as left out (RFC 6749 §3.1)."""
    lists = {name: values for name, values in given.lists() if any(values)}
    return {name: values[0] for name, values in lists.items()}, {n: v for n, v in lists.items() if len(v) > 1}


def malformed(call: Call, says: str) -> Response:
    """Refused before anybody was authenticated, or anything read as a grant."""
    told(call.context)
    status, error = (401, "invalid_client") if call.problem == UNREADABLE else (400, "invalid_request")
    current().refuse(error)
    return spoken(Result(status, {"error": error, "error_description": says}, []))


def told(context: Context) -> None:
    """A refusal that belongs to no flow has one of its own, or nobody could read its reason."""
    if context.app is not None:
        context.draft.flow = context.draft.flow or fresh_id()


def spoken(result: Result) -> Response:
    body: Any = result.payload
    response = jsonify({**dict(body), **result.members} if body else {})
    response.status_code = result.status
    challenge = CHALLENGE if result.status == 401 else {}
    for name, value in {**NO_STORE, **dict(result.headers), **challenge}.items():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _wrong(call: Call) -> str:
    """What is wrong with a form before anybody reads it; "" for nothing."""
    draft, kind = current(), request.mimetype
    if request.content_length and kind != FORM:
        draft.check("body is a form", False, kind[:64])
        return plain(f"the body has to be {FORM}, not {kind or 'one without a Content-Type'}")
    exchange = call.params.get("grant_type") == EXCHANGE
    twice = ", ".join(sorted(set(call.repeated).difference(TARGETS if exchange else ())))
    if call.problem or twice:
        draft.check("one way to authenticate, no parameter repeated", False, call.problem or twice)
        return plain(call.problem) or DIALECT.describe("repeated", twice)
    return ""
