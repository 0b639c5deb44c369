"""The CI recipes of docs/ci.md: both files of each say the same, and the plain one runs as it is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import workflow
import yaml
from guides import FENCED, example, text
from workflow import ROOT

NAMES = ("plain", "host", "container", "node")
GUIDES = ("docs/ci.md", "docs/ci.zh-CN.md")
OWN_TO_GITLAB = ("apt-get update", "python3 -m venv")  # what the images there lack


def test_every_recipe_has_a_file_for_github_and_one_for_gitlab() -> None:
    files = {path.name for path in workflow.RECIPES.iterdir()}
    assert files == {f"{name}.{host}.yml" for name in NAMES for host in ("github", "gitlab")}


@pytest.mark.parametrize("name", NAMES)
def test_both_files_of_a_recipe_have_the_same_commands(name: str) -> None:
    ours = [step.command for step in workflow.github(name)[0]]
    theirs = [step.command for step in workflow.gitlab(name)[0]]
    assert ours == [command for command in theirs if not command.startswith(OWN_TO_GITLAB)]


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_keeps_what_explains_a_failure_and_never_sleeps(name: str) -> None:
    for file in workflow.RECIPES.glob(f"{name}.*"):
        written = file.read_text("utf-8")
        assert "test-results" in written
        assert "timeout" in written
        assert "sleep" not in written
    assert "upload-artifact" in (workflow.RECIPES / f"{name}.github.yml").read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_links_every_recipe(guide: str) -> None:
    assert [
        path.name for path in workflow.RECIPES.iterdir() if f"examples/ci/{path.name}" not in text(guide)
    ] == []


def test_the_town_of_the_compose_recipe_is_published_on_loopback_alone_or_wants_a_token() -> None:
    class Loader(yaml.SafeLoader): ...

    Loader.add_constructor("!reset", lambda loader, node: [])
    host, browser = (
        yaml.load((ROOT / "docs/examples/compose" / name).read_text("utf-8"), Loader)["services"]
        for name in ("compose.yaml", "compose.browser.yaml")
    )
    ports = [port for service in host.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert host["ninestep"]["environment"]["NINESTEP_EXPOSURE"] == "loopback"
    assert browser["ninestep"]["environment"]["NINESTEP_EXPOSURE"] == ""
    assert "NINESTEP_ADMIN_TOKEN:?" in browser["ninestep"]["environment"]["NINESTEP_ADMIN_TOKEN"]
    assert [browser[name]["ports"] for name in ("shop", "ninestep")] == [[], []]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_shell_of_the_guide_is_a_test_of_a_callback(guide: str, town: Any) -> None:
    for program in ("bash", "curl"):
        if not shutil.which(program):
            pytest.skip(f"no {program} here")
    script = example(guide, "curl", town)
    before = {world["name"] for world in town.api("GET", "/worlds")}

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "40163" in done.stdout
    assert {world["name"] for world in town.api("GET", "/worlds")} <= before


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workflow.project(ROOT / "docs/examples/flask_social", tmp_path_factory.mktemp("plain") / "shop")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A Python with pip and nothing else, as a CI job begins."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    ours = ("PYTHON", "PYTEST_", "NINESTEP_", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**clean, "PATH": f"{folder / 'bin'}{os.pathsep}{clean['PATH']}"}


@pytest.mark.slow
def test_the_plain_recipe_runs_as_it_is_written(shop: Path, environment: dict[str, str]) -> None:
    from clients.packages import UNREACHABLE

    steps, variables = workflow.github("plain")
    ran = workflow.run(steps, shop, {**environment, **variables})

    if any(words in ran.all.lower() for words in UNREACHABLE) and not os.environ.get("CI"):
        pytest.skip(f"the registry is out of reach: {ran.all[-300:]}")
    assert ran.code == 0, ran.all
    assert "5 passed" in ran.all
    assert (shop / "test-results/junit.xml").exists()

    (shop / "test_broken.py").write_text(
        "def test_broken(ninestep, wechat, visitor):\n"
        "    ninestep.authorize(visitor, '/login', user='lisi')\n"
        "    assert not ninestep.flow(wechat).check('client secret')\n"
    )
    ran = workflow.run(steps, shop, {**environment, **variables}, skip=workflow.installs)

    assert ran.code == 1
    assert "1 failed, 5 passed" in ran.all
    assert list((shop / "test-results").glob("*.har"))
    assert list((shop / "test-results").glob("*.mmd"))
    assert "sequenceDiagram" in (shop / "test-results/junit.xml").read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_fixture_of_the_guide_is_the_examples(guide: str, town: Any) -> None:
    assert example(guide, "fixture", town) in text("docs/examples/compose/conftest.py")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_commands_of_the_guide_are_those_of_the_recipes(guide: str) -> None:
    """But for options that only a CI run needs."""
    known = [step.command for name in NAMES for step in workflow.github(name)[0]]
    blocks = [
        block.strip()
        for block in FENCED.findall(text(guide))
        if "docker compose" in block or "pip install" in block
    ]
    said = [
        line.partition(" pytest ")[0] if "NINESTEP_URL" in line else line
        for block in blocks
        for line in block.splitlines()
    ]
    commands = [line for line in said if line.startswith(("docker", "pip", "pytest"))]

    assert len(commands) > 5
    assert [line for line in commands if not any(command.startswith(line) for command in known)] == []
