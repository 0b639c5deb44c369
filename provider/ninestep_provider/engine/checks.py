"""Checks that record themselves: the trace holds what was really checked, and a refusal knows its reason."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from ninestep.trace import Draft

MOST_DETAIL = 256  # characters of what was sent


class Checks:
    """The checks of one request. ``failed`` is the neutral reason of the last one that did not hold."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._passed: set[str] = set()
        self.failed = ""
        self.detail = ""  # of that one

    def make(self, name: str, ok: bool, reason: str, detail: str = "") -> bool:
        """Record a check that the caller made; Authlib's own branch decides what follows."""
        if not ok:
            same = reason == self.failed and not detail  # asked again, by somebody who knows less of it
            self.failed, self.detail = reason, self.detail if same else detail[:MOST_DETAIL]
        elif name in self._passed:
            return ok  # the platform's order and the engine's meet: once is enough to tell
        else:
            self._passed.add(name)
        self._draft.check(name, ok, detail[:MOST_DETAIL])
        return ok

    def note(self, rule: str, **detail: Any) -> None:
        """What is no reason to refuse, and worth telling."""
        self._draft.note(rule, **detail)

    def require(self, name: str, ok: bool, error: type[OAuth2Error], reason: str, detail: str = "") -> None:
        """The same, and raise ``error`` with its reason where it fails."""
        if not self.make(name, ok, reason, detail):
            raise refusal(error, reason)


def refusal(error: type[OAuth2Error], reason: str, **options: Any) -> OAuth2Error:
    """An OAuth error that carries the neutral reason for the dialect's own words."""
    instance = error(**options)
    instance.reason = reason
    return instance


def reason_of(error: OAuth2Error, checks: Checks) -> str:
    return str(getattr(error, "reason", "") or checks.failed or error.error or "server_error")
