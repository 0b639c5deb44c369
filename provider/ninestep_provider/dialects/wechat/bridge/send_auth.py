"""``SendAuth`` (wire.md B.5): an app asks WeChat on the same phone, and is launched with a code. There is no request
over HTTP on the platform; here it takes the authorization endpoint's own way, so checks, consents and codes are the
same. First call: ``scope`` and ``state``, answered by a sheet's words or at once; second: the user's answer to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue
from ninestep.digest import fresh_id
from ninestep.records import AuthRequest
from ninestep.trace.http import count, current
from ninestep.web import language

from ....engine import authorization
from ....engine.authorization import Outcome, Page, require
from ....engine.reading import read
from ....engine.server import Context
from ....pages import interaction
from ....services import services
from .. import manners
from ..asking import known_client
from ..manners import DIALECT, USERINFO
from . import asked

OK, COMMON, CANCELLED, DENIED = 0, -1, -2, -4  # errCode
MOST_STATE = 1024  # bytes
ANSWERS = ("approve", "deny", "cancel")


def auth(appid: str) -> ResponseReturnValue:
    told = asked.sent()
    return _answer(appid, told) if asked.text(told, "rid") else _ask(appid, told)


def _ask(appid: str, told: dict[str, Any]) -> ResponseReturnValue:
    draft, state = current().begin("authorize.requested"), asked.text(told, "state")
    context = read(services(), DIALECT, draft, appid, {"state": state})
    server = current_app.extensions["ninestep.server"]
    try:
        params = _checked(context, appid, asked.text(told, "scope"), state)
        wanted = authorization.validate(server, context, params, {})
        user = interaction.present(context.world)
        if authorization.fault_status(context, wanted):
            return _resp(COMMON, state)
        outcome = authorization.decide(server, context, wanted, user.uid if user else "")
    except authorization.Refused as problem:
        authorization.record_refusal(context, problem)
        return _resp(COMMON, state)
    if outcome.page is Page.LOGIN:
        return asked.refuse(asked.Refused("nobody"))
    if outcome.page is Page.CONSENT:
        assert user is not None
        assert context.app is not None
        items = [
            {**item, "label": str(language.translate(current_app, item["label_key"]))}
            for item in DIALECT.consent_items(context.app, wanted.scopes)
        ]
        return jsonify(ask={"rid": wanted.rid, "user": user.uid, "items": items})
    return _outcome(context, wanted, outcome)


def _checked(context: Context, appid: str, scope: str, state: str) -> dict[str, str]:
    """What the SDK asked, in RFC 6749's names. Raises authorization.Refused."""
    app = known_client(context, {"client_id": appid, "state": state})
    require(context, "appid of a mobile app", app.kind == "mobile", "client_kind", state)
    require(context, f"scope is {USERINFO}", scope == USERINFO, "scope_unknown", state, scope)
    short = len(state.encode("utf-8", "replace")) <= MOST_STATE
    require(context, "state at most 1024 bytes", short, "state_too_long", state)
    context.checks.failed = ""
    back = {"redirect_uri": manners.launch_address(appid), "response_type": "code"}
    return {"client_id": appid, "scope": scope, "state": state, **back}


def _answer(appid: str, told: dict[str, Any]) -> ResponseReturnValue:
    """Once per request, and by the user to whom the sheet was shown: another may have taken the phone meanwhile."""
    wanted = services().store.request(asked.text(told, "rid")[:64])
    if wanted is None or wanted.appid != appid or wanted.dialect != DIALECT.name:
        return _resp(COMMON, "")
    draft = current().begin("consent.given", flow=wanted.flow)
    context = read(services(), DIALECT, draft, appid)
    server, decision = current_app.extensions["ninestep.server"], asked.text(told, "decision")
    try:
        app = known_client(context, {"client_id": appid, "state": wanted.state})
        user = interaction.present(context.world)
        same = user is not None and user.uid == asked.text(told, "user")
        require(context, "user who was asked", same, "user_changed", wanted.state)
        require(context, "answer understood", decision in ANSWERS, "answer_unknown", wanted.state)
        assert user is not None
        draft.user = user.uid
        taken = services().store.take(wanted.world, "answer", wanted.rid, fresh_id())
        first = taken.outcome == "taken"
        require(context, "request not answered before", first, "already_answered", wanted.state)
        if decision != "approve":
            if decision == "cancel":
                draft.note("sheet_closed")
            outcome = authorization.deny(context, wanted)
            return _outcome(context, wanted, outcome, CANCELLED if decision == "cancel" else DENIED)
        items = told.get("items")
        scopes = DIALECT.with_items(app, wanted.scopes, items if isinstance(items, list) else [])
        return _outcome(context, wanted, authorization.approve(server, context, wanted, user, scopes))
    except authorization.Refused as problem:
        draft.steps = (0, 0)
        draft.refuse(problem.reason)
        return _resp(COMMON, wanted.state)


def _outcome(
    context: Context, wanted: AuthRequest, outcome: Outcome, denied: int = DENIED
) -> ResponseReturnValue:
    if context.draft.outcome != "ok":
        count("authorizations_denied")
        return _resp(denied, wanted.state)
    count("authorizations_approved")
    return _resp(OK, wanted.state, outcome.location)


def _resp(number: int, state: str, url: str = "") -> ResponseReturnValue:
    """``SendAuth.Resp``; ``url`` is how the app is launched."""
    code = dict(parse_qsl(urlsplit(url).query)).get("code", "")
    spoken = "en" if language.current() == "en" else "zh_CN"
    told = {"errCode": number, "code": code, "state": state, "lang": spoken, "country": "CN", "url": url}
    return jsonify(resp=told)
