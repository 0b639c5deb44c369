"""The worlds that a page lets its reader choose from: few of what may be thousands, after a day of tests."""

from __future__ import annotations

from ninestep.records import TOWN

from .services import services

MOST = 100  # any other can be named in the address


def offered(here: str) -> list[str]:
    """The town, the one that is looked at, and what was used last."""
    found = sorted(services().store.worlds(), key=lambda known: known.last_used, reverse=True)
    return list(dict.fromkeys((TOWN, here, *(known.name for known in found[:MOST]))))
