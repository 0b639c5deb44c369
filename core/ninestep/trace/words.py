"""The words of a part of the trace, where no page is at hand to ask for them: from ``words/<part>.*.json``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "words"
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def both(part: str, name: str, /, **values: str) -> dict[str, str]:
    """The words of ``<part>.<name>`` as ``{"zh", "en"}``, for answers that a program or a page takes."""
    key = f"{part}.{name}"
    return {short: catalogue(part, language)[key].format(**values) for short, language in LANGUAGES.items()}


@cache
def catalogue(part: str, language: str) -> dict[str, str]:
    """Every word of a part; its keys begin with ``<part>.``."""
    found: dict[str, str] = json.loads((FOLDER / f"{part}.{language}.json").read_text("utf-8"))
    return found
