"""Several commands in one round trip, each with a typed answer that is there afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from redis.exceptions import NoScriptError

from .lines import Command, Lines

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
    """Commands queue up and go out with ``run``. Not a transaction: what must be indivisible is a script.

    Replies are raw, as Redis sends them: bytes, integers, lists; ``decode`` makes something of them.
    """

    def __init__(self, redis: Any, lines: Lines | None) -> None:
        self._redis = redis
        self._lines = lines  # None on a cluster, whose own pipeline knows which node to ask
        self._commands: list[Command] = []
        self._laters: list[Later[Any]] = []
        self._scripts: dict[int, tuple[Script, list[str], list[Any]]] = {}

    def call(
        self, command: str, *args: Any, decode: Callable[[Any], T] = lambda raw: raw, **options: Any
    ) -> Later[T]:
        """A command by redis-py's name, with the options that we use: ex, nx, xx, keepttl; a mapping for hset, zadd."""
        return self._later((command.upper(), *_words(command, args, options)), decode)

    def script(
        self, script: Script, keys: list[str], args: list[Any], decode: Callable[[Any], T]
    ) -> Later[T]:
        self._scripts[len(self._laters)] = (script, keys, args)
        return self._later(("EVALSHA", script.sha, len(keys), *keys, *args), decode)

    def run(self) -> None:
        """One round trip; raises the first failure after every answer was taken in."""
        if not self._laters:
            return
        commands, laters, scripts = self._commands, self._laters, self._scripts
        self._commands, self._laters, self._scripts = [], [], {}
        failed: Exception | None = None
        for position, raw in enumerate(self._ask(commands)):
            if isinstance(raw, NoScriptError) and position in scripts:
                script, keys, args = scripts[position]
                raw = self._redis.eval(script.text, len(keys), *keys, *args)
            if isinstance(raw, Exception):
                failed = failed or raw
            laters[position].settle(raw)
        if failed:
            raise failed

    def _ask(self, commands: list[Command]) -> list[Any]:
        if self._lines is not None:
            return self._lines.ask(commands)
        pipe = self._redis.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return list(pipe.execute(raise_on_error=False))

    def _later(self, command: Command, decode: Callable[[Any], T]) -> Later[T]:
        later: Later[T] = Later(decode)
        self._commands.append(command)
        self._laters.append(later)
        return later


def _words(command: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> list[Any]:
    """The command's words as they go over the wire."""
    words = []
    for arg in args:
        if isinstance(arg, dict):  # zadd: member -> score
            words += [part for member, score in arg.items() for part in (score, member)]
        elif isinstance(arg, list):
            words += arg
        else:
            words.append(arg)
    for name, value in options.items():
        if name == "mapping":
            words += [part for pair in value.items() for part in pair]
        elif name == "ex":
            words += ["EX", value]
        elif value:
            words.append(name.upper())
    return words


def pairs(raw: Any) -> dict[bytes, bytes]:
    """A hash as Redis sends it, whichever protocol the client speaks."""
    return raw if isinstance(raw, dict) else dict(zip(raw[::2], raw[1::2], strict=True))
