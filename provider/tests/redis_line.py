"""The line to Redis, watched and cut: how many messages a call sends, and what it does when the next gets no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError


class RedisLine:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    @contextmanager
    def counted(self) -> Iterator[list[Any]]:
        """What was sent inside."""
        with self._watched(1_000_000) as sent:
            yield sent

    @contextmanager
    def cut_after(self, messages: int) -> Iterator[None]:
        """So many go out; from then on Redis is away."""
        with self._watched(messages):
            yield

    @contextmanager
    def _watched(self, allowed: int) -> Iterator[list[Any]]:
        sent: list[Any] = []
        send = AbstractConnection.send_packed_command

        def watched(self: AbstractConnection, command: object, check_health: bool = True) -> None:
            if len(sent) >= allowed:
                raise ConnectionError("away")
            sent.append(command)
            send(self, command, check_health=check_health)

        with self._monkeypatch.context() as patched:
            patched.setattr(AbstractConnection, "send_packed_command", watched)
            yield sent
