"""What can be taken once: codes, rotating refresh tokens, states, and the one answer of an authorization request."""

from __future__ import annotations

from typing import Any

import msgspec

from ..digest import digest
from ..records import AuthRequest, decode, encode
from . import scripts
from .base import MEMORY, Base, text, whole
from .batch import Batch, Later, Script

REQUEST_LIFE = 15 * 60  # an authorization request waits this long for its answer
TAKE = Script(scripts.TAKE)


class Taken(msgspec.Struct, frozen=True):
    """What became of a try to take a single-use record: ``taken``, ``spent`` (its value is there), ``ended`` (as its
    authorization has; it stays) or ``unknown``."""

    outcome: str
    value: bytes = b""


class SingleUse(Base):
    def save_request(self, request: AuthRequest) -> None:
        key = self.keys.request(request.world, request.rid)
        batch = self.batch()
        batch.call("set", key, encode(request), ex=REQUEST_LIFE)
        batch.call("set", self.keys.pointer(digest("request:" + request.rid)), request.world, ex=REQUEST_LIFE)
        self._index(batch, request.world, f"request:{request.rid}", REQUEST_LIFE)
        if not request.pushed:  # its answer may be given already
            self.put_once(batch, request.world, "answer", request.rid, b"1", REQUEST_LIFE - MEMORY)
        batch.run()

    def push_request(self, request: AuthRequest, reference: str, life: float) -> None:
        """Lay down a request under ``reference`` for ``life`` seconds, and its one answer with it."""
        batch = self.batch()
        self.put_once(batch, request.world, "pushed", reference, encode(request), life)
        self.put_once(batch, request.world, "answer", request.rid, b"1", life + REQUEST_LIFE)
        batch.run()

    def pushed_request(self, world: str, reference: str) -> AuthRequest | None:
        batch = self.batch()
        live, _ = self.peek_once(batch, world, "pushed", reference)
        batch.run()
        return decode(AuthRequest, live.value)

    def unanswered(self, world: str, rid: str) -> bool:
        batch = self.batch()
        live, _ = self.peek_once(batch, world, "answer", rid)
        batch.run()
        return live.value is not None

    def request(self, rid: str) -> AuthRequest | None:
        world = text(self.redis.get(self.keys.pointer(digest("request:" + rid))))
        return decode(AuthRequest, self.redis.get(self.keys.request(world, rid))) if world else None

    def put_once(self, batch: Batch, world: str, kind: str, secret: str, value: bytes, life: float) -> None:
        """Lay down a single-use record of ``kind`` (code, refresh, nonce, state) that lives ``life`` seconds."""
        name = digest(secret)
        batch.call("set", self.keys.once(world, kind, name), value, ex=whole(life + MEMORY))
        self._index(batch, world, f"{kind}:{name}", life + MEMORY)

    def peek_once(self, batch: Batch, world: str, kind: str, secret: str) -> tuple[Later[Any], Later[Any]]:
        """The live value and the tombstone's value, as bytes or None, without taking."""
        name = digest(secret)
        live: Later[bytes | None] = batch.call("get", self.keys.once(world, kind, name))
        spent = batch.call("get", self.keys.spent(world, kind, name), decode=_after_bar)
        return live, spent

    def take(self, world: str, kind: str, secret: str, taker: str, *, authorization: str = "") -> Taken:
        """Take it, once, unless the ``authorization`` that it stands for has ended. The same ``taker`` asking again (a
        lost reply) gets the same answer; so a taker's name is made fresh for each call and never comes from outside."""
        batch = self.batch()
        taken = self.take_later(batch, world, kind, secret, taker, authorization=authorization)
        batch.run()
        return taken.value

    def take_later(
        self, batch: Batch, world: str, kind: str, secret: str, taker: str, *, authorization: str = ""
    ) -> Later[Taken]:
        """``take``, in the round trip of ``batch``."""
        name = digest(secret)
        keys = [self.keys.once(world, kind, name), self.keys.spent(world, kind, name)]
        keys += [self.keys.authorization(world, authorization)] if authorization else []
        return batch.script(TAKE, keys, [taker, MEMORY], decode=_taken)


def _taken(raw: list[Any]) -> Taken:
    return Taken({1: "taken", 2: "spent", 3: "ended", 0: "unknown"}[raw[0]], raw[1])


def _after_bar(raw: bytes | None) -> bytes | None:
    return raw.split(b"|", 1)[1] if raw is not None else None
