"""The clock: real time moved or frozen, for the town and for one world."""

from __future__ import annotations

import pytest
from ninestep import clock
from ninestep.records import Clock


def test_without_records_it_is_real_time() -> None:
    assert clock.now(None, None, real=1000.0) == 1000.0


def test_town_and_world_offsets_add_up() -> None:
    assert clock.now(Clock(offset=10), Clock(offset=5), real=1000.0) == 1015.0


def test_frozen_world_stands_still_while_the_town_moves() -> None:
    assert clock.now(Clock(offset=99), Clock(offset=5, frozen=500.0), real=1000.0) == 500.0


def test_frozen_town_keeps_the_worlds_offset() -> None:
    assert clock.now(Clock(frozen=200.0), Clock(offset=5), real=1000.0) == 205.0


def test_advancing_a_frozen_clock_moves_it_and_leaves_it_frozen() -> None:
    assert clock.advanced(Clock(frozen=100.0), 7).frozen == 107.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("1h55m", 6900), ("90", 90), (90, 90), ("30d", 2592000), ("-10s", -10), ("1.5h", 5400)],
)
def test_durations(text: str | int, seconds: float) -> None:
    assert clock.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "2 weeks", "2hh", "h", "1h x"])
def test_a_bad_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write 90"):
        clock.parse_duration(text)


def test_instants_are_utc_unless_they_say_otherwise() -> None:
    assert clock.parse_instant("1970-01-01T00:00:10") == 10
    assert clock.parse_instant("1970-01-01T08:00:10+08:00") == 10
    assert clock.parse_instant("1970-01-01T00:00:10Z") == 10
