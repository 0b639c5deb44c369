"""Write docs/wire-rows.md and its twin in Chinese from the contract table: ``python e2e/wire_page.py``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from wire import MODULES

DOCS = Path(__file__).parents[1] / "docs"


class Words(NamedTuple):
    file: str
    twin: str
    language: int  # place in a row's ``why``
    title: str
    lede: str
    head: str
    none: str


CHINESE = Words(
    "wire-rows.zh-CN.md",
    "[English](wire-rows.md)",
    0,
    "契约表里没有测试的行",
    "平台在线上的每一种行为都是 `e2e/wire/` 里的一行，{held} 行有测试守着。下面 {listed} 行没有测试，或者有意与平台不同，各有原因。\n\n"
    "本页由 `python e2e/wire_page.py` 生成，不要手改。",
    "| 行 | 行为 | 原因 |",
    "没有这样的行。",
)
ENGLISH = Words(
    "wire-rows.md",
    "[中文](wire-rows.zh-CN.md)",
    1,
    "Rows of the contract table without a test",
    "Each thing that a platform does on the wire is a row in `e2e/wire/`; tests hold {held} of them. The {listed} rows\n"
    "below have no test, or differ from the platform on purpose, each for a reason.\n\n"
    "This page is written by `python e2e/wire_page.py`; do not edit it by hand.",
    "| row | behaviour | why |",
    "There are none.",
)


def page(words: Words) -> str:
    rows = [(module, name, row) for module in MODULES for name, row in module.ROWS.items()]
    listed = [found for found in rows if any(found[2].why)]
    held = sum(bool(row.tests) for _, _, row in rows)
    parts = [f"# {words.title}", words.twin, words.lede.format(held=held, listed=len(listed))]
    for module in MODULES:
        platform = (module.__doc__ or "").partition(":")[0]
        own = [(name, row) for its, name, row in listed if its is module]
        lines = [f"| {name} | {row.behaviour} | {row.why[words.language]} |" for name, row in own]
        parts += [f"## {platform}", "\n".join([words.head, "|---|---|---|", *lines]) if own else words.none]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    for words in (CHINESE, ENGLISH):
        (DOCS / words.file).write_text(page(words), "utf-8")
