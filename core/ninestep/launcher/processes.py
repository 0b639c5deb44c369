"""Is this pid still the process that we started? A pid alone does not say: they are given out again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A pid with the two things that tell it from a stranger's."""

    pid: int
    started: str  # when, in the system's own words
    word: str  # stands on its command line

    @classmethod
    def of(cls, pid: int, word: str) -> Process:
        return cls(pid, _look(pid)[0], word)

    def alive(self) -> bool:
        started, command = _look(self.pid)
        return started != "" and started == self.started and self.word in command

    def signal(self, number: int, *, group: bool) -> None:
        """``group``: everything in the session it leads, as our children do."""
        if self.alive():
            try:
                (os.killpg if group else os.kill)(self.pid, number)
            except ProcessLookupError:
                pass


def end(processes: Iterable[Process], grace: float) -> None:
    """SIGTERM, and SIGKILL for what is still there after ``grace`` seconds. For processes that are not our children."""
    waiting = [process for process in processes if process.alive()]
    for process in waiting:
        process.signal(signal.SIGTERM, group=True)
    deadline = time.monotonic() + grace
    while waiting := [process for process in waiting if process.alive()]:
        if time.monotonic() > deadline:
            for process in waiting:
                process.signal(signal.SIGKILL, group=True)
            deadline = time.monotonic() + grace
        time.sleep(0.01)


def _look(pid: int) -> tuple[str, str]:
    """When ``pid`` started and its command line; two empty strings for a process that is gone or a zombie."""
    if not (PROC / "self" / "stat").exists():
        return _look_by_ps(pid)
    try:
        # The name in brackets may hold spaces and brackets, so count from the last one (proc(5)).
        after = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        command = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ProcessLookupError):
        return "", ""
    return ("", "") if after[0] in "ZX" else (f"{boot}/{after[19]}", command)


def _look_by_ps(pid: int) -> tuple[str, str]:
    """The same where there is no /proc (macOS): ``lstart`` is five words, ``stat`` one."""
    words = subprocess.run(
        ["ps", "-ww", "-o", "lstart=,stat=,command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C"},
    ).stdout.split()
    if len(words) < 7 or words[5].startswith("Z"):
        return "", ""
    return " ".join(words[:5]), " ".join(words[6:])
