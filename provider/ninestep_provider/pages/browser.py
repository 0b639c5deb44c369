"""Which browser is speaking: a random name in its session, which forms are tied to. It authenticates nobody.

The session id would not do: a login renews it.
"""

from __future__ import annotations

from flask import session
from ninestep.digest import fresh_id

NAME = "browser"


def browser() -> str:
    """This browser's name, which is made where it has none."""
    if NAME not in session:
        session[NAME] = fresh_id()
    return str(session[NAME])


def known_browser() -> str:
    """The same, or empty for one that has none."""
    return str(session.get(NAME, ""))
