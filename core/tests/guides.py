"""The documentation as tests read it: its text, and its blocks that are marked to be run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- test: (?P<what>[\w ]+) -->\n```\w+\n(?P<code>.*?)^```$", re.S | re.M)
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.S | re.M)


def text(guide: str) -> str:
    return (ROOT / guide).read_text("utf-8")


def example(guide: str, what: str, town: Any) -> str:
    """A block that is marked to be run, with the addresses of this run's town."""
    code = {found["what"]: found["code"] for found in BLOCK.finditer(text(guide))}[what]
    places = {9000: town.provider, 9001: town.resource, 9002: town.client, 9003: town.gateway}
    for port, url in places.items():
        code = code.replace(f"http://127.0.0.1:{port}", url)
    return code
