"""Each MUST and SHOULD of the standards has tests that are really there, or says why it has none."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from standards import HERE, LEVELS, TITLES, standards
from standards_page import CHINESE, DOCS, ENGLISH, Words, page

ROOT = Path(__file__).parents[2]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("name", standards())
def test_a_requirement_has_tests_that_exist_or_says_why_not(name: str) -> None:
    for row in standards()[name]:
        tests, where = row.tests.split(), f"{name} {row.section}: {row.requirement}"
        assert row.level in LEVELS, where
        assert row.requirement, where
        assert row.zh, where
        assert tests or row.reason, f"{where}: neither a test nor a reason"
        assert bool(row.reason) == bool(row.reason_zh), f"{where}: the reason lacks a language"
        assert len(set(tests)) == len(tests), where
        for test in tests:
            path, _, function = test.partition("::")
            assert function.startswith("test_"), f"{where}: {test}"
            assert (ROOT / path).is_file(), f"{where}: {test} is not there"
            assert function in functions_of(path), f"{where}: {test} is not there"


@pytest.mark.parametrize("name", standards())
def test_the_rows_of_a_standard_follow_its_sections_and_none_stands_twice(name: str) -> None:
    table = standards()[name]

    assert [row.section for row in table] == [row.section for row in sorted(table, key=lambda row: row.place)]
    assert len({(row.section, row.requirement) for row in table}) == len(table)


def test_every_table_has_its_title_and_is_shown() -> None:
    assert {path.stem for path in HERE.glob("*.tsv")} <= set(TITLES)


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_the_page_of_the_standards_is_up_to_date(words: Words) -> None:
    assert (DOCS / words.file).read_text("utf-8") == page(words), "run: python e2e/standards_page.py"
