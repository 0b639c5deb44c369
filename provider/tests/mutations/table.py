"""Writes the rows of ``run.py`` into docs/mutations.md and its twin.

python provider/tests/mutations/table.py OUTPUT.json
"""

from __future__ import annotations

import json
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from check_sites import ROOT  # noqa: E402


class Words(NamedTuple):
    check: str
    test: str
    seconds: str
    nobody: str
    together: str
    same: str
    comma: str
    unnamed: str


GUIDES = {
    "mutations.md": Words(
        "check",
        "missed by",
        "s",
        "no test",
        "together with {names}: ",
        "the same in {places}",
        ", ",
        "a test that hangs without it",
    ),
    "mutations.zh-CN.md": Words(
        "检查",
        "发现的测试",
        "秒",
        "没有测试",
        "连同 {names}：",
        "{places} 里的同一项",
        "、",
        "没有它就卡住的测试",
    ),
}
ESCAPE = re.compile(r"\\u([0-9a-f]{4})")
PART = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.S)


def main() -> None:
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for guide, words in GUIDES.items():
        path = ROOT / "docs" / guide
        path.write_text(PART.sub(lambda _, words=words: told(rows, words), path.read_text("utf-8")), "utf-8")


def told(rows: list[dict[str, Any]], words: Words) -> str:
    files = groupby(sorted(rows, key=_place), key=lambda row: row["site"].split(":")[0])
    names = {row["site"]: row["check"] for row in rows}
    parts = []
    for file, found in files:
        lines = [f"### `{file}`", "", f"| {words.check} | {words.test} | {words.seconds} |", "|---|---|---|"]
        for row in found:
            before = _together(row, names, words)
            missed = f"{before}`{_short(row['test'])}`" if row["test"] else f"**{words.nobody}**"
            if row["test"].startswith("exit "):  # it hung
                missed = before + words.unnamed
            lines.append(f"| `{row['check'] or '(by parameter)'}` | {missed} | {row['seconds']} |")
        parts.append("\n".join(lines) + "\n")
    return "\n" + "\n".join(parts) + "\n"


def _together(row: dict[str, Any], names: dict[str, str], words: Words) -> str:
    """What was taken out beside it: checks of other names, and places that have one of the same name."""
    others = sorted({f"`{names[site]}`" for site in row["with"] if names[site] != row["check"]})
    places = sorted({f"`{site.split(':')[0]}`" for site in row["with"] if names[site] == row["check"]})
    same = [words.same.format(places=words.comma.join(places))] if places else []
    return words.together.format(names=words.comma.join([*others, *same])) if row["with"] else ""


def _place(row: dict[str, Any]) -> tuple[str, int]:
    path, line, _ = row["site"].rsplit(":", 2)
    return path, int(line)


def _short(test: str) -> str:
    name = test.partition("/tests/")[2].replace("|", "\\|").replace("`", "'")
    name = ESCAPE.sub(lambda found: chr(int(found[1], 16)), name)  # pytest's ids are ASCII
    return name if len(name) <= 150 else name[:149] + "…"


if __name__ == "__main__":
    main()
