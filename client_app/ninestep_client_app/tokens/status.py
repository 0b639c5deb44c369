"""What a page may say about a user's tokens: how long they last, roughly, and nothing of them."""

from __future__ import annotations

from typing import NamedTuple

from .manager import EARLY
from .vault import Held


class Status(NamedTuple):
    state: str  # valid | expiring | expired | over (and there is nothing to refresh it with) | none
    minutes: int = 0


def status_of(held: Held | None, now: float) -> Status:
    if held is None:
        return Status("none")
    left = held.expires_at - now
    renewable = bool(held.tokens.refresh_token)
    if left <= 0:
        return Status("expired" if renewable else "over")
    return Status("expiring" if renewable and left < EARLY else "valid", int(left // 60))
