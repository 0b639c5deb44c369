"""Local users: found or created by (appid, openid) or unionid, exactly one however many first logins race."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from ninestep.store import Store
from ninestep.store.batch import pairs

from ..login.attempt import SCOPE, Profile
from .identities import Identities, Identity

NAME = "name:"  # starts the field that holds what a platform calls the user


class LocalUser(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    nickname: str = ""
    avatar: str = ""
    source: str = ""  # the provider whose nickname and avatar these are
    names: dict[str, str] = {}  # provider -> nickname there
    phone: str = ""  # as it may be shown: 138****0000


class Accounts:
    def __init__(self, store: Store, identities: Identities) -> None:
        self._store = store
        self._identities = identities

    def find_or_create(self, identity: Identity) -> str:
        """The user's id."""
        user = self._identities.owner(identity)
        batch = self._store.batch()
        batch.call("hsetnx", self._user(user), "created_at", time.time())
        batch.call("hset", self._user(user), "id", user)
        batch.call("sadd", self._key("users"), user)
        batch.run()
        return user

    def copy_profile(self, user: str, provider: str, profile: Profile) -> None:
        """Nickname and avatar as the platform has them today. The user's own face stays that of the platform it came
        from, for as long as that one is bound."""
        fields = {NAME + provider: profile.nickname}
        source = (self._store.redis.hget(self._user(user), "source") or b"").decode()
        if source in ("", provider) or source not in self._identities.of(user):
            fields |= {"nickname": profile.nickname, "avatar": profile.avatar, "source": provider}
        self._store.redis.hset(self._user(user), mapping=fields)

    def keep_phone(self, user: str, shown: str, sealed: str) -> None:
        """A phone number: encrypted, and beside it what a page may show."""
        self._store.redis.hset(self._user(user), mapping={"phone": shown, "phone_sealed": sealed})

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
    return LocalUser(
        **{name: text.get(name, "") for name in ("id", "nickname", "avatar", "source", "phone")},
        names={key.removeprefix(NAME): name for key, name in text.items() if key.startswith(NAME)},
    )
