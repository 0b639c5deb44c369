"""The clock, of the town and of a world: advance, freeze, set, reset."""

from __future__ import annotations

import time
from typing import Any

from ninestep.clock import advanced, iso, now, parse_duration, parse_instant
from ninestep.records import Clock

from ..services import services
from .found import world_of
from .operation import Body, Operations
from .problem import Problem


class ClockChange(Body):
    advance: str | int | float | None = None
    freeze: bool | None = None
    set: str | int | float | None = None
    reset: bool | None = None


def register(operations: Operations) -> None:
    operations.add("GET", "/clock", town)
    operations.add("POST", "/clock", change_town, body=ClockChange)
    operations.add("GET", "/worlds/{world}/clock", one)
    operations.add("POST", "/worlds/{world}/clock", change, body=ClockChange)


def town() -> Any:
    """The clock that every world starts from."""
    return _told(None)


def change_town(body: ClockChange) -> Any:
    """Move the town's clock, and with it every world that is not frozen."""
    return _move(None, body)


def one(world: str) -> Any:
    """A world's clock."""
    return _told(world_of(world).name)


def change(world: str, body: ClockChange) -> Any:
    """Move one world's clock; all services see it at their next request."""
    return _move(world_of(world).name, body)


def _move(world: str | None, body: ClockChange) -> Any:
    given = [name for name in ("advance", "freeze", "set", "reset") if getattr(body, name) is not None]
    if len(given) != 1:
        raise Problem(422, "say one of advance, freeze, set, reset", field="body", fix='{"advance": "2h"}')
    store = services().store
    town, own, moment = _read(world)
    clock = (own if world else town) or Clock()
    try:
        match given[0]:
            case "advance":
                clock = advanced(clock, parse_duration(body.advance or 0))
            case "freeze":
                clock = (
                    _frozen(clock, moment)
                    if body.freeze
                    else _running(clock, moment, town if world else None)
                )
            case "set":
                target = parse_instant(body.set or 0)
                frozen = clock.frozen is not None
                clock = Clock(frozen=target) if frozen else Clock(offset=clock.offset + target - moment)
            case "reset":
                clock = Clock()
    except ValueError as error:
        raise Problem(422, str(error), field=given[0], fix='{"advance": "2h"}') from None
    store.write_clock(clock, world)
    return _told(world)


def _frozen(clock: Clock, moment: float) -> Clock:
    return clock if clock.frozen is not None else Clock(offset=clock.offset, frozen=moment)


def _running(clock: Clock, moment: float, town: Clock | None) -> Clock:
    """Go on from the frozen moment, not from where real time got to meanwhile."""
    if clock.frozen is None:
        return clock
    return Clock(offset=moment - now(town, None))


def _read(world: str | None) -> tuple[Clock | None, Clock | None, float]:
    store = services().store
    batch = store.batch()
    town, own = store.read_clock(batch), store.read_clock(batch, world) if world else None
    batch.run()
    mine = own.value if own else None
    return town.value, mine, now(town.value, mine)


def _told(world: str | None) -> dict[str, Any]:
    town, own, moment = _read(world)
    clock = (own if world else town) or Clock()
    real = time.time()
    return {
        "now": moment,
        "iso": iso(moment),
        "real": real,
        "ahead": moment - real,
        "frozen": clock.frozen is not None,
    }
