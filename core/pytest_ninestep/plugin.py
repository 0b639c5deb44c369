"""Options, fixtures and hooks. Settings → server → world, each of which can be overridden alone."""

from __future__ import annotations

import argparse
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ninestep.testing import Ninestep, Town

WORKER = "ninestep_folder"  # in xdist's workerinput: where all workers of this run meet
FOLDER = pytest.StashKey[tuple[str, int]]()  # the same at the controller, and the leash of the town there


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ninestep", "Ninestep, an offline OAuth 2.0 town")
    group.addoption(
        "--ninestep-url",
        metavar="URL",
        help="the provider of a town that runs already (or NINESTEP_URL); without it the run starts its own",
    )
    group.addoption(
        "--ninestep-output",
        metavar="DIR",
        help="where the HAR files and pictures of failed tests go; without it, below pytest's basetemp",
    )
    group.addoption(
        "--ninestep-coverage",
        action="store_true",
        help="tell at the end which security checks the run has exercised, and which never refused anything",
    )
    group.addoption(
        "--ninestep-coverage-fail-under",
        type=_percent,
        metavar="N",
        help="the same, and fail where fewer than N percent of the checks have refused something",
    )


@pytest.fixture(scope="session")
def ninestep_settings() -> dict[str, Any]:
    """Override me: the town's settings, named as in docs/settings.md without ``NINESTEP_``; and ``intercept``."""
    return {}


@pytest.fixture(scope="session")
def ninestep_server(
    pytestconfig: pytest.Config, ninestep_settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """The town: the one that is named, else one for this run, on free ports; one for all workers of pytest-xdist."""
    import os

    from ninestep.testing import Town

    from .report import OUTPUT
    from .shared import joined

    named = pytestconfig.getoption("--ninestep-output")
    base = tmp_path_factory.getbasetemp() / "ninestep"
    pytestconfig.stash[OUTPUT] = str(pytestconfig.invocation_params.dir / named if named else base)
    url = pytestconfig.getoption("--ninestep-url") or os.environ.get("NINESTEP_URL", "")
    meeting = getattr(pytestconfig, "workerinput", {}).get(WORKER, "")
    if url:
        town = Town.at(url, os.environ.get("NINESTEP_ADMIN_TOKEN", ""))
    elif meeting:
        town = joined(meeting, ninestep_settings)
    else:
        town = Town.start(ninestep_settings)
    yield town
    town.close()


@pytest.fixture
def ninestep(ninestep_server: Town, pytestconfig: pytest.Config) -> Iterator[Ninestep]:
    """A fresh world; nothing of it is left when the test has ended."""
    from ninestep.testing import Ninestep

    with Ninestep(ninestep_server) as world:
        yield world
        if _covering(pytestconfig):
            from .coverage import collect

            collect(pytestconfig, world)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """At xdist's controller, for each worker that begins."""
    if FOLDER not in node.config.stash:
        import os
        import tempfile

        folder = tempfile.mkdtemp(prefix="n9-")
        os.mkfifo(leash := f"{folder}/leash", 0o600)
        node.config.stash[FOLDER] = folder, os.open(leash, os.O_RDWR | os.O_CLOEXEC)
    node.workerinput[WORKER] = node.config.stash[FOLDER][0]


def pytest_unconfigure(config: pytest.Config) -> None:
    """At the controller the last worker has ended by now, and with it the use of the town."""
    if FOLDER in config.stash:
        from .shared import end

        end(*config.stash[FOLDER])


def _percent(text: str) -> int:
    """More than 100 could never be reached, and less than 0 always would be."""
    if not (text.isascii() and text.isdigit() and int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 100")
    return int(text)


def _covering(config: pytest.Config) -> bool:
    if config.getoption("collectonly"):
        return False
    least = config.getoption("--ninestep-coverage-fail-under")
    return bool(config.getoption("--ninestep-coverage")) or least is not None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """At xdist's controller, for each worker that ends."""
    if _covering(node.config):
        from .coverage import take

        take(node.config, node)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if not _covering(config):
        return
    from .coverage import enough, give

    give(config)
    if not hasattr(config, "workerinput") and not enough(config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _covering(terminalreporter.config):
        from .coverage import show

        show(terminalreporter)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    world = getattr(item, "funcargs", {}).get("ninestep")
    if report.failed and world is not None and call.when != "teardown":
        from .report import explain

        explain(item, report, world)
    return report
