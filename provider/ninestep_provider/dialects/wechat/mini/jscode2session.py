"""``/sns/jscode2session`` (wire.md C.1): a js_code for openid and session_key. HTTP 200, text/plain, errcode."""

from __future__ import annotations

import secrets

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.wechat import body, ids
from ninestep.digest import fresh_id
from ninestep.records import App, JsCode, User, decode
from ninestep.store.mini import JS_CODE
from ninestep.trace.http import count, current

from ....engine import faults
from ....engine.reading import read
from ....engine.server import Context
from ....services import services
from ..front_end import note_front_end
from ..manners import DIALECT
from ..token import plain, refuse
from .user_session import key_of

FIELDS = ("session_key", "openid", "unionid")
GRANT_TYPE = "authorization_code"
NEEDED = (
    ("appid", "appid given", "client_missing"),
    ("secret", "secret given", "secret_missing"),
    ("js_code", "js_code given", "code_missing"),
)


class Refused(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def jscode2session() -> Response:
    sent = {**request.args.to_dict(), **request.form.to_dict()}
    draft = current().begin("js_code.redeemed")
    note_front_end(draft)
    context = read(services(), DIALECT, draft, sent.get("appid", ""))
    if fault := faults.due(context, "js_code"):
        return plain(b"", fault.status) if fault.status else refuse(context, fault.error)
    try:
        app = _client(context, sent)
        record, user = _spend(context, app, sent["js_code"])
    except Refused as refused:
        return refuse(context, refused.reason)
    count("sessions_given")
    document = {
        "session_key": key_of(services(), app, user.uid, record.nonce),
        "openid": ids.openid(app.appid, user.uid),
    }
    if app.open_platform:
        document["unionid"] = ids.unionid(app.open_platform, user.uid)
    return plain(body.write(document, FIELDS))


def _client(context: Context, sent: dict[str, str]) -> App:
    """The platform's order: parameters, grant_type, appid, secret."""
    for name, check, reason in NEEDED:
        _require(context, check, bool(sent.get(name)), reason)
    _require(context, f"grant_type is {GRANT_TYPE}", sent.get("grant_type") == GRANT_TYPE, "grant_type")
    app = context.app
    known = app is not None and app.dialect == DIALECT.name and app.kind == "mini_program"
    _require(context, "client known", known, "client_unknown")
    assert app is not None
    _require(context, "client enabled", not app.disabled, "client_disabled")
    right = secrets.compare_digest(sent["secret"].encode("utf-8", "replace"), app.secret.encode())
    _require(context, "client secret", right, "secret_wrong")
    return app


def _spend(context: Context, app: App, js_code: str) -> tuple[JsCode, User]:
    """Every check first, then take the js_code: whoever comes second is told that it was used."""
    store, draft = context.services.store, context.draft
    batch = store.batch()
    live, spent = store.peek_once(batch, app.world, JS_CODE, js_code)
    batch.run()
    record = decode(JsCode, live.value or spent.value)
    own = record is not None and record.appid == app.appid
    if record is not None and own:
        draft.flow, draft.user = record.flow, record.user
    _require(context, "js_code known", record is not None, "code_unknown")
    _require(context, "js_code of this app", own, "code_foreign")
    assert record is not None
    _require(context, "js_code not used", live.value is not None, "code_used")
    _require(context, "js_code not expired", context.now < record.expires_at, "code_expired")
    _require(context, "user not blocked", not policy(app, "risk_blocked"), "risk_blocked")
    batch = store.batch()
    taken = store.take_later(batch, app.world, JS_CODE, js_code, fresh_id())
    user = store.see_user(batch, app.world, record.user)
    batch.run()
    _require(context, "js_code spent by this request", taken.value.outcome == "taken", "code_used")
    owner = user()
    _require(context, "user known", owner is not None and not owner.deleted, "code_unknown")
    assert owner is not None
    return record, owner


def _require(context: Context, name: str, ok: bool, reason: str) -> None:
    if not context.checks.make(name, ok, reason):
        raise Refused(reason)
