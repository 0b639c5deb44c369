"""What the control API says of a wrong type, in words for who fills in a form; msgspec speaks to programs."""

from __future__ import annotations

import re

from flask import current_app
from ninestep.web.language import translate

from ..control.places import SEE

PATTERNS = {  # its sentence -> the key of ours; a group is the bound
    "number": re.compile(r"Expected `(?:int|float)`, got `\w+`|Integer value out of range"),
    "least": re.compile(r"Expected `(?:int|float)` >= (\d+)"),
    "most": re.compile(r"Expected `(?:int|float)` <= (\d+)"),
    "characters": re.compile(r"Expected `str` of length <= (\d+)"),
    "entries": re.compile(r"Expected `array` of length <= (\d+)"),
    "object": re.compile(r"Expected `object`, got `\w+`"),
}


def plainly(detail: str) -> str:
    """In the reader's language; "" where the API's own sentence does."""
    for kind, pattern in PATTERNS.items():
        if found := pattern.match(detail):
            bound = found[1] if pattern.groups else ""
            return str(translate(current_app, f"console.wrong.{kind}", bound=bound))
    return ""


def helpful(fix: str) -> str:
    """A fix that is more than a pointer to the API's document."""
    return "" if fix == SEE else fix
