"""``/sns/oauth2/access_token`` and ``/sns/oauth2/refresh_token`` (wire.md A.2, A.3): HTTP 200, text/plain, errcode."""

from __future__ import annotations

from flask import Response, current_app, request
from ninestep.dialects import policy
from ninestep.dialects.wechat import body, errors
from ninestep.records import Fault
from ninestep.trace.http import count, current

from ...engine import faults
from ...engine.reading import read
from ...engine.server import Context
from ...engine.token import token_response
from ...services import services
from .front_end import note_front_end
from .manners import DIALECT

NEEDED = {  # in the platform's order: canonical name, check, reason when it is missing
    "authorization_code": (
        ("client_id", "appid given", "client_missing"),
        ("client_secret", "secret given", "secret_missing"),
        ("code", "code given", "code_missing"),
    ),
    "refresh_token": (
        ("client_id", "appid given", "client_missing"),
        ("refresh_token", "refresh_token given", "refresh_missing"),
    ),
}
ALIASES = {"client_id": "appid", "client_secret": "secret"}


def access_token() -> Response:
    return _answer("authorization_code", "code.redeemed", "token")


def refresh_token() -> Response:
    return _answer("refresh_token", "token.refreshed", "refresh")


def _answer(grant_type: str, name: str, endpoint: str) -> Response:
    draft = current().begin(name)
    note_front_end(draft)
    sent = {**request.args.to_dict(), **request.form.to_dict()}  # both places are read, the form wins (A.2)
    params = _canonical(sent)
    context = read(services(), DIALECT, draft, params.get("client_id") or sent.get("client_id", ""), params)
    if (
        context.app is not None
        and context.app.dialect == DIALECT.name
        and policy(context.app, "client_aliases")
    ):
        params = _with_aliases(context, params, sent)
    if grant_type == "refresh_token":
        for name in ("client_secret", "scope"):  # no parameters here: ignored
            params.pop(name, None)
    if fault := faults.due(context, endpoint):
        return _fault(context, fault)
    for parameter, check, reason in NEEDED[grant_type]:
        if not context.checks.make(check, bool(params.get(parameter)), reason):
            return refuse(context, reason)
    right = params.get("grant_type") == grant_type
    if not context.checks.make(f"grant_type is {grant_type}", right, "grant_type"):
        return refuse(context, "grant_type")
    server = current_app.extensions["ninestep.server"]
    result = token_response(server, context, params, {})
    if result.error is not None:
        return refuse(context, result.reason)
    count("tokens_issued")
    # items of the consent page (地区) are ours: the platform's answer names its own scopes only
    own = [scope for scope in result.payload["scope"].split() if scope.startswith("snsapi_")]
    members = {**result.payload, **result.members, "scope": ",".join(own)}
    if endpoint == "refresh":
        members.pop("unionid", None)
    return plain(body.write(members, body.TOKEN_FIELDS))


def refuse(context: Context, reason: str) -> Response:
    """The platform's answer to a neutral reason: HTTP 200, errcode, errmsg."""
    app = context.app if context.app is not None and context.app.dialect == DIALECT.name else None
    number = errors.errcode(reason, lambda name: policy(app, name) if app else _default(name))
    suffix = str(policy(app, "errmsg_suffix")) if app else "rid"
    if context.draft.outcome == "ok":
        context.draft.refuse(reason)
    count("token_refusals")
    text = body.errmsg(errors.message(reason, number), suffix)
    return plain(body.write({"errcode": number, "errmsg": text}))


def plain(content: bytes, status: int = 200) -> Response:
    return Response(content, status, content_type=body.CONTENT_TYPE)


def _fault(context: Context, fault: Fault) -> Response:
    if fault.status:
        return plain(b"", fault.status)
    return refuse(context, fault.error)


def _canonical(sent: dict[str, str]) -> dict[str, str]:
    """RFC 6749's names for WeChat's; what the platform does not know is ignored."""
    known = {"appid": "client_id", "secret": "client_secret"}
    wanted = ("appid", "secret", "code", "grant_type", "refresh_token")
    return {known.get(name, name): sent[name] for name in wanted if sent.get(name)}


def _with_aliases(context: Context, params: dict[str, str], sent: dict[str, str]) -> dict[str, str]:
    """The seed also writes client_id and client_secret (S0 §4.1): accepted under the tutorial, and noted."""
    result = dict(params)
    for alias, meant in ALIASES.items():
        if not result.get(alias) and sent.get(alias):
            result[alias] = sent[alias]
            context.draft.note("alias", sent=alias, meant=meant)
    return result


def _default(name: str) -> object:
    from ninestep.dialects import default_policy

    return default_policy("wechat", name)
