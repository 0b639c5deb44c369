"""Consents: what a user allowed an app, and the codes that stand for them."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from ..digest import digest, fresh_id
from ..records import Code, Grant, encode
from . import scripts
from .base import MEMORY, text, whole
from .batch import Batch, Later, Script, pairs
from .logins import Logins

APPROVE = Script(scripts.APPROVE)
OPEN_END = b'"grant":""}'  # how a code's JSON ends before its grant is known


class Grants(Logins):
    def approve(
        self, world: str, code: str, record: Code, at: float, life: float, *, begun: float = 0.0
    ) -> None:
        """Remember the consent and lay its code down, in one step; ``record.grant`` is filled in there.

        A renewed consent keeps the grant's id, a revoked one loses it. ``begun``: when (real) the answer
        was begun, where what it gives ends with the login.
        """
        name, seconds = digest(code), whole(life + MEMORY)
        head = encode(msgspec.structs.replace(record, grant="")).removesuffix(OPEN_END)
        keys = [
            self.keys.grant(world, record.appid, record.user),
            self.keys.grants(world),
            self.keys.once(world, "code", name),
            self.keys.index(world),
        ]
        consent = [fresh_id(), at, record.appid, record.user, len(record.scopes), *record.scopes]
        batch = self.batch()
        if begun:
            self.tie_to_login(batch, world, record.sid, record.authorization, begun, life + MEMORY)
        args = [*consent, head, seconds, time.time() + seconds, f"code:{name}"]
        batch.script(APPROVE, keys, args, decode=text)
        batch.run()

    def read_grant(self, batch: Batch, world: str, appid: str, user: str) -> Later[Grant | None]:
        return batch.call("hgetall", self.keys.grant(world, appid, user), decode=_grant)

    def grants(self, world: str, *, user: str = "", appid: str = "") -> list[Grant]:
        names = [name.split(":", 1) for name in sorted(self._members(self.keys.grants(world)))]
        chosen = [(a, u) for a, u in names if user in ("", u) and appid in ("", a)]
        batch = self.batch()
        found = [self.read_grant(batch, world, a, u) for a, u in chosen]
        batch.run()
        return [grant.value for grant in found if grant.value]

    def revoke_grant(self, world: str, appid: str, user: str) -> bool:
        """One write: every token under the grant dies with it."""
        batch = self.batch()
        gone: Later[int] = batch.call("del", self.keys.grant(world, appid, user))
        batch.call("srem", self.keys.grants(world), f"{appid}:{user}")
        batch.run()
        return bool(gone.value)


def _grant(reply: Any) -> Grant | None:
    raw = pairs(reply)
    if b"id" not in raw:
        return None
    scopes = sorted(k.decode().removeprefix("scope:") for k in raw if k.startswith(b"scope:"))
    return Grant(
        id=raw[b"id"].decode(),
        appid=raw[b"appid"].decode(),
        user=raw[b"user"].decode(),
        scopes=scopes,
        since=float(raw[b"since"]),
        last_used=float(raw[b"last_used"]),
    )
