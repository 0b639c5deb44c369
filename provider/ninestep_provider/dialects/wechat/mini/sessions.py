"""``/wxa/checksession`` and ``/wxa/resetusersessionkey`` (wire.md C.3): is this session_key still the user's?"""

from __future__ import annotations

import hmac

import msgspec
from flask import Response
from ninestep.dialects.wechat.mini_program import session_signature
from ninestep.digest import fresh_id
from ninestep.records import App, MiniSession
from ninestep.trace.http import current

from ....services import services
from . import calls, manner
from .manner import Refused, require
from .user_session import key_of

OK = {"errcode": 0, "errmsg": "ok"}


def checksession() -> Response:
    return _answer("session.checked", reset=False)


def resetusersessionkey() -> Response:
    return _answer("session.reset", reset=True)


def _answer(name: str, *, reset: bool) -> Response:
    current().begin(name)
    sent = manner.sent()
    openid = sent.get("openid", "")
    store = services().store
    call = calls.read(
        sent.get("access_token", ""),
        lambda batch, world, appid: store.read_mini_session(batch, world, appid, openid),
    )
    if fault := calls.due(call, "session_reset" if reset else "session"):
        return manner.failed(fault.status) if fault.status else manner.refuse(call.app, Refused(fault.error))
    try:
        app = calls.verified(call)
        session = _verified(call, app, sent)
        if not reset:
            return manner.answer(OK)
        return manner.answer({**OK, "openid": openid, "session_key": _replaced(app, openid, session)})
    except Refused as refused:
        return manner.refuse(call.app, refused)


def _verified(call: calls.Call, app: App, sent: dict[str, str]) -> MiniSession:
    session: MiniSession | None = call.more.value
    require("openid has a session", session is not None, "openid_wrong")
    assert session is not None
    draft = current()
    draft.flow, draft.user = session.flow, session.user
    require("sig_method is hmac_sha256", sent.get("sig_method") == "hmac_sha256", "sig_method")
    right = session_signature(key_of(services(), app, session.user, session.nonce))
    given = sent.get("signature", "").lower()  # one SDK writes upper-case hex (C.3)
    same = hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
    require("signature", same, "signature")
    require("session not expired", call.now < session.expires_at, "signature")
    return session


def _replaced(app: App, openid: str, verified: MiniSession) -> str:
    """A new session_key that ends when the old one would have; of two resets with one key, one wins."""
    nonce = fresh_id()

    def after(before: MiniSession | None) -> MiniSession:
        if before is None or before.nonce != verified.nonce:
            return before or verified
        return msgspec.structs.replace(before, nonce=nonce, generation=before.generation + 1)

    life = max(1.0, verified.expires_at - (current().at or 0.0))
    done = services().store.change_mini_session(app.world, app.appid, openid, after, life)
    require("session_key replaced by this request", done.nonce == nonce, "signature")
    return key_of(services(), app, done.user, done.nonce)
