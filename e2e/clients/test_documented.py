"""docs/clients.md says what was run, and no version that was not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
ROW = re.compile(r"^\| ([\w@/-]+) \| (\d[\d.]*) \|", re.M)


def locked() -> dict[str, str]:
    """Every package that is asked for by name, in the version of the lock files."""
    asked = {line.partition("[")[0] for line in (HERE / "requirements.in").read_text("utf-8").splitlines()}
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", (HERE / "requirements.txt").read_text("utf-8"), re.M)
    python = {name: version for name, version in pinned if name in asked}
    return python | json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]


@pytest.mark.parametrize("guide", ["clients.md", "clients.zh-CN.md"])
def test_each_sdk_is_listed_in_the_version_that_was_run(guide: str) -> None:
    frames = {"flask", "express", "express-session", "passport"}  # what the sites are made of

    assert dict(ROW.findall((DOCS / guide).read_text("utf-8"))) == {
        name: version for name, version in locked().items() if name not in frames
    }


def test_the_lock_of_npm_holds_what_is_asked_for() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]

    for name, version in packages[""]["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in one for path, one in packages.items() if path)
