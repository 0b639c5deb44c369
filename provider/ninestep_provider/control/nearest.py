"""The nearest name of what is really there: «did you mean 'wangwu'?» (at most some hundred names are looked at)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MOST = 300  # names that are compared
MOST_TOLD = 40  # names that are listed where none is near


def nearest(given: str, known: Iterable[str]) -> str:
    """The name that ``given`` was most likely meant to be; "" where none is near."""
    import difflib

    names = [name for name in islice(known, MOST) if name and name != given]
    found = difflib.get_close_matches(given[:64], names, 1)
    if found or not given:
        return found[0] if found else ""
    low = given.lower()  # the case alone, or a beginning, is near as well, however short
    return next((name for name in names if name.lower().startswith(low)), "")


def near(given: str, known: Iterable[str]) -> str:
    """What would be right instead of ``given``: the nearest name, or what there is; "" for nothing."""
    names = [name for name in islice(known, MOST) if name]
    if found := nearest(given, names):
        return f"did you mean {found!r}?"
    told = ", ".join(names[:MOST_TOLD]) + (" …" if len(names) > MOST_TOLD else "")
    return f"known: {told}" if names else ""
