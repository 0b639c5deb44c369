"""``ninestep up --seed FILE``: ready once the file is in, and one clear line where it cannot be (docs/seeds.md)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ninestep.testing import Town

pytestmark = pytest.mark.launcher

EXAMPLE = Path(__file__).parents[2] / "docs/examples/town.yaml"
SHOP = "wxshop00000000001"


def environment(state: Path, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_") and k != "REDIS_URL"}
    ports = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")}
    return {**clean, **ports, "NINESTEP_STATE": str(state), **more}


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., tuple[dict[str, Any], subprocess.Popen[str]]]]:
    """Starts a town of this test's state folder; it is ended with the test."""
    running: list[subprocess.Popen[str]] = []

    def up(*words: str, **settings: str) -> tuple[dict[str, Any], subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ninestep.cli", "up", "--json", *words],
            env=environment(tmp_path / "state", **settings),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        return (json.loads(line) if line.startswith("{") else {}), process

    yield up
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


def test_the_line_comes_once_the_file_is_in_and_a_second_start_keeps_what_was_edited(
    up: Any, tmp_path: Path
) -> None:
    """A relative path is one of the caller's folder, though the services run in another."""
    (tmp_path / "town.yaml").write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    report, process = up("--seed", "town.yaml")
    control = Town.of(report).control
    first = control("GET", f"/apps/{SHOP}")
    assert (first["secret"], first["consent"]["user"]) == ("0123456789abcdef" * 2, "wang")
    assert control("GET", "/worlds/bad-days/clock")["frozen"] is True
    control("PATCH", "/apps/101000001", {"name": "by hand"})
    control.close()
    process.terminate()
    process.communicate(timeout=20)

    report, _ = up(NINESTEP_SEED=str(tmp_path / "town.yaml"))
    control = Town.of(report).control

    assert control("GET", f"/apps/{SHOP}") == first
    assert control("GET", "/apps/101000001")["name"] == "by hand"
    assert len(control("GET", "/apps/shop-on-a-bad-day/faults")) == 2
    control.close()
    log, deadline = tmp_path / "state/logs/provider.log", time.monotonic() + 20
    while "101000001" not in log.read_text("utf-8"):  # the launcher writes it down in its own time
        assert time.monotonic() < deadline


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file or directory"),
        ("apps: [\n", "line 2, column 1"),
        (
            "apps:\n- {appid: a, testers: [wnagwu]}\n",
            "apps[0].testers[0]: there is no user 'wnagwu' (did you mean 'wangwu'?)",
        ),
    ],
    ids=["no file", "no YAML", "no such user"],
)
def test_a_file_that_is_wrong_is_one_line_and_nothing_is_left(
    tmp_path: Path, text: str | None, said: str
) -> None:
    file, state = tmp_path / "town.yaml", tmp_path / "state"
    if text is not None:
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "ninestep.cli", "up", "--json", "--seed", "town.yaml"],
        env=environment(state),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("ninestep: Seed file town.yaml: ")  # as docs/seeds.md has it
    assert said in line
    assert not (state / "running.json").exists()
    assert not (state / "redis.sock").exists()


@pytest.mark.slow
def test_the_copy_of_the_file_is_for_its_owner_alone_and_ends_with_the_wish(up: Any, tmp_path: Path) -> None:
    """It may hold secrets; and what somebody writes into the file meanwhile waits for the next start."""
    copy = tmp_path / "state/seed.json"
    _, process = up("--seed", str(EXAMPLE))
    assert copy.stat().st_mode & 0o077 == 0
    process.terminate()
    process.communicate(timeout=20)

    up()
    assert not copy.exists()
