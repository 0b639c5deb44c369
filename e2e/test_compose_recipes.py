"""The compose recipes of docs/ci.md, run as they are written: containers, browser on the host or in one of them.

They need Docker with compose and the registries; ``NINESTEP_COMPOSE_COMMAND`` names another way to an engine, one that
has its images already and cannot reach a registry. Where there is neither, they are skipped by name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest
import workflow
from intercepting import PLAIN
from workflow import ROOT, Step

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ENGINE = os.environ.get("NINESTEP_COMPOSE_COMMAND", "")
BROKEN = """
def test_broken(page, ninestep, shop):
    ninestep.approve("wx5109000000000001")
    page.goto(f"{shop}/login")
    page.get_by_text("Hello").wait_for()
    assert ninestep.flow("wx5109000000000001").ledger.never("browser", "code")
"""
FACTS = """
def test_facts(page, ninestep, shop):
    page.goto(shop)
    assert page.evaluate("isSecureContext") is {secure}
    assert page.evaluate("typeof crypto.subtle") == "{subtle}"
    page.evaluate("document.cookie = 'a=1; Secure'; document.cookie = 'b=1; SameSite=Strict'")
    assert ("a=1" in page.evaluate("document.cookie")) is {secure}

    assert page.request.get(f"{{ninestep.town.provider}}/_mock/api/state").status == {without_token}

    ninestep.approve("wx5109000000000001")
    with page.expect_request("**/callback?*") as called:
        page.goto(f"{{shop}}/login")
    assert ("b=1" in called.value.all_headers()["cookie"]) is {same_site}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of somebody who follows the recipe; their app is the shop of the other example."""
    folder = workflow.project(ROOT / "docs/examples/compose", tmp_path_factory.mktemp("compose") / "shop")
    shutil.copytree(ROOT / "docs/examples/flask_social", folder.parent / "flask_social")
    return folder


@pytest.fixture(scope="module")
def environment(
    tmp_path_factory: pytest.TempPathFactory, browser_type_launch_args: dict[str, Any]
) -> dict[str, str]:
    """What a runner's shell has: a Python of its own and `docker`."""
    own = browser_type_launch_args.get("executable_path")
    made = {**PLAIN, **({"CHROMIUM": own} if own else {})}
    folder = tmp_path_factory.mktemp("bin")
    if ENGINE:
        # Images were built while there was a way to the registries; packages are this run's own.
        made |= {
            "PYTEST_PLUGINS": "pytest_ninestep.plugin",
            "TOWN_SOURCE": os.environ.get("TOWN_SOURCE", str(ROOT)),
        }
        docker = folder / "docker"
        docker.write_text(
            "#!/bin/bash\nshift\nargs=()\n"
            'for given; do case $given in --build) ;; *) args+=("$given") ;; esac; done\n'
            f'exec {ENGINE} "${{args[@]}}"\n'
        )
        docker.chmod(0o755)
        return {
            **made,
            "PATH": os.pathsep.join([str(folder), str(Path(sys.executable).parent), made["PATH"]]),
        }
    found = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, timeout=60)
    if not found or found.returncode:
        pytest.skip("NOT RUN: there is no Docker engine here")
    venv.create(folder, with_pip=True)
    return {**made, "PATH": f"{folder / 'bin'}{os.pathsep}{made['PATH']}"}


def ran(name: str, shop: Path, environment: dict[str, str], *, keep: bool = False) -> workflow.Ran:
    """The whole recipe; with ``keep`` its containers stay."""
    steps, variables = workflow.github(name)
    ends = [step for step in steps if step.command.endswith("down --volumes")]
    assert ends == [Step(steps[-1].command, "always()")]
    chosen = steps[:-1] if keep else steps

    def skip(command: str) -> bool:
        offline = bool(ENGINE) and workflow.installs(command)
        return offline or ("CHROMIUM" in environment and command.startswith("playwright install"))

    return workflow.run(chosen, shop, {**environment, **variables}, skip)


def broken(name: str, shop: Path, environment: dict[str, str]) -> None:
    """A test that fails leaves what explains it."""
    (shop / "test_broken.py").write_text(BROKEN)
    told = ran(name, shop, environment, keep=True)
    (shop / "test_broken.py").unlink()

    assert told.code == 1, told.all
    assert "1 failed, 5 passed" in told.all
    assert "browser learnt code" in told.all
    results = shop / "test-results"
    assert "ninestep-1" in (results / "compose.log").read_text("utf-8")
    assert "sequenceDiagram" in (results / "junit.xml").read_text("utf-8")
    assert list(results.glob("*.har"))
    assert list(results.rglob("trace.zip"))
    shutil.rmtree(results)


def test_the_recipe_with_the_browser_on_the_host(shop: Path, environment: dict[str, str]) -> None:
    (shop / "test_facts.py").write_text(
        FACTS.format(secure=True, subtle="object", same_site=True, without_token=200)
    )
    broken("host", shop, environment)
    told = ran("host", shop, environment)

    assert told.code == 0, told.all
    assert "5 passed" in told.all
    assert (shop / "test-results/junit.xml").exists()
    left = subprocess.run(
        ["docker", "compose", "ps", "--quiet"], cwd=shop, env=environment, capture_output=True, text=True
    )
    assert left.stdout.strip() == ""


def test_the_recipe_with_the_browser_in_a_container(shop: Path, environment: dict[str, str]) -> None:
    (shop / "test_facts.py").write_text(
        FACTS.format(secure=False, subtle="undefined", same_site=False, without_token=401)
    )
    broken("container", shop, environment)
    told = ran("container", shop, environment)

    assert told.code == 0, told.all
    assert "5 passed" in told.all
    assert (shop / "test-results/junit.xml").exists()
