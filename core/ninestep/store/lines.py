"""Connections for batches: borrowed for one round trip, given back, and tried again where the line was dead.

redis-py's pipeline costs more CPU than everything else a login does together (0.1 ms each, 16 of them); this keeps
its connections, parser and errors, and leaves out its bookkeeping.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from hiredis import pack_command
from redis.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError

PAUSE = 0.01  # seconds before another try, times its number

Command = tuple[Any, ...]


class Lines:
    """``tries`` is how often a batch is sent at most; each command of ours can be sent again."""

    def __init__(self, redis: Any, tries: int) -> None:
        self._pool = redis.connection_pool
        self._tries = tries
        self._free: list[Any] = []

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        """The raw reply to each command; a refused one is an exception in its place. Raises RedisError."""
        packed = b"".join([pack_command(command) for command in commands])
        failure: RedisError | None = None
        for attempt in range(self._tries):
            line = self._borrow()
            try:
                line.send_packed_command([packed], check_health=False)
                replies = [_read(line) for _ in commands]
            except (ConnectionError, TimeoutError) as error:
                failure = error
                self._hang_up(line)
                time.sleep(PAUSE * attempt)
            except BaseException:
                self._hang_up(line)  # half of an answer may still be on it
                raise
            else:
                self._free.append(line)
                return replies
        raise failure or ConnectionError("no line")

    def close(self) -> None:
        """End the lines that nobody borrows; a later batch opens new ones."""
        while self._free:
            try:
                self._free.pop().disconnect()
            except IndexError:
                return

    def _borrow(self) -> Any:
        try:
            return self._free.pop()
        except IndexError:
            return new_line(self._pool)

    def _hang_up(self, line: Any) -> None:
        """A dead line tells of a dead server: the others that wait are stale too."""
        line.disconnect()
        self.close()


def new_line(pool: Any) -> Any:
    """A connection like those of ``pool``, which does not count it: what is hung up is never given back, and after a
    hundred of them a pool makes no more."""
    return pool.connection_class(**pool.connection_kwargs)


def _read(line: Any) -> Any:
    try:
        return line.read_response()
    except ResponseError as refused:
        return refused
