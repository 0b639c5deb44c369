"""Writing a flow that was recorded elsewhere: beside the live ones, and never mistaken for one.

Its id says so, its record says so, and no state leads to it: what a running login looks up, it never finds.
"""

from __future__ import annotations

import time
from typing import Any

from ..digest import fresh_id
from ..records import encode
from .exchange import Exchange
from .recorder import LIFE, MOST_FLOWS, STREAM_LENGTH, TRIM_AT_ONCE, Recorder
from .vocabulary import OK

PREFIX = "imported-"


def new_id() -> str:
    return PREFIX + fresh_id()


def write(recorder: Recorder, exchanges: list[Exchange]) -> None:
    """All of them are of one flow and one world, which the first names. It stands among the newest of its world."""
    first, now = exchanges[0], time.time()
    store = recorder.store
    world, flow, keys = first.world, first.flow, store.keys
    batch = store.batch()
    batch.call("hset", keys.flow(world, flow), mapping=_record(exchanges, now))
    batch.call("rpush", keys.exchanges(world, flow), *[encode(e) for e in exchanges])
    for key in (keys.flow(world, flow), keys.exchanges(world, flow)):
        batch.call("expire", key, LIFE)
    batch.call("zadd", keys.flows(world), {flow: now})
    batch.call("xadd", keys.stream(world), "MAXLEN", "~", STREAM_LENGTH, "*", "flow", flow)
    batch.call("expire", keys.stream(world), LIFE)
    count = batch.call("zcard", keys.flows(world), decode=int)
    batch.run()
    if count.value > MOST_FLOWS + TRIM_AT_ONCE:
        recorder.trim(world)


def _record(exchanges: list[Exchange], now: float) -> dict[str, Any]:
    """What the recorder would have written, exchange by exchange."""
    ordered = sorted(exchanges, key=lambda e: e.at_real + e.duration)
    start = min(exchanges, key=lambda e: e.at_real)
    record: dict[str, Any] = {
        "id": start.flow,
        "app": start.app,
        "at": start.at,
        "at_real": start.at_real,
        "updated_real": now,
        "imported": 1,
        "last": ordered[-1].name,
    }
    if user := next((e.user for e in reversed(ordered) if e.user), ""):
        record["user"] = user
    for e in ordered:
        numbers = [step for step in (e.steps.request, e.steps.response) if step]
        record |= {f"step:{step}": e.at_real for step in numbers}
        if e.outcome == OK and e.steps.response in (8, 9):
            record |= {"ended": e.at_real, "outcome": OK, "error": ""}
        elif e.outcome != OK and numbers and "ended" not in record:
            record |= {"ended": e.at_real, "outcome": e.outcome, "error": e.error}
    return record
