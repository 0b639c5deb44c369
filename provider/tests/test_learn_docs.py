"""What docs/learning says of the learning pages: every experiment, and every test id, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ninestep_provider.learn.worksheet.experiments import EXPERIMENTS

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "provider/ninestep_provider/templates/learn"
GUIDES = ("docs/learning.md", "docs/learning.zh-CN.md")
COMPOSED = {f"ws-{start}{name}" for start in ("", "open-", "check-") for name in EXPERIMENTS}


def written() -> set[str]:
    html = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    plain = set(re.findall(r'data-testid="([a-z-]+)"', html))
    tiles = {f"ln-{name}" for name in re.findall(r', "([a-z-]+)"\) }}', html)}
    return plain | tiles


@pytest.mark.parametrize("guide", GUIDES)
def test_every_test_id_is_told_and_no_other(guide: str) -> None:
    told = set(re.findall(r"`((?:ln|ws|er)-[a-z-]+)`", (ROOT / guide).read_text("utf-8")))

    assert told == written() - COMPOSED


@pytest.mark.parametrize("guide", GUIDES)
def test_every_experiment_is_told(guide: str) -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?: · )?)+) \|", (ROOT / guide).read_text("utf-8"), re.M)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"id"} == set(EXPERIMENTS)
