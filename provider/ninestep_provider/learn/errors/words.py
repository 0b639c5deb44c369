"""A code in words: the seed's own where it has them (S0 §7.1, §7.2), else those of its neutral reasons."""

from __future__ import annotations

from flask import current_app
from ninestep.web.language import translate

from .catalogue import Entry


def of(entry: Entry, language: str = "") -> dict[str, str]:
    """``meaning``, ``cause`` and ``fix`` in one line each."""
    first = entry.reasons[0]
    if entry.seed and entry.dialect == "standard":
        key = f"learn.errors.seed.{entry.code}"
        return {name: _say(f"{key}.{name}", language) for name in ("meaning", "cause", "fix")}
    if entry.seed:
        meaning = _say(f"learn.errors.seed.{entry.code}", language)
    else:
        meaning = entry.texts[0] if entry.texts else cause(first, language)
    return {"meaning": meaning, "cause": cause(first, language), "fix": fix(first, language)}


def cause(reason: str, language: str = "") -> str:
    return _say(f"learn.reason.{reason}", language)


def fix(reason: str, language: str = "") -> str:
    return _say(f"learn.reason.{reason}.fix", language)


def _say(key: str, language: str) -> str:
    return str(translate(current_app, key, language))
