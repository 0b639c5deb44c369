"""docs/differential.md: what its table says of ours is still so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "bench"))

import differential  # noqa: E402
import wrong_requests  # noqa: E402

DOCS = ROOT / "docs"


def cells(page: str) -> list[list[str]]:
    text = (DOCS / page).read_text("utf-8").partition(differential.OPEN)[2].partition(differential.CLOSE)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()[2:]]


@pytest.fixture
def ours(town: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(wrong_requests, "ROUNDS", 2)
    server = differential.Ours(town.provider)
    yield server
    town.api("DELETE", f"/worlds/{server.world}")


@pytest.mark.parametrize("row", wrong_requests.ROWS, ids=lambda row: row.name)
def test_ours_answers_what_the_table_says(ours: Any, row: wrong_requests.Row) -> None:
    answer = differential.cell(wrong_requests.answered(ours, row), row.lax)

    assert not answer.startswith("**"), "nobody should get that"
    for page, said in (("differential.md", row.english), ("differential.zh-CN.md", row.chinese)):
        assert [said, row.source, answer] in [line[:3] for line in cells(page)]


def test_both_pages_tell_the_same_of_both_servers() -> None:
    english, chinese = cells("differential.md"), cells("differential.zh-CN.md")

    assert [line[1:] for line in english] == [line[1:] for line in chinese]
    assert len(english) == len(wrong_requests.ROWS)
