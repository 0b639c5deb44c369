"""``ninestep VERB`` as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


class Run:
    """One ``ninestep VERB``; killed with all that it wrote down if the test leaves it running."""

    def __init__(
        self,
        *arguments: str,
        before: str = "",
        patch: str = "",
        stdin: Any = subprocess.DEVNULL,
        stdout: Any = None,
        **environ: str,
    ):
        program = [sys.executable, "-m", "ninestep.cli", *arguments]
        if patch:  # runs in the launcher, ahead of its verb
            run = f"import sys\nfrom ninestep.cli import main\n{patch}\nsys.exit(main({list(arguments)!r}))"
            program = [sys.executable, "-c", run]
        if before:  # runs in the new process, ahead of the launcher
            become = f"import os, signal, sys\n{before}\nos.execv(sys.executable, {program!r})"
            program = [sys.executable, "-c", become]
        ports = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")}
        clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_") and k != "REDIS_URL"}
        self.process = subprocess.Popen(
            program,
            env={**clean, **ports, **environ},
            stdin=stdin,
            stdout=subprocess.PIPE if stdout is None else stdout,
            stderr=subprocess.PIPE if stdout is None else stdout,
            start_new_session=True,
        )

    def ready(self) -> dict[str, Any]:
        """The line of ``up --json``."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.end()
        report: dict[str, Any] = json.loads(line)
        return report

    def end(self, number: int | None = None) -> tuple[int, str, str]:
        """Exit code and what it said, after signal ``number`` or of itself."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, (out or b"").decode(), (err or b"").decode()
