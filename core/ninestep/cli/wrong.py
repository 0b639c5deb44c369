"""Why a verb ends early, for who typed it: an exit code and a sentence."""

from __future__ import annotations

from . import exits


class Ended(Exception):
    code = exits.NOT_DONE


class Wrong(Ended):
    """It was asked wrongly."""

    code = exits.WRONG


class NoTown(Ended):
    """Nobody answers where the town should be."""

    code = exits.NO_TOWN
