"""The clock, of the town and of a world: advance, freeze, set, reset."""

from __future__ import annotations

import time
from typing import Any, TypedDict

from ninestep.clock import advanced, iso, now, parse_duration, parse_instant
from ninestep.records import Clock

from ..services import services
from .found import world_of
from .operation import Body, Operations
from .problem import Problem

EARLIEST, LATEST = 0, 253_370_764_800  # 1970 to 9999, with room for what still lives then


class ClockChange(Body):
    advance: str | int | float | None = None
    freeze: bool | None = None
    set: str | int | float | None = None
    reset: bool | None = None


class ClockAnswer(TypedDict):
    """``now`` and ``real`` are seconds since 1970; ``ahead`` is the one less the other."""

    now: float
    iso: str
    real: float
    ahead: float
    frozen: bool


def register(operations: Operations) -> None:
    example = {"advance": "2h"}
    operations.add("GET", "/clock", town, answer=ClockAnswer)
    operations.add("POST", "/clock", change_town, body=ClockChange, answer=ClockAnswer, example=example)
    operations.add("GET", "/worlds/{world}/clock", one, answer=ClockAnswer)
    operations.add(
        "POST", "/worlds/{world}/clock", change, body=ClockChange, answer=ClockAnswer, example=example
    )


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
    if len(given) != 1 or body.reset is False:
        raise Problem(422, "say one of advance, freeze, set, reset", field="body", fix='{"advance": "2h"}')
    try:
        seconds = parse_duration(body.advance) if body.advance is not None else 0.0
        instant = parse_instant(body.set) if body.set is not None else 0.0
    except ValueError as error:
        raise Problem(422, str(error), field=given[0]) from None
    town = _read(None)[0] if world else None

    def change(clock: Clock) -> Clock:
        moment = now(town, clock) if world else now(clock, None)
        match given[0]:
            case "advance":
                clock = advanced(clock, seconds)
            case "freeze":
                clock = _frozen(clock, moment) if body.freeze else _running(clock, moment, town)
            case "set" if clock.frozen is not None:
                clock = Clock(offset=clock.offset, frozen=instant)
            case "set":
                clock = Clock(offset=clock.offset + instant - moment)
            case _:
                clock = Clock()
        if not EARLIEST <= (now(town, clock) if world else now(clock, None)) < LATEST:
            raise Problem(422, "a clock goes from 1970 to 9999", field=given[0], fix='{"reset": true}')
        return clock

    services().store.move_clock(change, world)
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
