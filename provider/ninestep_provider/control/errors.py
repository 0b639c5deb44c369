"""The handbook of errors for programs: what can come back, and to have it come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
from ninestep.web.language import LANGUAGES

from .operation import Body, Operations
from .problem import missing
from .query import Name

if TYPE_CHECKING:
    from ..learn.errors.catalogue import Entry  # imported when somebody asks, like its pages


class Provocation(Body):
    world: Name = ""  # where it happens; a new one when left out
    app: Name = ""  # arm a fault for this app instead
    endpoint: Name = ""


class ErrorAnswer(TypedDict):
    """A code of a dialect; ``meaning``, ``cause`` and ``fix`` by language: zh-CN and en."""

    dialect: str
    code: str
    texts: list[str]  # the platform's own words
    reasons: list[str]  # neutral causes, the usual one first
    seed: bool
    meaning: dict[str, str]
    cause: dict[str, str]
    fix: dict[str, str]


def register(operations: Operations) -> None:
    operations.add("GET", "/errors", all, answer=list[ErrorAnswer])
    operations.add("POST", "/errors/{dialect}/{code}", bring, body=Provocation, answer=_brought, example={})


def all() -> Any:
    """Every code that the town can answer, with cause and advice in both languages."""
    from ..learn.errors.catalogue import entries

    return [_told(entry) for entry in entries()]


def bring(dialect: str, code: str, body: Provocation) -> Any:
    """Make the request that this code answers, and tell the answer; with ``app``, arm a fault for that app."""
    from ..learn.errors import provoking
    from ..learn.errors.catalogue import entries, find

    entry = find(dialect, code)
    if entry is None:
        raise missing("error", f"{dialect}/{code}", (f"{known.dialect}/{known.code}" for known in entries()))
    if body.app:
        return provoking.arm(entry, body.app, body.endpoint)
    return msgspec.to_builtins(provoking.provoke(entry, body.world))


def _brought() -> Any:
    """What ``bring`` answers: the request that was made, or with ``app`` the armed fault."""
    from ..learn.errors.provoking import Provoked
    from .faults import FaultAnswer

    return Provoked, FaultAnswer


def _told(entry: Entry) -> dict[str, Any]:
    from ..learn.errors import words

    told = {language: words.of(entry, language) for language in LANGUAGES}
    return {
        "dialect": entry.dialect,
        "code": entry.code,
        "texts": entry.texts,
        "reasons": entry.reasons,
        "seed": entry.seed,
        **{
            name: {language: told[language][name] for language in LANGUAGES}
            for name in ("meaning", "cause", "fix")
        },
    }
