"""A row of the table."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    behaviour: str
    tests: tuple[str, ...]
    why: tuple[str, str] = ("", "")  # in Chinese and in English, where no test stands


def row(behaviour: str, *tests: str, why: tuple[str, str] = ("", "")) -> Row:
    return Row(behaviour, tests, why)
