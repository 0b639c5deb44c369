"""``--ninestep-coverage``: which checks the whole run has exercised, and which of them never refused anything.

Worlds end with their tests, so each is asked before; workers of pytest-xdist tell the controller at their end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ninestep.testing import Ninestep

Rows = dict[str, list[Any]]  # "dialect|service|check" -> [kind, passed, refused]
COUNTED = pytest.StashKey[Rows]()
TROUBLE = pytest.StashKey[list[str]]()  # worlds that could not be asked
OUTPUT = "ninestep_coverage"  # in xdist's workeroutput
SERVER = "server"


def least(config: pytest.Config) -> int | None:
    found: int | None = config.getoption("--ninestep-coverage-fail-under")
    return found


def collect(config: pytest.Config, world: Ninestep) -> None:
    """What a world's apps have seen, before it ends. A town that is gone fails no test here."""
    if not world.made:
        return
    try:
        apps = world.control("GET", f"/worlds/{world.name}/coverage")["apps"]
    except Exception as error:  # the world or the town may have ended in the test
        config.stash.setdefault(TROUBLE, []).append(f"{world.name}: {type(error).__name__}")
        return
    rows = config.stash.setdefault(COUNTED, {})
    for app in apps:
        told = {
            f"{app['dialect']}|{row['service']}|{row['name']}": [row["kind"], row["passed"], row["refused"]]
            for row in app["checks"]
        }
        _add(rows, told)


def give(config: pytest.Config) -> None:
    """At a worker's end, for the controller."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = [config.stash.get(COUNTED, {}), config.stash.get(TROUBLE, [])]


def take(config: pytest.Config, node: Any) -> None:
    """At the controller, from a worker; one that crashed tells nothing."""
    rows, trouble = getattr(node, "workeroutput", {}).get(OUTPUT, ({}, []))
    _add(config.stash.setdefault(COUNTED, {}), rows)
    config.stash.setdefault(TROUBLE, []).extend(trouble)


def percent(config: pytest.Config) -> int:
    """Of the checks that could be made for the run's apps, those that refused something; 0 for a run without any."""
    counts = [row for row in config.stash.get(COUNTED, {}).values() if row[0] == SERVER]
    return 100 * sum(bool(row[2]) for row in counts) // len(counts) if counts else 0


def enough(config: pytest.Config) -> bool:
    wanted_percent = least(config)
    return wanted_percent is None or percent(config) >= wanted_percent


def show(terminal: pytest.TerminalReporter) -> None:
    config = terminal.config
    rows = config.stash.get(COUNTED, {})
    terminal.section("Ninestep: coverage of checks")
    for problem in config.stash.get(TROUBLE, []):
        terminal.line(f"could not be asked: world {problem}")
    if not rows:
        terminal.line("No app was made: nothing could be checked.")
    for dialect in dict.fromkeys(key.split("|")[0] for key in rows):
        _show_dialect(terminal, dialect, {k: v for k, v in rows.items() if k.startswith(f"{dialect}|")})
    if (wanted_percent := least(config)) is not None:
        verdict = "reached" if enough(config) else "not reached"
        terminal.line(
            f"{percent(config)} % of the checks refused something; {wanted_percent} % wanted: {verdict}."
        )


def _show_dialect(terminal: pytest.TerminalReporter, dialect: str, rows: Rows) -> None:
    told = {tuple(key.split("|")[1:]): row for key, row in rows.items()}
    server = {key: row for key, row in told.items() if row[0] == SERVER}
    made = {key: row for key, row in told.items() if row[1] or row[2]}
    width = max((len(name) for _, name in made), default=5)
    terminal.line(f"{dialect}: {'check':<{width}}  passed  refused  checked by")
    for (service, name), (_, passed, refused) in made.items():
        terminal.line(f"{'':{len(dialect)}}  {name:<{width}}  {passed:>6}  {refused:>7}  {service}")
    refusing = sum(bool(row[2]) for row in server.values())
    terminal.line(
        f"{len(server)} checks, {sum(k in made for k in server)} made, {refusing} refused something."
    )
    _names(terminal, "never refused anything", [key for key, row in server.items() if row[1] and not row[2]])
    _names(terminal, "never made", [key for key in server if key not in made])


def _names(terminal: pytest.TerminalReporter, what: str, found: list[tuple[str, ...]]) -> None:
    if found:
        names = dict.fromkeys(name for _, name in found)
        terminal.line(f"{what}: {', '.join(names)}")


def _add(rows: Rows, more: Rows) -> None:
    for key, (kind, passed, refused) in more.items():
        before = rows.get(key, [kind, 0, 0])
        rows[key] = [kind, before[1] + passed, before[2] + refused]
