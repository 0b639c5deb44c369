"""Sentences in both languages at once, for answers that a program or a page takes: from ``words/<part>.*.json``."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def both(part: str, name: str, /, **values: str) -> dict[str, str]:
    """The words of ``<part>.<name>`` as ``{"zh", "en"}``."""
    key = f"{part}.{name}"
    return {short: _catalogue(part, language)[key].format(**values) for short, language in LANGUAGES.items()}


@lru_cache(maxsize=16)
def _catalogue(part: str, language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / f"{part}.{language}.json").read_text("utf-8"))
    return found
