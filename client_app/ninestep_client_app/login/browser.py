"""Which browser is speaking: a random name in the server session, which ties a state to where it was made.

It authenticates nobody. It is written once and never changed, so two tabs that save their sessions at the
same time lose nothing.
"""

from __future__ import annotations

from flask import session
from ninestep.digest import digest, fresh_id
from ninestep.trace import masking

NAME = "browser"
NEWEST = "newest_state"  # masked, for the debug log alone


def browser() -> str:
    """The digest of this browser's name, which is made at the first visit."""
    if NAME not in session:
        session[NAME] = fresh_id()
    return digest(str(session[NAME]))


def known_browser() -> str:
    """The same, or empty for a browser that never started here."""
    return digest(str(session[NAME])) if NAME in session else ""


def remember_state(state: str) -> None:
    session[NEWEST] = masking.mask(state)


def newest_state() -> str:
    return str(session.get(NEWEST, ""))
