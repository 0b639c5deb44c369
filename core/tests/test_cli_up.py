"""``ninestep up`` while another town runs, and what the verbs of one machine say to programs."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from launched import Run
from ninestep.cli import exits
from ninestep.launcher.processes import Process

pytestmark = pytest.mark.launcher

KEYS = ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "state"
    Run("down", NINESTEP_STATE=str(tmp_path / "state")).end()


def ports_of(town: Any) -> dict[str, int]:
    urls = (town.provider, town.resource, town.client, town.gateway)
    return {f"NINESTEP_{key}_PORT": urlsplit(url).port or 0 for key, url in zip(KEYS, urls, strict=True)}


def offered(err: str) -> tuple[dict[str, str], list[str]]:
    """The command line that was offered: its settings, and its words."""
    line = next(line for line in err.splitlines() if line.endswith("ninestep up"))
    words = shlex.split(line[line.index("NINESTEP_") :])
    settings = dict(word.split("=", 1) for word in words if "=" in word)
    return settings, words[len(settings) :]


def test_a_port_that_another_town_holds_is_said_to_be_its_and_the_offered_line_works(
    town: Any, state: Path
) -> None:
    taken = {name: str(port) for name, port in ports_of(town).items()}
    patient = "from ninestep.launcher import neighbours\nneighbours.PATIENCE = 20"  # the other may be busy
    code, out, err = Run("up", "--json", patch=patient, NINESTEP_STATE=str(state), **taken).end()
    assert (code, out) == (exits.NOT_DONE, "")
    assert "another town answers there" in err
    assert f": {town.provider}\n" in err
    assert "NINESTEP_PROVIDER_PORT takes another (0: any free one)" in err
    assert list((state / "logs").iterdir()) == []
    assert not (state / "running.json").exists()

    settings, words = offered(err)
    assert words == ["ninestep", "up"]
    assert set(settings) == set(taken)
    assert not set(settings.values()) & set(taken.values())
    run = Run("up", "--json", NINESTEP_STATE=str(state), **settings)
    report = run.ready()
    assert report["provider_url"].endswith(f":{settings['NINESTEP_PROVIDER_PORT']}")
    assert run.end(signal.SIGTERM)[0] == 0


def test_a_port_that_somebody_else_holds_is_not_called_a_towns(state: Path) -> None:
    """Not even when it takes the question and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        code, _, err = Run("up", NINESTEP_STATE=str(state), NINESTEP_GATEWAY_PORT=str(port)).end()
    assert code == exits.NOT_DONE
    assert f"Port {port} (gateway) is in use" in err
    assert "another town" not in err
    settings, _ = offered(err)
    assert set(settings) == {"NINESTEP_GATEWAY_PORT"}  # the others are any free one already


def test_a_second_start_from_one_folder_names_the_first_and_the_offered_line_works(state: Path) -> None:
    first = Run("up", "--json", NINESTEP_STATE=str(state))
    report = first.ready()
    code, out, err = Run("up", "--json", NINESTEP_STATE=str(state)).end()
    assert (code, out) == (exits.NOT_DONE, "")
    assert f"(pid {report['pids']['launcher']})" in err
    assert report["gateway_url"] in err
    assert "ninestep down" in err
    settings, _ = offered(err)
    assert settings["NINESTEP_STATE"] == f"{state}-2"
    second = Run("up", "--json", **settings)
    assert second.ready()["provider_url"] != report["provider_url"]
    assert second.end(signal.SIGTERM)[0] == 0
    assert all(
        Process.of(pid, "").started for pid in report["pids"].values()
    )  # the first has noticed nothing

    code, out, err = Run("status", "--json", NINESTEP_STATE=str(state)).end()
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert {part["name"]: part["pid"] for part in told["parts"]} == report["pids"]
    assert all(part["runs"] for part in told["parts"])
    code, out, _ = Run("down", "--json", NINESTEP_STATE=str(state)).end()
    assert (code, json.loads(out)) == (0, {"state": str(state), "stopped": True})
    assert first.end()[0] == 0
    code, out, _ = Run("down", "--json", NINESTEP_STATE=str(state)).end()
    assert (code, json.loads(out)) == (0, {"state": str(state), "stopped": False})
    code, out, _ = Run("status", "--json", NINESTEP_STATE=str(state)).end()
    assert (code, json.loads(out)) == (exits.NO_TOWN, {"state": str(state), "parts": []})


def test_doctor_and_env_speak_to_programs(state: Path) -> None:
    code, out, _ = Run("doctor", "--json", NINESTEP_STATE=str(state)).end()
    findings = json.loads(out)
    assert code == (1 if any(finding["level"] == "bad" for finding in findings) else 0)
    assert all(re.fullmatch("ok|bad|note", finding["level"]) and finding["en"] for finding in findings)
    code, out, err = Run("env", "--json", NINESTEP_STATE=str(state)).end()
    assert (code, out) == (exits.NOT_DONE, "")
    assert "ninestep up --intercept" in err


def test_a_town_that_others_reach_is_steered_with_its_token_alone(state: Path) -> None:
    exposed = {"NINESTEP_STATE": str(state), "NINESTEP_BIND": "0.0.0.0"}
    first = Run("up", "--json", **exposed, NINESTEP_ADMIN_TOKEN="of-a-test")
    first.ready()
    for words in (["app", "list"], ["flow", "follow"]):
        code, out, err = Run(*words, **exposed).end()
        assert (code, out) == (exits.NOT_DONE, "")
        assert "NINESTEP_ADMIN_TOKEN" in err
    code, out, _ = Run("app", "list", "--json", **exposed, NINESTEP_ADMIN_TOKEN="of-a-test").end()
    assert (code, len(json.loads(out)) > 5) == (0, True)
    follow = Run("flow", "follow", **exposed, NINESTEP_ADMIN_TOKEN="of-a-test")
    assert follow.process.stderr
    assert b"Ctrl-C" in follow.process.stderr.readline()
    first.end(signal.SIGTERM)  # the watch hears of it, and waits for another
    assert b"# " in follow.process.stderr.readline()
    assert follow.end(signal.SIGINT)[0] == exits.INTERRUPTED
