"""Tokens at rest (S0 §6.4): one record per user and way in, with the tokens encrypted.

Records are replaced and removed by comparison with what was read, so that a slow refresh never overwrites,
and a failed one never clears, the tokens of a newer login.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet
from ninestep.records import decode, encode
from ninestep.store import Store
from ninestep.store.batch import Script

from ..login.attempt import SCOPE
from .values import Tokens

LIFE = 100 * 86400  # of a record nobody comes back to: longer than any refresh token lives

# KEYS[1] record  ARGV[1] as it was read  ARGV[2] as it shall be ('' for gone)  ARGV[3] life in seconds
# returns 1 done | 0 the record had changed
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) end
return 1
"""


class StoredTokens(msgspec.Struct, kw_only=True):
    user_id: str
    encrypted_tokens: str
    expires_at: float  # of the world's clock
    created_at: float


class Held(NamedTuple):
    """A record as it was read: ``raw`` tells later whether somebody else was faster."""

    raw: bytes
    tokens: Tokens
    expires_at: float


class Vault:
    def __init__(self, store: Store, cipher: MultiFernet) -> None:
        self._store = store
        self._cipher = cipher
        self._swap = Script(SWAP)

    def key(self, user: str, way: str) -> str:
        return self._store.keys.of(SCOPE, f"tokens:{way}:{user}")

    def read(self, user: str, way: str) -> Held | None:
        return self._open(self._store.redis.get(self.key(user, way)))

    def save(self, user: str, way: str, tokens: Tokens, now: float) -> None:
        self._store.redis.set(self.key(user, way), self._close(user, tokens, now), ex=LIFE)

    def replace(self, user: str, way: str, before: Held, tokens: Tokens, now: float) -> bool:
        return self._swapped(user, way, before, self._close(user, tokens, now))

    def clear(self, user: str, way: str, before: Held) -> bool:
        return self._swapped(user, way, before, b"")

    def forget(self, user: str, way: str) -> None:
        """Whatever is there: the identity is not this user's any more."""
        self._store.redis.delete(self.key(user, way))

    def _swapped(self, user: str, way: str, before: Held, after: bytes) -> bool:
        return bool(self._swap.run(self._store.redis, [self.key(user, way)], [before.raw, after, LIFE]))

    def _close(self, user: str, tokens: Tokens, now: float) -> bytes:
        record = StoredTokens(
            user_id=user,
            encrypted_tokens=self._cipher.encrypt(encode(tokens)).decode(),
            expires_at=now + tokens.expires_in,
            created_at=time.time(),
        )
        return encode(record)

    def _open(self, raw: bytes | None) -> Held | None:
        record = decode(StoredTokens, raw)
        if raw is None or record is None:
            return None
        try:
            opened = self._cipher.decrypt(record.encrypted_tokens.encode())
        except InvalidToken:  # the key is gone: as good as no tokens
            return None
        return Held(raw, msgspec.json.decode(opened, type=Tokens), record.expires_at)
