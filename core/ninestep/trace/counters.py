"""How often each check passed and refused, per app: counted in the script that writes the record, so it costs no round
trip, and kept beside the app, so it outlives the flows that a long run pushes out.

A hash per app: ``<service>|<check>|passed`` or ``|refused`` → how often, with ``_in`` → the newest flow; and
``state|sent``, ``state|taken``: logins whose callback carried an altered state, and those of them whose code was
redeemed all the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..store import Store
from ..store.batch import pairs
from .exchange import Check

SENT, TAKEN = "sent", "taken"


class Count(msgspec.Struct, kw_only=True):
    """One check of one service, or the fate of altered states (then ``service`` is "" and ``name`` ``state``)."""

    service: str
    name: str
    passed: int = 0
    refused: int = 0
    passed_in: str = ""
    refused_in: str = ""


def fields(service: str, checks: Iterable[Check]) -> list[str]:
    """The counters that one exchange moves: each check once, however often it was made in it."""
    told = {f"{service}|{check.name}|{'passed' if check.ok else 'refused'}" for check in checks}
    return sorted(told)


def read(store: Store, world: str, appids: list[str]) -> dict[str, list[Count]]:
    """By appid, in one round trip."""
    batch = store.batch()
    found = {appid: batch.call("hgetall", store.keys.checks(world, appid), decode=pairs) for appid in appids}
    batch.run()
    return {appid: _counts(later.value) for appid, later in found.items()}


def forget(store: Store, world: str, appid: str) -> None:
    """As if the app had never been asked anything."""
    store.redis.delete(store.keys.checks(world, appid))


def _counts(raw: dict[bytes, bytes]) -> list[Count]:
    found: dict[tuple[str, str], Count] = {}
    for field, value in raw.items():
        head, _, what = field.decode().rpartition("|")
        service, _, name = head.partition("|") if "|" in head else ("", "", head)
        count = found.setdefault((service, name), Count(service=service, name=name))
        what = what.replace(SENT, "passed").replace(TAKEN, "refused") if not service else what
        setattr(count, what, value.decode() if what.endswith("_in") else int(value))
    return list(found.values())
