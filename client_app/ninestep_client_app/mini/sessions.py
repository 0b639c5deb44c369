"""A user's session_key, at rest (S4: it has to be kept on the server): encrypted, one per user, the newest."""

from __future__ import annotations

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet
from ninestep.records import decode, encode
from ninestep.store import Store

from ..login.attempt import SCOPE

LIFE = 30 * 86400  # of one nobody comes back to; WeChat ends it long before


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    session_key: str
    openid: str
    unionid: str = ""
    world: str = ""
    flow: str = ""  # of the login that it came from


class Sealed(msgspec.Struct):
    session: str


class Sessions:
    def __init__(self, store: Store, cipher: MultiFernet) -> None:
        self._store = store
        self._cipher = cipher

    def save(self, user: str, session: Session) -> None:
        sealed = Sealed(self._cipher.encrypt(encode(session)).decode())
        self._store.redis.set(self._key(user), encode(sealed), ex=LIFE)

    def read(self, user: str) -> Session | None:
        sealed = decode(Sealed, self._store.redis.get(self._key(user)))
        if sealed is None:
            return None
        try:
            opened = self._cipher.decrypt(sealed.session.encode())
        except InvalidToken:  # the key is gone: as good as no session
            return None
        return msgspec.json.decode(opened, type=Session)

    def forget(self, user: str) -> None:
        self._store.redis.delete(self._key(user))

    def _key(self, user: str) -> str:
        return self._store.keys.of(SCOPE, f"mini-session:{user}")
