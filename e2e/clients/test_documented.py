"""docs/clients.md says what was run, and no version that was not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
ROW = re.compile(r"^\| ([\w@/-]+) \| (\d[\d.]*) \|", re.M)


def named(name: str, asked: str) -> tuple[str, str]:
    """(package, version); of a package that is there twice, the second has a name of ours: ``npm:<package>@<version>``."""
    alias, _, version = asked.removeprefix("npm:").rpartition("@")
    return alias or name, version


def locked() -> set[tuple[str, str]]:
    """Every package that is asked for by name, in the version of the lock files."""
    asked = {line.partition("[")[0] for line in (HERE / "requirements.in").read_text("utf-8").splitlines()}
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", (HERE / "requirements.txt").read_text("utf-8"), re.M)
    node = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    return {pair for pair in pinned if pair[0] in asked} | {named(*pair) for pair in node.items()}


@pytest.mark.parametrize("guide", ["clients.md", "clients.zh-CN.md"])
def test_each_sdk_is_listed_in_the_version_that_was_run(guide: str) -> None:
    frames = {  # what the sites are made of
        *("express", "express-session", "fastify", "passport"),
        *("flask", "httpx", "itsdangerous", "starlette"),
    }

    assert set(ROW.findall((DOCS / guide).read_text("utf-8"))) == {
        (name, version) for name, version in locked() if name not in frames
    }


def test_the_lock_of_npm_holds_what_is_asked_for() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]

    for name, version in packages[""]["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == named(name, version)[1]
    assert all("integrity" in one for path, one in packages.items() if path)
