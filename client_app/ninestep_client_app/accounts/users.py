"""Local users: found or created by (provider, appid, openid), exactly one however many first logins race."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
from ninestep.digest import digest
from ninestep.store import Later, Store
from ninestep.store.batch import pairs

from ..login.attempt import SCOPE, Profile


class LocalUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    nickname: str = ""
    avatar: str = ""


class Accounts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def find_or_create(self, provider: str, appid: str, openid: str) -> str:
        """The user's id. Whoever links the openid first decides it; the others read that decision."""
        identity = self._key("identity:" + digest(f"{provider}|{appid}|{openid}"))
        batch = self._store.batch()
        batch.call("set", identity, f"u{secrets.token_hex(8)}", nx=True)
        found: Later[bytes] = batch.call("get", identity)
        batch.run()
        user = found.value.decode()
        batch = self._store.batch()
        batch.call("hsetnx", self._user(user), "created_at", time.time())
        batch.call("hset", self._user(user), "id", user)
        batch.call("sadd", self._key("users"), user)
        batch.run()
        return user

    def copy_profile(self, user: str, profile: Profile) -> None:
        """Nickname and avatar as the platform has them today."""
        fields = {"nickname": profile.nickname, "avatar": profile.avatar}
        self._store.redis.hset(self._user(user), mapping=fields)

    def read(self, user: str) -> LocalUser | None:
        return _local_user(self._store.redis.hgetall(self._user(user)))

    def count(self) -> int:
        return int(self._store.redis.scard(self._key("users")))

    def _user(self, user: str) -> str:
        return self._key(f"user:{user}")

    def _key(self, tail: str) -> str:
        return self._store.keys.of(SCOPE, tail)


def _local_user(reply: Any) -> LocalUser | None:
    raw = pairs(reply)
    if b"id" not in raw:
        return None
    text = {key.decode(): value.decode() for key, value in raw.items()}
    return LocalUser(id=text["id"], nickname=text.get("nickname", ""), avatar=text.get("avatar", ""))
