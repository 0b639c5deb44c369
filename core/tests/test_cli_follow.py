"""``ninestep flow follow``: each message once, the moment it happens, also over a line that is cut."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from ninestep.cli import exits
from ninestep.cli.follow import Watch
from ninestep.cli.where import Line
from ninestep.testing.control import Refused

pytestmark = pytest.mark.launcher  # processes of its own
PATIENCE = 20  # seconds for what should come at once


class Followed:
    """``flow follow`` in a process of its own, which listens already."""

    def __init__(self, town: Any, *words: str, before: tuple[str, ...] = (), **environ: str) -> None:
        command = [
            *before,
            sys.executable,
            "-m",
            "ninestep.cli",
            "flow",
            "follow",
            "--url",
            town.provider,
            *words,
        ]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_")}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**plain, "LC_ALL": "C.UTF-8", **environ},
        )
        assert self.process.stdout
        assert self.process.stderr
        assert "Listening" in self.process.stderr.readline()

    def lines(self, count: int) -> list[str]:
        assert self.process.stdout
        return [self.process.stdout.readline().rstrip("\n") for _ in range(count)]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


def test_each_message_is_a_line_in_a_pipe_and_ctrl_c_ends_it(town: Any, world: Any) -> None:
    world.log_in()  # before: not told
    followed = Followed(town, "--world", world.name)
    flow = world.log_in()
    lines = followed.lines(4)
    assert [line.split()[1] for line in lines] == ["②", "④", "⑤", "⑥"]
    assert all(line.startswith(flow[:6]) for line in lines)
    assert "\033" not in "".join(lines)
    code, out, err = followed.end()
    assert (code, out, err) == (exits.INTERRUPTED, "", "")


def test_ctrl_c_ends_it_also_as_a_scripts_background_job(town: Any, world: Any) -> None:
    """Where a shell has no job control, what it starts with & inherits SIGINT as ignored."""
    deaf = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    followed = Followed(town, "--world", world.name, before=deaf)
    assert followed.end() == (exits.INTERRUPTED, "", "")


def test_lines_of_json_for_programs_and_only_of_one_app(town: Any, world: Any) -> None:
    other = world.new_app(
        redirect_uris=["http://127.0.0.1/callback"], consent={"mode": "auto", "user": "lisi"}
    )
    followed = Followed(town, "--world", world.name, "--json", "--app", world.appid, "--numbered")
    flow = world.log_in()
    town.http.get(
        f"{town.provider}/connect/oauth2/authorize",
        params={"appid": other["appid"], "redirect_uri": "http://127.0.0.1/callback", "response_type": "code",
                "scope": "snsapi_userinfo", "state": "x" * 32},
        allow_redirects=False,
    )  # fmt: skip
    world.log_in()
    told = [json.loads(line) for line in followed.lines(8)]
    assert {line["app"] for line in told} == {world.appid}
    assert [line["message"]["step"] for line in told] == [2, 4, 5, 6] * 2
    assert told[0]["flow"] == flow
    assert world.secret not in json.dumps(told)
    followed.end(signal.SIGTERM)


def test_a_reader_that_has_enough_ends_it_quietly(town: Any, world: Any) -> None:
    followed = Followed(town, "--world", world.name)
    world.log_in()
    followed.lines(1)
    assert followed.process.stdout
    followed.process.stdout.close()
    for _ in range(50):
        world.log_in()
        with contextlib.suppress(subprocess.TimeoutExpired):
            followed.process.wait(0.5)
            break
    assert followed.process.returncode == 0
    assert followed.process.stderr
    assert followed.process.stderr.read() == ""
    followed.process.stderr.close()


def test_a_world_that_is_not_there_is_said_at_once(town: Any) -> None:
    command = [
        sys.executable,
        "-m",
        "ninestep.cli",
        "flow",
        "follow",
        "--world",
        "nix",
        "--url",
        town.provider,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (exits.NOT_DONE, "")
    assert "there is no world 'nix'" in done.stderr


class Wire:
    """A line to the town that can be cut, and refuses while it is."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname, parts.port)
        self.pairs: list[socket.socket] = []
        self.whole = threading.Event()
        self.whole.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if not self.whole.is_set():
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.pairs += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.whole.clear()
        for end in self.pairs:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.whole.set()

    def close(self) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        for end in (self.listener, *self.pairs):
            end.close()


@pytest.fixture
def wire(town: Any) -> Iterator[Wire]:
    wire = Wire(town.provider)
    yield wire
    wire.close()


def test_what_happened_while_the_line_was_cut_is_told_once_and_nothing_twice(world: Any, wire: Wire) -> None:
    world.log_in()
    begun, lost, back = threading.Event(), threading.Event(), threading.Event()
    line = Line(wire.url, "")
    watch = Watch(line, world.name, here=begun.set, lost=lost.set, back=back.set)
    expected = []

    def others() -> None:
        expected.append(world.log_in())
        wire.cut()
        assert lost.wait(PATIENCE)
        expected.append(world.log_in())
        expected.append(world.log_in())
        wire.mend()
        assert back.wait(PATIENCE)
        expected.append(world.log_in())

    acting = threading.Thread(target=lambda: begun.wait(PATIENCE) and others(), daemon=True)
    acting.start()
    told: list[tuple[str, int]] = []
    for flow, message in watch.messages():
        told.append((flow["id"], message["step"]))
        if len(told) == 16:
            break
    acting.join(PATIENCE)
    assert sorted(told) == sorted((flow, step) for flow in expected for step in (2, 4, 5, 6))
    line.close()


def test_a_watch_ends_where_its_world_does(town: Any, world: Any) -> None:
    line = Line(town.provider, "")

    def end() -> None:
        world.log_in()
        town.api("DELETE", f"/worlds/{world.name}")

    watch = Watch(line, world.name, here=end)
    with pytest.raises(Refused, match="there is no world"):
        for _ in watch.messages():
            pass
    line.close()


def test_a_store_that_is_away_for_a_moment_loses_nothing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(world.town.provider, "")
    call, refused = Line.__call__, []

    def away_once(self: Line, method: str, path: str, body: Any = None, **query: Any) -> Any:
        if path.endswith("/messages") and not refused:
            refused.append(path)
            raise Refused("GET", 503, "Redis does not answer; try again.")
        return call(self, method, path, body, **query)

    def begin() -> None:
        monkeypatch.setattr(Line, "__call__", away_once)
        world.log_in()

    told = []
    for _, message in Watch(line, world.name, here=begin).messages():
        told.append(message["step"])
        if len(told) == 4:
            break
    assert refused
    assert told == [2, 4, 5, 6]
    line.close()
