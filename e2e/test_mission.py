"""Each behaviour that the seeds ask for has tests that are really there."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from mission import ELSEWHERE, ROWS

ROOT = Path(__file__).parents[1]

# These P2 rows are nobody's duty yet, but for those that ROWS holds all the same.
LATER = {
    *("M099", "M104", "M139"),
}


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_row_is_answered_or_named_as_later() -> None:
    every = {f"M{n:03d}" for n in range(1, 166)}

    assert every - ROWS.keys() - ELSEWHERE - LATER == set()
    assert ROWS.keys() & (ELSEWHERE | LATER) == set()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_row_has_tests_that_exist(name: str) -> None:
    assert ROWS[name].tests
    for test in ROWS[name].tests:
        path, _, function = test.partition("::")
        assert function in functions_of(path), f"{name}: {test} is not there"
