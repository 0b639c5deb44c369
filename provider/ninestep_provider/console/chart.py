"""Numbers as bars: places for an SVG that a template draws with presentation attributes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROOM, ROW, THICK = 220, 30, 16  # for the longest bar; of one row; of a bar: in the drawing's own units
LETTER, GAP = 8, 12  # of a name in mono; between it and its bar
NUMBER = 56  # kept free at the right for the number


@dataclass(frozen=True)
class Bar:
    name: str
    number: int
    y: int
    length: float

    @property
    def middle(self) -> float:
        return self.y + ROW / 2


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    left: int
    height: int
    thick: int = THICK

    @property
    def width(self) -> int:
        return self.left + ROOM + NUMBER


def chart(numbers: Mapping[str, int]) -> Chart:
    """The longest bar fills the room; one of zero is a hairline, so that it is seen to be there."""
    most = max([*numbers.values(), 1])
    bars = [
        Bar(name, number, place * ROW, max(1.0, round(ROOM * number / most, 1)))
        for place, (name, number) in enumerate(numbers.items())
    ]
    left = GAP + LETTER * max([len(name) for name in numbers] or [0])
    return Chart(bars, left, max(ROW, len(bars) * ROW))


def shares(parts: Mapping[str, int]) -> list[tuple[str, int, float, float]]:
    """(name, number, where it starts, how long) of one bar of 100 that is divided."""
    whole, start, found = sum(parts.values()) or 1, 0.0, []
    for name, number in parts.items():
        length = round(100 * number / whole, 2)
        found.append((name, number, start, length))
        start += length
    return found
