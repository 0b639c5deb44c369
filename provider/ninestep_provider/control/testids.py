"""The test ids of all pages, for who writes tests in a browser."""

from __future__ import annotations

from typing import Any

from ninestep.testids import TestIdPage, pages

from .operation import Operations


def register(operations: Operations) -> None:
    operations.add("GET", "/testids", all, answer=list[TestIdPage])


def all() -> Any:
    """Every data-testid with its page, its meaning in both languages, and the attributes that tell its state."""
    return pages()
