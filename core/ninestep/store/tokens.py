"""Authorizations and tokens: issued in one step, revoked in one write."""

from __future__ import annotations

import time

from ..digest import digest
from ..records import Authorization, Token, decode, encode
from . import scripts
from .base import MEMORY, record_of, whole
from .batch import Batch, Later, Script
from .logins import Logins

ISSUE, RENEW = Script(scripts.ISSUE), Script(scripts.RENEW)


class Tokens(Logins):
    def find_token(self, batch: Batch, secret: str) -> Later[list[str] | None]:
        """[world, appid, user, authorization, grant] of an access token that arrived alone."""
        return batch.call("get", self.keys.pointer(digest(secret)), decode=_split)

    def issue(
        self,
        world: str,
        authorization: Authorization,
        access_token: str,
        access: Token,
        refresh_token: str,
        refresh: Token | None,
        at: float,
        login: str = "",
        begun: float = 0.0,
    ) -> None:
        """Write one authorization with its tokens in one step, and the pointer that finds the access token. ``login``:
        the one that it ends with, and ``begun``, when (real) this answer was."""
        keys, real = self.keys, time.time()
        access_life = whole(access.expires_at - at + MEMORY)
        refresh_life = whole((refresh.expires_at - at if refresh else 0) + MEMORY)
        names = digest(access_token), digest(refresh_token)
        batch = self.batch()
        if login:
            self.tie_to_login(batch, world, login, authorization.id, begun, max(access_life, refresh_life))
        batch.script(
            ISSUE,
            [
                keys.authorization(world, authorization.id),
                keys.access(world, names[0]),
                keys.once(world, "refresh", names[1]),
                keys.index(world),
            ],
            [
                encode(authorization),
                encode(access),
                encode(refresh) if refresh else b"",
                max(access_life, refresh_life),
                access_life,
                refresh_life,
                real,
                f"authorization:{authorization.id}",
                f"access:{names[0]}",
                f"refresh:{names[1]}",
            ],
            decode=bool,
        )
        self._point(batch, world, names[0], access, access_life)
        batch.run()

    def renew(
        self,
        world: str,
        refresh_token: str,
        before: bytes,
        after: Token,
        access_token: str,
        access: Token,
        at: float,
    ) -> str:
        """Give a kept refresh token its access token: ``renewed``; ``changed`` when the refresh record is no longer
        ``before``; ``revoked`` when that very access token was revoked and must not come back."""
        life = whole(access.expires_at - at + MEMORY)
        name = digest(access_token)
        keys = [
            self.keys.once(world, "refresh", digest(refresh_token)),
            self.keys.access(world, name),
            self.keys.index(world),
        ]
        args = [before, encode(after), encode(access), life, time.time(), f"access:{name}"]
        batch = self.batch()
        done = batch.script(RENEW, keys, args, decode=lambda raw: ("changed", "renewed", "revoked")[raw])
        self._point(batch, world, name, access, life)
        batch.run()
        return done.value

    def read_access(self, batch: Batch, world: str, secret: str) -> Later[Token | None]:
        return batch.call("get", self.keys.access(world, digest(secret)), decode=record_of(Token))

    def read_authorization(self, batch: Batch, world: str, authorization: str) -> Later[Authorization | None]:
        """The authorization while it lives; None once revoked."""
        key = self.keys.authorization(world, authorization)
        return batch.call("hmget", key, ["record", "revoked"], decode=_authorization)

    def revoke_authorization(self, world: str, authorization: str, at: float) -> None:
        """One write kills every token under it, also those that a winner is just about to issue."""
        key = self.keys.authorization(world, authorization)
        batch = self.batch()
        batch.call("hset", key, "revoked", at)
        batch.call("expire", key, MEMORY, nx=True)
        self._index(batch, world, f"authorization:{authorization}", MEMORY)  # it may be the first to write it
        batch.run()

    def end_machine(self, world: str, appid: str) -> None:
        """Every token that an app got for itself, without a user whose consent could end."""
        batch = self.batch()
        for tail in self.tails(world, f"authorization:{appid}:"):
            batch.call("del", self.keys.of(world, tail))
            batch.call("zrem", self.keys.index(world), tail)
        batch.run()

    def revoke_access(self, world: str, name: str) -> None:
        """RFC 7009 on an access token; ``name`` is its digest."""
        self._swap(self.keys.access(world, name), Token, revoked=True)

    def tokens(self, world: str, appid: str) -> list[tuple[str, Token]]:
        """(id, token) of an app, newest first; the id is ``access:<digest>`` or ``refresh:<digest>``."""
        tails = [t for kind in ("access:", "refresh:") for t in self.tails(world, kind)]
        batch = self.batch()
        found = [
            (tail, batch.call("get", self.keys.of(world, tail), decode=record_of(Token))) for tail in tails
        ]
        batch.run()
        own = [(tail, later.value) for tail, later in found if later.value and later.value.appid == appid]
        return sorted(own, key=lambda pair: pair[1].issued_at, reverse=True)

    def token(self, world: str, tail: str) -> Token | None:
        return decode(Token, self.redis.get(self.keys.of(world, tail)))

    def expire_token(self, world: str, tail: str, at: float) -> None:
        """Let a token's life end now; it stays known and answers «expired». Its refresh token hears of it, so that
        WeChat's «same one again» does not bring it back."""
        self._swap(self.keys.of(world, tail), Token, expires_at=at)
        token, kind, name = self.token(world, tail), *tail.split(":", 1)
        if kind == "access" and token is not None and token.access:
            above = f"refresh:{token.access}"
            refresh = self.token(world, above)
            if refresh is not None and refresh.access == name:
                self._swap(self.keys.of(world, above), Token, access_expires_at=at)

    def _point(self, batch: Batch, world: str, name: str, access: Token, life: int) -> None:
        place = "|".join((world, access.appid, access.user, access.authorization, access.grant))
        batch.call("set", self.keys.pointer(name), place, ex=life)


def _split(raw: bytes | None) -> list[str] | None:
    return raw.decode().split("|") if raw is not None else None


def _authorization(raw: list[bytes | None]) -> Authorization | None:
    record, revoked = raw
    return None if revoked else decode(Authorization, record)
