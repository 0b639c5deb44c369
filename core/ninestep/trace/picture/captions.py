"""The seed's words for the nine steps, and for what became of them otherwise. Words: ``words/picture.*.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..messages import Message

WORDS = Path(__file__).resolve().parents[2] / "words"


def caption(message: Message, language: str, *, denied: bool = False) -> str:
    """用授权码换Token. ``denied``: the user's answer was no, so ③ says so and ⑤ brings no code to exchange."""
    words = catalogue(language)
    key = f"picture.step.{message.step}" if message.step else f"picture.message.{message.name}"
    otherwise = f"{key}.otherwise"
    if (message.outcome != "ok" or (denied and message.step in (3, 5))) and otherwise in words:
        key = otherwise
    return words.get(key, message.name)


def was_denied(messages: Iterable[Message]) -> bool:
    """Whether step 4 brought no code."""
    return any(message.step == 4 and message.outcome != "ok" for message in messages)


@cache
def catalogue(language: str) -> dict[str, str]:
    name = "en" if language.startswith("en") else "zh-CN"
    words: dict[str, str] = json.loads((WORDS / f"picture.{name}.json").read_text("utf-8"))
    return words
