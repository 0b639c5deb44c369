"""Lists for people: columns that line up, also with Chinese in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

BETWEEN = "  "


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """A line for each row, below ``head``; nothing at all without rows."""
    if not rows:
        return []
    texts = [[printable(str(cell)) for cell in row] for row in [head, *rows]]
    widths = [max(map(width, column)) for column in zip(*texts, strict=True)]
    return [
        BETWEEN.join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def pairs(values: dict[str, object]) -> list[str]:
    """``name  value``, a line each; what is in a value goes on below it as ``name.inner``."""
    flat: list[tuple[str, str]] = []
    for name, value in values.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        flat += [(f"{name}.{key}" if key else name, told(below)) for key, below in inner]
    longest = max((width(name) for name, _ in flat), default=0)
    return [
        f"{name}{' ' * (longest - width(name))}{BETWEEN}{printable(value)}".rstrip() for name, value in flat
    ]


def told(value: object) -> str:
    """As a person would type it after FIELD=."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return " ".join(map(told, value))
    return "" if value is None else str(value)


def width(text: str) -> int:
    """In cells of a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def printable(text: str) -> str:
    """What somebody called an app may not move the cursor of a terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
