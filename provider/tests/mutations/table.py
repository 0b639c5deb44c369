"""Writes the rows of ``run.py`` into docs/mutations.md and its twin.

python provider/tests/mutations/table.py OUTPUT.json
"""

from __future__ import annotations

import json
import re
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from check_sites import ROOT  # noqa: E402

HEADS = {
    "mutations.md": (
        *("check", "missed by", "s", "no test", "together with {names} behind it: "),
        "one of the tests that know it",
    ),
    "mutations.zh-CN.md": (
        *("检查", "发现的测试", "秒", "没有测试", "连同它身后的 {names}："),
        "认识它的测试中的一个",
    ),
}
PART = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end -->)", re.S)


def main() -> None:
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for guide, head in HEADS.items():
        path = ROOT / "docs" / guide
        path.write_text(PART.sub(lambda _, head=head: told(rows, head), path.read_text("utf-8")), "utf-8")


def told(rows: list[dict[str, Any]], head: tuple[str, ...]) -> str:
    check, test, seconds, nobody, behind, unnamed = head
    files = groupby(sorted(rows, key=_place), key=lambda row: row["site"].split(":")[0])
    names = {row["site"]: row["check"] for row in rows}
    parts = []
    for file, found in files:
        lines = [f"### `{file}`", "", f"| {check} | {test} | {seconds} |", "|---|---|---|"]
        for row in found:
            twins = sorted({f"`{names[site]}`" for site in row["with"] if names.get(site)})
            before = behind.format(names=", ".join(twins)) if twins else ""
            missed = f"{before}`{_short(row['test'])}`" if row["test"] else f"**{nobody}**"
            if row["test"].startswith("exit "):  # pytest named none: it ended, or was ended
                missed = before + unnamed
            lines.append(f"| `{row['check'] or '(by parameter)'}` | {missed} | {row['seconds']} |")
        parts.append("\n".join(lines) + "\n")
    return "\n" + "\n".join(parts) + "\n"


def _place(row: dict[str, Any]) -> tuple[str, int]:
    path, line, _ = row["site"].rsplit(":", 2)
    return path, int(line)


def _short(test: str) -> str:
    name = test.partition("/tests/")[2].replace("|", "\\|").replace("`", "'")
    return name if len(name) <= 150 else name[:149] + "…"


if __name__ == "__main__":
    main()
