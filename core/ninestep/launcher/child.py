"""One process of the town, what it writes, and the last lines of that."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from ..settings import SETTINGS_PROBLEM


class Child:
    def __init__(
        self, name: str, process: subprocess.Popen[bytes], log: BinaryIO, echo: Callable[[str], object] | None
    ):
        self.name, self.process, self.log, self.echo = name, process, log, echo
        self.last: deque[str] = deque(maxlen=15)
        self.rest = b""
        self.problem = ""  # with its settings, in its own words

    def read(self) -> bytes | None:
        """Takes what it has written: None for nothing yet, empty when there will be no more."""
        assert self.process.stdout is not None
        try:
            data = os.read(self.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return None
        self.log.write(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        if not data and self.rest:
            lines, self.rest = [self.rest], b""
        for line in lines:
            self.last.append(line.decode(errors="replace"))
            self.problem = self.last[-1].partition(SETTINGS_PROBLEM)[2] or self.problem
            if self.echo:
                self.echo(f"{self.name:12} | {self.last[-1]}")
        return data

    def last_lines(self) -> str:
        return "\n".join(f"  {line}" for line in self.last) or "  (it wrote nothing)"
