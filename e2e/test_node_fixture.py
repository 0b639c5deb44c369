"""The Node project in docs/examples as its owner has it: @playwright/test from the registry, and a browser."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server
from typing import Any
from xml.etree import ElementTree

import pytest
import workflow
from clients.packages import UNREACHABLE, _npm
from intercepting import PLAIN, node
from nobody import nobody

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EXAMPLE = workflow.ROOT / "docs/examples/playwright_node"
BROKEN = """
import { test, expect } from './ninestep.mjs'

test('a login that goes wrong', async ({ ninestep }, testInfo) => {
  const app = await ninestep.app()
  console.log(`world ${ninestep.world} of ${testInfo.project.name}`)
  const query = { appid: app.appid, secret: 'not it', code: await app.code(), grant_type: 'authorization_code' }
  await fetch(`${ninestep.gateway}/sns/oauth2/access_token?${new URLSearchParams(query)}`)
  expect((await ninestep.flow(app, { until: '' })).check('client secret').passed).toBe(true)
})

test('no login at all', async ({ ninestep }) => {
  await ninestep.flow('', { wait: 0 })
})

test('a typing error', async ({ ninestep }) => {
  const app = await ninestep.app()
  await ninestep.fault(app, 'tokn', 'busy')
})

test('a secret of the browser', async ({ page, ninestep }) => {
  const app = await ninestep.app({ redirect_uris: ['http://127.0.0.1:9/callback'], fidelity: 'tutorial' })
  await ninestep.approve(app)
  const query = { appid: app.appid, redirect_uri: 'http://127.0.0.1:9/callback', response_type: 'code', scope: 'snsapi_base', state: 's' }
  await page.goto(`${ninestep.gateway}/connect/oauth2/authorize?${new URLSearchParams(query)}`).catch(() => {})
  const flow = await ninestep.flow(app, { until: 'step=4' })
  ;(await flow.ledger()).never('browser', 'code')
})
"""


@dataclass
class Project:
    """A copy of the example, its packages installed as its lock file has them."""

    folder: Path
    environment: dict[str, str] = field(repr=False)

    def npm(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["npm", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )

    def failures(self) -> dict[str, str]:
        """What the JUnit file says of each test that failed."""
        suites = ElementTree.parse(self.folder / "test-results/junit.xml").getroot()
        return {
            case.attrib["name"]: "".join(case.itertext())
            for case in suites.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        }

    def attached(self, suffix: str) -> list[str]:
        found = (self.folder / "test-results/browser").rglob(f"*{suffix}")
        return [path.read_text("utf-8") for path in sorted(found)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, browser_type_launch_args: dict[str, Any]) -> Project:
    folder = workflow.project(EXAMPLE, tmp_path_factory.mktemp("node") / "shop")
    programs = tmp_path_factory.mktemp("bin")
    (programs / "npm").write_text(f'#!/bin/sh\nexec {shlex.join(_npm())} --loglevel=error "$@"\n')
    (programs / "npm").chmod(0o755)
    path = [str(programs), str(Path(node()).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    own = browser_type_launch_args.get("executable_path")
    made = Project(folder, {**PLAIN, "PATH": os.pathsep.join(path), **({"CHROMIUM": own} if own else {})})
    done = made.npm("ci", "--no-audit", "--no-fund")
    said = done.stdout + done.stderr
    if done.returncode and any(words in said.lower() for words in UNREACHABLE) and not os.environ.get("CI"):
        pytest.skip(f"the registry of npm is out of reach: {said[-300:]}")
    assert done.returncode == 0, said
    return made


@pytest.fixture
def free_ports() -> dict[str, str]:
    """Four of them; nobody holds them when the town asks for them."""
    with ExitStack() as held:
        names = ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")
        sockets = {name: held.enter_context(create_server(("127.0.0.1", 0))) for name in names}
        return {f"NINESTEP_{name}_PORT": str(s.getsockname()[1]) for name, s in sockets.items()}


def test_the_types_of_the_fixture_hold(project: Project) -> None:
    done = project.npm("run", "types")
    assert done.returncode == 0, done.stdout

    wrong = project.folder / "wrong.spec.mjs"
    wrong.write_text(
        "import { test } from './ninestep.mjs'\ntest('x', ({ ninestep }) => ninestep.aprove('a'))\n"
    )
    done = project.npm("run", "types")
    wrong.unlink()
    assert "Did you mean 'approve'?" in done.stdout


def test_the_recipe_runs_as_it_is_written_with_a_town_of_its_own(
    project: Project, free_ports: dict[str, str]
) -> None:
    steps, variables = workflow.github("node")
    assert [step.command for step in steps if not workflow.installs(step.command)] == [
        "npm run types",
        "npm test",
    ]

    ran = workflow.run(
        steps,
        project.folder,
        {**project.environment, **variables, **free_ports, "CI": "1"},
        skip=workflow.installs,
    )

    assert ran.code == 0, ran.all
    assert "8 passed" in ran.all
    assert (project.folder / "test-results/junit.xml").exists()
    assert (project.folder / ".ninestep/root-secret").exists()
    assert not (project.folder / ".ninestep/running.json").exists()


def test_the_suite_uses_a_town_that_runs_already_and_leaves_no_world_there(
    project: Project, town: Any
) -> None:
    before = {world["name"] for world in town.api("GET", "/worlds")}

    done = project.npm("test", NINESTEP_URL=town.provider)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout
    assert {world["name"] for world in town.api("GET", "/worlds")} <= before
    assert not (project.folder / ".ninestep/running.json").exists()


def test_a_test_that_fails_shows_its_logins(project: Project, town: Any) -> None:
    spec = project.folder / "broken.spec.mjs"
    spec.write_text(BROKEN, "utf-8")
    try:
        done = project.npm("test", "--", "broken", NINESTEP_URL=town.provider)
    finally:
        spec.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    told = project.failures()
    assert len(told) == 4

    wrong = told["a login that goes wrong"]
    assert "⑥ code.redeemed: provider → client_app, back channel, refused secret_wrong" in wrong
    assert "✗ client secret" in wrong
    assert "sequenceDiagram" in wrong
    assert any("sequenceDiagram" in text for text in project.attached(".mmd"))
    hars = [json.loads(text) for text in project.attached(".har")]
    assert any(
        "/sns/oauth2/access_token" in entry["request"]["url"]
        for har in hars
        for entry in har["log"]["entries"]
    )
    assert not any("not it" in json.dumps(har) for har in hars)

    assert re.search(r"there are:\s+none", told["no login at all"])
    assert "no browser came to" in told["no login at all"]
    assert "did you mean 'token'?" in told["a typing error"]
    assert "broken.spec.mjs" in told["a typing error"]
    assert "browser learnt code" in told["a secret of the browser"]


def test_what_is_no_town_is_told_from_one(project: Project, town: Any) -> None:
    with nobody() as address:
        nowhere = f"http://{address}"
        assert opened(project, NINESTEP_URL=nowhere) == f"Error: no town answers at {nowhere}: ECONNREFUSED"
    assert opened(project, NINESTEP_URL=town.resource).startswith("Refused: GET /health: 404")
    assert opened(project, NINESTEP_URL=town.provider) == town.gateway
    assert (
        opened(project, "new Ninestep().url", NINESTEP_URL="") == "http://127.0.0.1:9000"
    )  # an empty variable is none


def test_a_town_is_started_where_the_tests_look_for_it(project: Project) -> None:
    port = "(await import('./playwright.config.mjs')).default.webServer.env.NINESTEP_PROVIDER_PORT"
    assert opened(project, port, NINESTEP_URL="http://127.0.0.1:9111") == "9111"
    assert opened(project, port, NINESTEP_URL="", NINESTEP_PROVIDER_PORT="9222") == "9222"


def opened(project: Project, ask: str = "(await new Ninestep().open()).gateway", **environment: str) -> str:
    script = f"""
        import {{ Ninestep }} from './ninestep.mjs'
        try {{ console.log({ask}) }} catch (error) {{ console.log(String(error)) }}
    """
    done = subprocess.run(
        [node(), "--input-type=module", "-e", script],
        cwd=project.folder,
        env={**project.environment, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.strip()
