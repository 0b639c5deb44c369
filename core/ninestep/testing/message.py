"""One of the nine messages of a login, and the checks that its receiver made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .missed import NotSeen


@dataclass(frozen=True)
class Check:
    """A check, by the name under which the service recorded it. It is as true as it passed."""

    name: str
    passed: bool
    detail: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        mark = "✓" if self.passed else "✗"
        return f"{mark} {self.name}" + (f" ({self.detail})" if self.detail else "")


class Message:
    """``data`` is the message as the control API tells it, secrets masked."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.checks = [Check(c["name"], c["ok"], c.get("detail", "")) for c in data["checks"]]

    @property
    def step(self) -> int:
        return int(self.data["step"])

    @property
    def name(self) -> str:
        """Of the exchange: ``code.redeemed`` …"""
        return str(self.data["name"])

    @property
    def sender(self) -> str:
        return str(self.data["from"])

    @property
    def receiver(self) -> str:
        return str(self.data["to"])

    @property
    def channel(self) -> str:
        """``front``, through the browser, or ``back``, between servers."""
        return str(self.data["channel"])

    @property
    def outcome(self) -> str:
        """``ok``, ``refused`` or ``failed``."""
        return str(self.data["outcome"])

    @property
    def error(self) -> str:
        """The neutral name of what went wrong, or nothing."""
        return str(self.data["error"])

    @property
    def values(self) -> list[dict[str, Any]]:
        """The parameters with secrets in them: ``kind``, ``masked``, ``where``."""
        return [value for leg in self.data["legs"] for value in leg["values"]]

    def check(self, name: str) -> Check:
        """By its name or a part of it; the one that failed, where several fit. Raises NotSeen."""
        __tracebackhide__ = True
        return named(self.checks, name, f"message {self.step} ({self.name})")

    def __str__(self) -> str:
        number = "①②③④⑤⑥⑦⑧⑨"[self.step - 1] if self.step else "·"
        error = f" {self.error}" if self.error else ""
        arrow = f"{self.sender} → {self.receiver}"
        return f"{number} {self.name}: {arrow}, {self.channel} channel, {self.outcome}{error}"

    def __repr__(self) -> str:
        failed = [str(check) for check in self.checks if not check]
        return f"<Message {self}{'; ' + ', '.join(failed) if failed else ''}>"


def named(checks: list[Check], name: str, where: str) -> Check:
    """The check of that name, else those with it as a part: one that failed, or the last. Raises NotSeen.

    So ``check("pkce")`` passes when the challenge and the verifier did.
    """
    __tracebackhide__ = True
    wanted = name.casefold()
    exact = [check for check in checks if check.name.casefold() == wanted]
    found = exact or [check for check in checks if wanted in check.name.casefold()]
    if not found:
        names = ", ".join(dict.fromkeys(check.name for check in checks)) or "none"
        raise NotSeen(f"«{name}» was not checked in {where}; checks there: {names}")
    return next((check for check in found if not check), found[-1])
