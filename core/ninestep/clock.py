"""The only source of time for lifetimes: real time, moved or frozen for the town and for one world (design.md §6).

``now`` is a pure function of the two clock records, so a service reads them in the pipeline that it sends anyway.
"""

from __future__ import annotations

import math
import re
import time
from datetime import UTC, datetime

from .records import Clock

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
STEP = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([smhd]?)")


def now(town: Clock | None, world: Clock | None, real: float | None = None) -> float:
    """Virtual seconds: a frozen world stands still; otherwise the town's clock plus the world's offset."""
    if world is not None and world.frozen is not None:
        return world.frozen
    base = time.time() if real is None else real
    if town is not None:
        base = town.frozen if town.frozen is not None else base + town.offset
    return base + (world.offset if world is not None else 0.0)


def advanced(clock: Clock | None, seconds: float) -> Clock:
    """The same clock, ``seconds`` further; a frozen one stays frozen."""
    clock = clock or Clock()
    if clock.frozen is not None:
        return Clock(offset=clock.offset, frozen=clock.frozen + seconds)
    return Clock(offset=clock.offset + seconds)


def parse_duration(text: str | int | float) -> float:
    """Seconds of ``"2h"``, ``"1h55m"``, ``"90"``, ``90``. Raises ValueError with a sentence."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _seconds(text)
    parts = STEP.findall(str(text).strip())
    if not parts or "".join(f"{n}{u}" for n, u in parts) != re.sub(r"\s+", "", str(text)):
        raise ValueError(f"{text!r} is not a duration; write 90, '90s', '10m', '1h55m' or '30d'")
    return sum(float(number) * UNITS[unit or "s"] for number, unit in parts)


def parse_instant(text: str | int | float) -> float:
    """Unix seconds of an ISO 8601 instant (UTC unless it says otherwise) or of a number."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _seconds(text)
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is not an instant; write '2026-11-21T10:00:00Z' or unix seconds"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _seconds(number: int | float) -> float:
    """JSON has whole numbers that no float can be; they are as far away as any."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
