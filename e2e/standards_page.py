"""Write docs/standards.md and its twin in Chinese from the tables: ``python e2e/standards_page.py``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from standards import TITLES, Row, standards

DOCS = Path(__file__).parents[1] / "docs"


class Words(NamedTuple):
    file: str
    twin: str
    chinese: bool
    title: str
    lede: str
    sums: str
    head: str


CHINESE = Words(
    "standards.zh-CN.md",
    "[English](standards.md)",
    True,
    "标准对服务器的要求",
    "各标准里凡是约束服务器（授权服务器或资源服务器）的 MUST 与 SHOULD，都是下面的一行："
    "{held} 行有测试，去掉这种行为，测试就会失败；{left} 行没有测试，或者有一部分没做，写明了原因。\n\n"
    "REQUIRED、SHALL 和「值必须是……」这类格式要求算作 MUST，RECOMMENDED 算作 SHOULD。只约束客户端的要求不在此列，"
    "只约束将来的标准、或部署者怎么保管机器的也不在此列。要求都用我们自己的话写成，以原文为准。"
    "这里说的都是 `standard` 方言：微信、QQ、微博在线上的样子另有[契约表](wire-rows.zh-CN.md)。\n\n"
    "本页由 `python e2e/standards_page.py` 从 `e2e/standards/` 里的表生成，不要手改。",
    "| 标准 | 行 | 有测试 | 有原因 |",
    "| § | 程度 | 要求 | 测试，或原因 |",
)
ENGLISH = Words(
    "standards.md",
    "[中文](standards.zh-CN.md)",
    False,
    "What the standards ask of a server",
    "Each MUST and SHOULD of these standards that concerns a server (authorization server or resource server) is a row\n"
    "below: {held} of them name the test that fails when the behaviour is gone; {left} have no test, or leave a part out,\n"
    "for the reason that stands there.\n\n"
    "REQUIRED, SHALL and what a field has to look like count as MUST, RECOMMENDED as SHOULD. What concerns the client alone\n"
    "is not listed, nor what binds future standards or how an operator keeps machines. Requirements are told in our own\n"
    "words: the standard's count. All of it is about the dialect `standard`; what WeChat, QQ and Weibo do on the wire has\n"
    "[its own table](wire-rows.md).\n\n"
    "This page is written by `python e2e/standards_page.py` from the tables in `e2e/standards/`; do not edit it by hand.",
    "| standard | rows | with tests | with a reason |",
    "| § | level | asked | test, or reason |",
)


def linked(test: str) -> str:
    path, _, function = test.partition("::")
    return f"[`{function}`](../{path})"


def line_of(row: Row, words: Words) -> str:
    asked, reason = (row.zh, row.reason_zh) if words.chinese else (row.requirement, row.reason)
    answer = "<br>".join([*map(linked, row.tests.split()), *([reason] if reason else [])])
    cells = (row.section, row.level, asked.replace("|", "\\|"), answer.replace("|", "\\|"))
    return f"| {' | '.join(cells)} |"


def page(words: Words) -> str:
    tables = standards()
    rows = [row for table in tables.values() for row in table]
    held, left = sum(bool(row.tests) for row in rows), sum(bool(row.reason) for row in rows)
    sums = [
        f"| {TITLES[name]} | {len(table)} | {sum(bool(r.tests) for r in table)} | {sum(bool(r.reason) for r in table)} |"
        for name, table in tables.items()
    ]
    parts = [f"# {words.title}", words.twin, words.lede.format(held=held, left=left)]
    parts.append("\n".join([words.sums, "|---|---|---|---|", *sums]))
    for name, table in tables.items():
        lines = [line_of(row, words) for row in table]
        parts += [f"## {TITLES[name]}", "\n".join([words.head, "|---|---|---|---|", *lines])]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    for words in (CHINESE, ENGLISH):
        (DOCS / words.file).write_text(page(words), "utf-8")
