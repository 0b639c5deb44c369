"""One login as the town recorded it, from the click to the profile."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from .control import Control
from .ledger import Ledger
from .message import Check, Message, named
from .missed import NotSeen


class Flow:
    """What was known when it was asked for; ``wait()`` looks again. Everything in it is masked."""

    def __init__(self, control: Control, data: dict[str, Any]) -> None:
        self._control, self.data = control, data

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def user(self) -> str:
        return str(self.data["user"])

    @property
    def ended(self) -> bool:
        return bool(self.data["ended"])

    @property
    def outcome(self) -> str:
        """``ok``, ``refused`` or ``failed``; empty while it goes on."""
        return str(self.data["outcome"])

    @property
    def error(self) -> str:
        """The neutral name of what ended it, or nothing."""
        return str(self.data["error"])

    @property
    def steps(self) -> list[int]:
        """The numbers of its messages. 1 and 9 are a client's own: the town sees them of its own client alone."""
        return [message.step for message in self.messages]

    @cached_property
    def messages(self) -> list[Message]:
        return [Message(data) for data in self._get("/messages")]

    @cached_property
    def helpers(self) -> list[Message]:
        """All messages, those without a number too: pages shown, tokens refreshed."""
        return [Message(data) for data in self._get("/messages", helpers="1")]

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self._get("/ledger"), f"flow {self.id}")

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """What the doctor says, the worst first (docs/doctor.md)."""
        return list(self._get("/findings"))

    def message(self, step: int) -> Message:
        """The last message of a step. Raises NotSeen."""
        __tracebackhide__ = True
        found = [message for message in self.messages if message.step == step]
        if not found:
            raise NotSeen(f"{self} has no message {step}; it has {self.steps}")
        return found[-1]

    def check(self, name: str) -> Check:
        """A check that some service made, by its name or a part of it; the one that failed, where one did."""
        __tracebackhide__ = True
        checks = [check for message in self.helpers for check in message.checks]
        return named(checks, name, str(self))

    def wait(self, until: str = "ended", seconds: float = 10) -> Flow:
        """Itself, when it has ``ended`` or got to ``step=8`` or ``messages=6``. Raises NotSeen."""
        __tracebackhide__ = True
        self.data = self._get("", until=until, wait=seconds)
        for cached in ("messages", "helpers", "ledger", "findings"):
            self.__dict__.pop(cached, None)
        name, _, number = until.partition("=")
        there = {
            "ended": lambda: self.ended,
            "step": lambda: any(str(message.step) == number for message in self.messages),
            "messages": lambda: len(self.messages) >= int(number),
        }
        if not there[name]():
            raise NotSeen(f"{self} did not get to «{until}» in {seconds} s; it has {self.steps}")
        return self

    @property
    def mermaid(self) -> str:
        """A sequence diagram."""
        return self._control.text(f"/flows/{self.id}/export.mmd", lang="en")

    @property
    def har(self) -> dict[str, Any]:
        """HAR 1.2 of front and back channel."""
        found: dict[str, Any] = json.loads(self._control.text(f"/flows/{self.id}/export.har"))
        return found

    def _get(self, path: str, **query: Any) -> Any:
        return self._control("GET", f"/flows/{self.id}{path}", **query)

    def __str__(self) -> str:
        how = f"{self.outcome or 'open'}{' ' + self.error if self.error else ''}"
        return f"flow {self.id} of {self.data['app'] or 'no app'} ({how})"

    def __repr__(self) -> str:
        return f"<Flow {self.id}: {self.outcome or 'open'} {self.error}\n  " + "\n  ".join(self.lines()) + ">"

    def lines(self) -> list[str]:
        """Its messages, a line each, with the checks that failed."""
        return [
            line
            for message in self.helpers
            for line in (str(message), *(f"    {check}" for check in message.checks if not check))
        ]
