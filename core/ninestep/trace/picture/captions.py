"""The seed's words for the nine steps, and for what became of them otherwise. Words: ``words/picture.*.json``."""

from __future__ import annotations

from collections.abc import Iterable

from ..messages import Message
from ..story import instead_of_a_code
from ..words import catalogue


def caption(message: Message, language: str, *, denied: bool = False, dialect: str = "") -> str:
    """用授权码换Token. ``denied``: the user's answer was no, so ③ says so and ⑤ brings no code to exchange. ``dialect``
    is the app's: the button of ① says whose account it takes."""
    words = words_of(language)
    key = f"picture.step.{message.step}" if message.step else f"picture.message.{message.name}"
    key = own if message.step and (own := f"{key}.{message.name}") in words else key
    if message.step == 1 and (whose := f"{key}.{dialect}") in words:
        key = whose
    if message.step == 4 and (instead := instead_of_a_code(message)):
        key = f"{key}.{instead}"
    otherwise = f"{key}.otherwise"
    if (message.outcome != "ok" or (denied and message.step in (3, 5))) and otherwise in words:
        key = otherwise
    return words.get(key, message.name)


def was_denied(messages: Iterable[Message]) -> bool:
    """Whether step 4 brought no code."""
    return any(message.step == 4 and message.outcome != "ok" for message in messages)


def words_of(language: str) -> dict[str, str]:
    """The picture's words; a browser's own name for a language (``en-US``) will do."""
    return catalogue("picture", "en" if language.startswith("en") else "zh-CN")
