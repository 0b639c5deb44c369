"""Many at once: persons who stand at a line each, connected already, and all speak at the same moment."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes


def workers_of(town: Any, service: str) -> list[int]:
    """The pids of a service's worker processes; not of those that ended and that nobody has asked after yet."""
    command = ["ps", "-A", "-o", "pid=,ppid=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    found = (line.split() for line in listed.stdout.splitlines())
    return [
        int(pid) for pid, parent, state, *_ in found if int(parent) == town.pids[service] and state[0] != "Z"
    ]


def all_workers_of(town: Any, service: str, number: int) -> list[int]:
    """``number`` of them: the town is ready with the first, and one that was killed is replaced in its time."""
    deadline = time.monotonic() + 30
    while len(workers := workers_of(town, service)) < number:
        assert time.monotonic() < deadline, f"{workers} of {number} workers"
    return workers


class Crowd:
    """``size`` connections to one service, an equal share to each of its workers; they stay open from race to race."""

    def __init__(self, base: str, size: int, workers: list[int]) -> None:
        parts = urlsplit(base)
        assert parts.hostname is not None
        assert size % len(workers) == 0
        self._lines = [HTTPConnection(parts.hostname, parts.port or 80, timeout=60) for _ in range(size)]
        for number, worker in enumerate(workers):
            with stopped(pid for pid in workers if pid != worker):  # a free-for-all gives most lines to one
                for line in self._lines[number :: len(workers)]:
                    line.request("GET", "/healthz")
                    assert line.getresponse().read()

    def race(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> list[Answer]:
        """The same request from everybody at once; every answer."""
        barrier = threading.Barrier(len(self._lines))
        answers: list[Answer] = []
        unanswered: list[str] = []
        body = urlencode(form) if form is not None else None
        sent = {**(FORM if form is not None else {}), **(headers or {})}

        def speak(line: HTTPConnection) -> None:
            barrier.wait()
            try:
                line.request(method, path, body, sent)
                answer = line.getresponse()
                answers.append(Answer(answer.status, answer.headers.get("Location", ""), answer.read()))
            except (OSError, HTTPException) as error:
                unanswered.append(repr(error))

        threads = [threading.Thread(target=speak, args=(line,), daemon=True) for line in self._lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not unanswered
        return answers

    def close(self) -> None:
        for line in self._lines:
            line.close()


def at_rest(pid: int) -> bool:
    """Whether each of its threads has come to the stop that it was sent."""
    try:
        stats = [stat.read_text() for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # a thread has ended since it was listed: look again
        return False
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


@contextmanager
def stopped(pids: Iterable[int]) -> Iterator[None]:
    names = list(pids)
    for pid in names:
        os.kill(pid, signal.SIGSTOP)
    for pid in names:
        while not at_rest(
            pid
        ):  # a thread that waits in the kernel takes a moment, and may take a connection in it
            time.sleep(0.001)
    try:
        yield
    finally:
        for pid in names:
            os.kill(pid, signal.SIGCONT)
