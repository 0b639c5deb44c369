"""Each row of the wire specification has tests that are really there, or says why it has none."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wire import MODULES
from wire_page import CHINESE, DOCS, ENGLISH, Words, page

ROOT = Path(__file__).parents[1]
ROWS = [(name, row) for module in MODULES for name, row in module.ROWS.items()]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def collected() -> frozenset[str]:
    """The node ids, with their parameters, of every file that a row names with some."""
    files = sorted({test.partition("::")[0] for _, row in ROWS for test in row.tests if "[" in test})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return frozenset(found.stdout.splitlines())


def escaped(test: str) -> str:
    """As pytest prints what is not ASCII in a parameter."""
    return test.encode("unicode_escape").decode()


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[name for name, _ in ROWS])
def test_row_has_tests_that_exist_or_says_why_not(name: str, row: object) -> None:
    tests, why = row.tests, row.why  # type: ignore[attr-defined]
    assert tests or all(why), f"{name} has neither a test nor a reason"
    assert all(why) or not any(why), f"{name}: the reason lacks a language"
    assert len(set(tests)) == len(tests)
    for test in tests:
        path, _, function = test.partition("::")
        assert function.partition("[")[0] in functions_of(path), f"{name}: {test} is not there"
        assert (
            "[" not in test or test.encode("unicode_escape").decode() in collected() or test in collected()
        ), f"{name}: {test} is not collected"


def test_no_row_stands_twice() -> None:
    """Two of one name in one table would be one, silently: so they are looked for in the source."""
    keys = [
        key.value
        for module in MODULES
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]

    assert len(keys) == len(set(keys))
    names = [name for name, _ in ROWS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_the_page_of_rows_without_a_test_is_up_to_date(words: Words) -> None:
    assert (DOCS / words.file).read_text("utf-8") == page(words), "run: python e2e/wire_page.py"
