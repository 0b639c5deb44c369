"""What axe finds on a page, and the dresses in which a page is looked at."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

DRESSES = [
    (language, theme, width)
    for language, theme in (("zh-CN", "light"), ("en", "dark"), ("zh-CN", "dark"), ("en", "light"))
    for width in ((1280, 390) if language == "zh-CN" else (390, 1280))
]

# The browser itself picks out what is serious: to bring over all that axe tells takes longer than axe.
FIND = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(violation => ['serious', 'critical'].includes(violation.impact))
    .flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 120)}`))"""


NARROW = [("en", "dark", 320)]  # what breaks first


def dresses(number: int | None, *before: Any) -> list[Any]:
    """Every dress behind ``before``; `make test` looks at one of them, which alternates with ``number`` (None: at
    none of them)."""
    chosen = None if number is None else DRESSES[0] if number % 2 == 0 else DRESSES[2]
    return [
        pytest.param(*before, *dress, marks=() if dress == chosen else pytest.mark.slow) for dress in DRESSES
    ]


def put_on(page: Page, services: tuple[str, ...], language: str, theme: str, width: int) -> None:
    """Language and theme as a person chose them at each of ``services``, whose cookies keep them."""
    page.set_viewport_size({"width": width, "height": 844})
    for service in services:
        page.context.request.get(
            f"{service}/nothing?lang={language}&theme={theme}", headers={"Accept": "text/html"}
        )


def findings(page: Page | Frame) -> list[str]:
    """What is wrong and where, of what axe calls serious or critical."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(FIND)
    return found
