"""What every part of the store stands on: the client, its batches, and the world's index of keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ..records import decode
from . import scripts
from .batch import Batch, Script
from .connection import lines_of
from .keys import Keys

R = TypeVar("R", bound=msgspec.Struct)

MEMORY = 7 * 86400  # Redis forgets this long after a lifetime ended; validity is the clock's business

RELEASE, SWAP = Script(scripts.RELEASE), Script(scripts.SWAP)


class Base:
    def __init__(self, redis: Any, prefix: str) -> None:
        self.redis = redis
        self.keys = Keys(prefix)
        self._lines = lines_of(redis)

    def batch(self) -> Batch:
        return Batch(self.redis, self._lines)

    def close(self) -> None:
        """End the connections; a later use opens new ones."""
        if self._lines:
            self._lines.close()
        self.redis.close()

    def ping(self) -> None:
        self.redis.ping()

    def release(self, key: str, owner: str) -> None:
        """Give a lock back, if it is still ours."""
        RELEASE.run(self.redis, [key], [owner])

    def tails(self, world: str, kind: str) -> list[str]:
        """Tails of the world's indexed keys that start with ``kind``."""
        found = self.redis.zrange(self.keys.index(world), 0, -1)
        return [tail for raw in found if (tail := raw.decode()).startswith(kind)]

    def _all(self, kind: type[R], keys: list[str]) -> list[R]:
        batch = self.batch()
        found = [batch.call("get", key, decode=record_of(kind)) for key in keys]
        batch.run()
        return [later.value for later in found if later.value is not None]

    def _members(self, key: str) -> set[str]:
        return {name.decode() for name in self.redis.smembers(key)}

    def _index(self, batch: Batch, world: str, tail: str, life: float) -> None:
        """Until when the key can be there; the later of two times counts."""
        batch.call("zadd", self.keys.index(world), "GT", {tail: time.time() + life})

    def _swap(self, key: str, kind: type[R], **changes: Any) -> None:
        """Change fields of a record that others may be writing too; a record that is gone stays gone."""
        while (raw := self.redis.get(key)) is not None:
            record = decode(kind, raw)
            after = msgspec.json.encode(msgspec.structs.replace(record, **changes)) if record else raw
            if SWAP.run(self.redis, [key], [raw, after]):
                return


def record_of(kind: type[R]) -> Callable[[Any], R | None]:
    """A decoder for ``Batch.call``: the record, or None where there is none."""
    return lambda raw: decode(kind, raw)


def text(raw: bytes | None) -> str | None:
    return raw.decode() if raw is not None else None


def whole(seconds: float) -> int:
    """A life as Redis takes it."""
    return max(1, int(seconds))
