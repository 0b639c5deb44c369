"""One flight at a time: of many workers that want the same done, one does it and the others wait for it.

A lock with its owner's name and an end, and a stream that wakes whoever waits; nobody polls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ninestep.digest import fresh_id
from ninestep.store import Store
from ninestep.store.batch import Script

from ..login.attempt import SCOPE

T = TypeVar("T")

HOLD = 15  # seconds after which a lost owner's lock ends; longer than one back-channel call may take
BLOCK = 400  # milliseconds of one blocking read; shorter than the connection's patience
WAKE_LIFE = 60

# Give a lock back, if it is still ours, and wake those who wait.
# KEYS[1] lock  KEYS[2] stream  ARGV[1] owner  ARGV[2] life of the stream
RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '1', '*', 'released', ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
"""


class Flight:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._release = Script(RELEASE)

    def do(self, name: str, outcome: Callable[[], T | None], work: Callable[[], T]) -> T:
        """``outcome()`` as soon as there is one, else ``work()`` under the lock. Raises TimeoutError."""
        keys = [self._store.keys.of(SCOPE, f"{kind}:{name}") for kind in ("lock", "wake")]
        end = time.monotonic() + 2 * HOLD
        while time.monotonic() < end:
            heard = self._newest(keys[1])  # before looking, so that nothing is missed in between
            with self._lock(keys) as mine:
                if (there := outcome()) is not None:
                    return there
                if mine:
                    return work()
            self._store.redis.xread({keys[1]: heard}, block=BLOCK, count=1)
        raise TimeoutError(name)

    @contextmanager
    def _lock(self, keys: list[str]) -> Iterator[bool]:
        owner = fresh_id()
        mine = bool(self._store.redis.set(keys[0], owner, nx=True, ex=HOLD))
        try:
            yield mine
        finally:
            if mine:
                self._release.run(self._store.redis, keys, [owner, WAKE_LIFE])

    def _newest(self, stream: str) -> bytes | str:
        entries = self._store.redis.xrevrange(stream, count=1)
        return entries[0][0] if entries else "0-0"
