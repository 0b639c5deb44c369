"""docs/certification.md: both languages have the same rows, and each names tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = {"en": "certification.md", "zh": "certification.zh-CN.md"}
VERDICTS = {
    "pass": "通过",
    "pass behind TLS": "有 TLS 时通过",
    "skipped": "跳过",
    "not served": "不提供",
}
PROVEN = {"pass", "pass behind TLS", "skipped"}
ROW = re.compile(r"^\| (?P<module>[^|]*`[^|]+) \| [^|]+ \| (?P<answer>[^|]+) \| (?P<tests>[^|]+) \|$", re.M)
TEST = re.compile(r"\[`(test_\w+)`\]\(\.\./(provider/tests/\w+\.py)\)")


def rows(language: str) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """(module, verdict, reason, tests) of each row."""
    found = []
    for row in ROW.finditer((ROOT / "docs" / PAGES[language]).read_text("utf-8")):
        verdict, _, reason = row["answer"].partition(": " if language == "en" else "：")
        found.append(
            ("".join(re.findall(r"`[^`]+`", row["module"])), verdict, reason, TEST.findall(row["tests"]))
        )
    return found


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_both_languages_say_the_same() -> None:
    english, chinese = rows("en"), rows("zh")

    assert len(english) > 80
    assert [(module, VERDICTS[verdict], tests) for module, verdict, _, tests in english] == [
        (module, verdict, tests) for module, verdict, _, tests in chinese
    ]
    assert [bool(row[2]) for row in english] == [bool(row[2]) for row in chinese]


def test_a_module_has_tests_that_exist_or_a_reason() -> None:
    for module, verdict, reason, tests in rows("en"):
        assert (verdict in PROVEN) <= bool(tests), module
        assert (verdict == "not served") <= bool(reason), module
        for function, path in tests:
            assert function in functions_of(path), f"{module}: {path} has no {function}"
