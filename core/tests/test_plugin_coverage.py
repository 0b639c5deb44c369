"""The plugin's coverage of checks: collected from worlds before they end, merged over workers, told at the end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from plugin_runs import LOGIN, PLUGIN

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.launcher  # each is a run of pytest

GOOD = """
from logging_in import login

def test_login(ninestep):
    assert "access_token" in login(ninestep, ninestep.app())

def test_another(ninestep):
    assert "access_token" in login(ninestep, ninestep.app())
"""
REFUSING = """
from ninestep.testing import App

def test_wrong_secret(ninestep):
    app = ninestep.app()
    liar = App(ninestep.control, ninestep.town.gateway, {**app.data, "secret": "wrong"})
    assert "errcode" in login(ninestep, liar)
    coverage = app.coverage()
    assert coverage.refused("client secret")
    assert not coverage.refused("code not expired")
    assert "client secret" not in coverage.never_refused
    assert "refresh token known" in coverage.never_made
    assert 0 < coverage.percent < 10
"""


EXAMPLE = re.compile(r"<!-- test: coverage -->\n```python\n(.*?)^```$", re.S | re.M)


@pytest.fixture
def run(pytester: pytest.Pytester, town: Any) -> Any:
    def run(test: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(logging_in=LOGIN, test_it=test)
        return pytester.runpytest_subprocess(*PLUGIN, "--ninestep-url", town.provider, *options)

    return run


def test_a_run_that_only_logs_in_is_told_so(run: Any) -> None:
    outcome = run(GOOD, "--ninestep-coverage")

    outcome.assert_outcomes(passed=2)
    outcome.stdout.fnmatch_lines(
        [
            "*Ninestep: coverage of checks*",
            "*client secret *2 * 0  provider",
            "* made, 0 refused something.",
            "never refused anything: *client secret*",
            "never made: *refresh token known*",
        ]
    )


def test_a_check_that_refused_is_in_the_table_and_in_neither_list(run: Any) -> None:
    outcome = run(GOOD + REFUSING, "--ninestep-coverage")

    outcome.assert_outcomes(passed=3)
    outcome.stdout.fnmatch_lines(["*client secret *2 * 1  provider"])
    [never] = [line for line in outcome.outlines if line.startswith("never refused anything")]
    assert "client secret" not in never


@pytest.mark.parametrize(("least", "code"), [(1, 0), (99, 1)])
def test_too_little_coverage_fails_the_run(run: Any, least: int, code: int) -> None:
    outcome = run(GOOD + REFUSING, f"--ninestep-coverage-fail-under={least}")

    outcome.assert_outcomes(passed=3)
    assert outcome.ret == code
    verdict = "not reached" if code else "reached"
    outcome.stdout.fnmatch_lines([f"* % of the checks refused something; {least} % wanted: {verdict}."])


@pytest.mark.slow
def test_a_run_without_any_app_fails_too(run: Any) -> None:
    outcome = run("def test_it():\n    pass\n", "--ninestep-coverage-fail-under=1")

    assert outcome.ret == 1
    outcome.stdout.fnmatch_lines(["No app was made: nothing could be checked."])


@pytest.mark.slow
def test_workers_of_xdist_are_counted_together(run: Any) -> None:
    outcome = run(GOOD + REFUSING, "--ninestep-coverage-fail-under=1", "-p", "xdist", "-n", "2")

    outcome.assert_outcomes(passed=3)
    assert outcome.ret == 0
    outcome.stdout.fnmatch_lines(["*client secret *2 * 1  provider"])


def test_a_world_that_the_test_ended_itself_fails_nothing(run: Any) -> None:
    outcome = run(
        "def test_it(ninestep):\n    ninestep.app()\n    ninestep.control('DELETE', f'/worlds/{ninestep.name}')\n",
        "--ninestep-coverage",
    )

    outcome.assert_outcomes(passed=1)
    outcome.stdout.fnmatch_lines(["could not be asked: world w*: Refused"])


def test_nobody_who_did_not_ask_is_told(run: Any) -> None:
    assert "coverage" not in run(GOOD).stdout.str()


@pytest.mark.parametrize("guide", ["coverage.md", pytest.param("coverage.zh-CN.md", marks=pytest.mark.slow)])
def test_the_example_of_the_guide_passes(run: Any, guide: str) -> None:
    [example] = EXAMPLE.findall((Path(__file__).parents[2] / "docs" / guide).read_text("utf-8"))

    outcome = run(example, "--ninestep-coverage-fail-under=2")

    outcome.assert_outcomes(passed=1)
    outcome.stdout.fnmatch_lines(["*code not used *1 * 1  provider"])


def test_a_run_that_only_collects_is_not_judged(run: Any) -> None:
    assert run(GOOD, "--ninestep-coverage-fail-under=99", "--collect-only").ret == 0


@pytest.mark.parametrize("wanted", ["101", "-1", "half"])
def test_a_percentage_that_is_none_is_said_before_anything_runs(
    pytester: pytest.Pytester, wanted: str
) -> None:
    pytester.makepyfile("def test_it():\n    pass\n")
    outcome = pytester.runpytest_subprocess(*PLUGIN, f"--ninestep-coverage-fail-under={wanted}")
    assert outcome.ret == pytest.ExitCode.USAGE_ERROR
    outcome.stderr.fnmatch_lines([f"*{wanted}* is no whole number from 0 to 100*"])
