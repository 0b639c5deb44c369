"""A user's session with a mini program: made by wx.login, known to the server by its session_key (wire.md C.2)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from ninestep.dialects import policy
from ninestep.dialects.lifetimes import lifetimes
from ninestep.dialects.wechat import ids
from ninestep.dialects.wechat.mini_program import SESSION_LIFE, session_key
from ninestep.digest import fresh_id
from ninestep.records import App, JsCode, MiniSession, User

from ....services import Services


class LogIn(NamedTuple):
    js_code: str
    session: MiniSession


def log_in(services: Services, app: App, user: User, flow: str = "") -> LogIn:
    """wx.login. Unless ``stable_session_key``, the session_key before it is dead now, and
    not only once the js_code is exchanged: what a page encrypts from here on belongs to the coming key."""
    store = services.store
    now, life = store.now(app.world), lifetimes(app, services.settings).code
    openid, nonce, flow = ids.openid(app.appid, user.uid), fresh_id(), flow or fresh_id()
    keeps = bool(policy(app, "stable_session_key"))

    def renewed(before: MiniSession | None) -> MiniSession:
        alive = before is not None and before.expires_at > now
        if keeps and before is not None and alive:
            return msgspec.structs.replace(before, expires_at=now + SESSION_LIFE, flow=flow)
        times = before.generation + 1 if before is not None else 1
        ends = now + SESSION_LIFE
        return MiniSession(
            user=user.uid, nonce=nonce, since=now, expires_at=ends, flow=flow, generation=times
        )

    session = store.change_mini_session(app.world, app.appid, openid, renewed, SESSION_LIFE)
    js_code = ids.code()
    record = JsCode(appid=app.appid, user=user.uid, nonce=session.nonce, expires_at=now + life, flow=flow)
    batch = store.batch()
    store.save_js_code(batch, app.world, js_code, record, life)
    batch.run()
    return LogIn(js_code, session)


def living(services: Services, app: App, user: User, *, used: bool = True) -> MiniSession | None:
    """The session, if there is one that has not ended; a user who does something keeps it (``used``)."""
    store, openid = services.store, ids.openid(app.appid, user.uid)
    now = store.now(app.world)
    batch = store.batch()
    found = store.read_mini_session(batch, app.world, app.appid, openid)
    batch.run()
    session = found.value
    if session is None or session.expires_at <= now:
        return None
    if not used:
        return session

    def prolonged(before: MiniSession | None) -> MiniSession:
        return msgspec.structs.replace(before or session, expires_at=now + SESSION_LIFE)

    return store.change_mini_session(app.world, app.appid, openid, prolonged, SESSION_LIFE)


def key_of(services: Services, app: App, uid: str, nonce: str) -> str:
    return session_key(services.settings.session_key, app.appid, ids.openid(app.appid, uid), nonce)
