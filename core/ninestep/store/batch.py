"""Several commands in one round trip, each with a typed answer that is there afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from redis.exceptions import NoScriptError

T = TypeVar("T")


class Later(Generic[T]):
    """An answer of a batch; ``value`` is there once the batch ran."""

    __slots__ = ("_decode", "_raw", "_ready")

    def __init__(self, decode: Callable[[Any], T]) -> None:
        self._decode = decode
        self._ready = False
        self._raw: Any = None

    def settle(self, raw: Any) -> None:
        self._ready, self._raw = True, raw

    @property
    def value(self) -> T:
        if not self._ready:
            raise RuntimeError("the batch has not run")
        return self._decode(self._raw)


class Script:
    """A Lua constant, sent by its hash and, once per server, by its text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def run(self, redis: Any, keys: list[str], args: list[Any]) -> Any:
        try:
            return redis.evalsha(self.sha, len(keys), *keys, *args)
        except NoScriptError:
            return redis.eval(self.text, len(keys), *keys, *args)


class Batch:
    """Commands queue up and go out with ``run``. Not a transaction: what must be indivisible is a script."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._pipe = redis.pipeline(transaction=False)
        self._laters: list[Later[Any]] = []
        self._scripts: dict[int, tuple[Script, list[str], list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._laters)

    def call(
        self, command: str, *args: Any, decode: Callable[[Any], T] = lambda raw: raw, **options: Any
    ) -> Later[T]:
        getattr(self._pipe, command)(*args, **options)
        return self._later(decode)

    def script(
        self, script: Script, keys: list[str], args: list[Any], decode: Callable[[Any], T]
    ) -> Later[T]:
        self._scripts[len(self._laters)] = (script, keys, args)
        # by its name: a cluster's pipeline has no evalsha of its own, and takes it all the same
        self._pipe.execute_command("EVALSHA", script.sha, len(keys), *keys, *args)
        return self._later(decode)

    def run(self) -> None:
        """One round trip; raises the first failure after every answer was taken in."""
        if not self._laters:
            return
        laters, scripts = self._laters, self._scripts
        self._laters, self._scripts = [], {}
        failed: Exception | None = None
        for position, raw in enumerate(self._pipe.execute(raise_on_error=False)):
            if isinstance(raw, NoScriptError) and position in scripts:
                script, keys, args = scripts[position]
                raw = self._redis.eval(script.text, len(keys), *keys, *args)
            if isinstance(raw, Exception):
                failed = failed or raw
            laters[position].settle(raw)
        if failed:
            raise failed

    def _later(self, decode: Callable[[Any], T]) -> Later[T]:
        later: Later[T] = Later(decode)
        self._laters.append(later)
        return later
