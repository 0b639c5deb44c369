"""A program with somebody's SDK in it, started in a shell that was led here by ``ninestep env``, and spoken to by lines.

The SDK knows nothing of the town: it calls the hosts that are written into it.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from intercepting import PLAIN

PROGRAMS = Path(__file__).parent / "programs"


class Raised(Exception):
    """What the SDK raised: the name of its class, those of its bases, its text, and the plain values it carries."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.kind, self.kinds, self.text, self.fields = (
            said["kind"],
            said["kinds"],
            said["text"],
            said["fields"],
        )
        super().__init__(f"{self.kind}: {self.text} {self.fields}")


class Program:
    def __init__(self, command: list[str], state: str, flag: str = "", **environ: str) -> None:
        lead = f'eval "$({shlex.quote(sys.executable)} -m ninestep.cli env {flag})"; exec "$@"'
        self.complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            ["sh", "-euc", lead, "sh", *command],
            env={**PLAIN, "NINESTEP_STATE": state, "PYTHONIOENCODING": "utf-8", **environ},
            cwd=state,  # some SDKs keep a cache in the folder where they stand
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            encoding="utf-8",
        )

    def __call__(self, name: str, /, **given: Any) -> Any:
        """What the function of that name returned, or `Raised`."""
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.write(json.dumps({"call": name, "with": given}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        assert line, f"the program ended with {self.process.wait(timeout=20)}: {self._complained()}"
        said = json.loads(line)
        if "raised" in said:
            raise Raised(said["raised"])
        return said["returned"]

    def end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()  # it reads to the end of its lines, and goes
        try:
            self.process.wait(timeout=20)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.complaints.close()

    def _complained(self) -> str:
        self.complaints.seek(0)
        return self.complaints.read()[-3000:]
