"""A running town: one that was started for this run on free ports, or one that runs already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from .control import Control, Foreign

PORTS = ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY", "PROXY")
LEASH = "leash"
GRACE = 20  # seconds for an ordered stop
DEFAULTS = {"trace_patience": 3000}  # milliseconds: a busy test machine may not drop records


class NotStarted(Exception):
    """The town did not come up; the text has its own words."""


@dataclass
class Town:
    """Its addresses, and how to call it. ``close()`` hangs up and ends what ``start()`` began."""

    provider: str
    resource: str
    client: str
    gateway: str
    state: str = ""  # the state folder, where it is known
    proxy: str = ""  # the HTTPS proxy of `ninestep up --intercept`
    token: str = field(default="", repr=False)
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    folder: str = field(default="", repr=False)
    held: int = field(default=-1, repr=False)  # the leash: the town ends when nobody holds it any more

    def __post_init__(self) -> None:
        self.control = Control(self.provider, self.token)
        self.browser = requests.Session()  # of the people in journeys: emptied for each, its lines stay open
        self.browser.trust_env = False

    @classmethod
    def start(cls, settings: Mapping[str, Any] | None = None, folder: str | Path = "") -> Town:
        """``ninestep up --json`` on free ports. ``settings`` are docs/settings.md's without ``NINESTEP_``; besides,
        ``intercept=True``. With a ``folder`` it outlives this process, when it is left. Raises NotStarted."""
        wanted = {**DEFAULTS, **(settings or {})}
        intercept = wanted.pop("intercept", False)
        own = str(folder) or tempfile.mkdtemp(prefix="n9-")  # short: a socket's path may not be long
        made = "" if folder else own
        complaints = Path(own) / "up.err"
        environment = _environment({"state": str(Path(own) / "state"), **wanted})
        held = hold(own)
        leash = [sys.executable, "-I", str(Path(__file__).with_name("leash.py")), str(Path(own) / LEASH)]
        command = [sys.executable, "-m", "ninestep.cli", "up", "--json", *(["--intercept"] * bool(intercept))]
        with complaints.open("w") as errors:
            process = subprocess.Popen(
                [*leash, *command],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=not made,  # what ends one process must not end what others use
            )
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("{")), "")
        if not line:
            process.wait(GRACE)
            process.stdout.close()
            os.close(held)
            said = complaints.read_text().strip()
            if made:
                shutil.rmtree(made, ignore_errors=True)
            raise NotStarted(said or f"`ninestep up` ended with {process.returncode} and said nothing")
        token = str(wanted.get("admin_token", ""))
        return cls.of(json.loads(line), token=token, process=process, folder=made, held=held)

    @classmethod
    def of(cls, report: Mapping[str, Any], **more: Any) -> Town:
        """From the line that ``ninestep up --json`` says."""
        return cls(
            provider=report["provider_url"],
            resource=report["resource_url"],
            client=report["client_url"],
            gateway=report["gateway_url"],
            state=report.get("state", ""),
            proxy=report.get("proxy_url", ""),
            **more,
        )

    @classmethod
    def at(cls, url: str, token: str = "") -> Town:
        """The one whose provider is at ``url``; it tells where the others are. Raises NotStarted."""
        control = Control(url, token)
        try:
            parts = {part["name"]: part["url"] for part in control("GET", "/health")["parts"]}
        except OSError as error:  # requests' own are among them
            raise NotStarted(f"no town answers at {url}: {type(error).__name__}") from None
        except Foreign as answer:
            raise NotStarted(f"what answers at {url} is no town (HTTP {answer.status})") from None
        finally:
            control.close()
        return cls(url.rstrip("/"), parts["resource_api"], parts["client_app"], parts["gateway"], token=token)

    def report(self) -> dict[str, str]:
        """What ``of()`` reads, for another process."""
        urls = {"provider": self.provider, "resource": self.resource}
        urls |= {"client": self.client, "gateway": self.gateway, "proxy": self.proxy}
        return {**{f"{name}_url": url for name, url in urls.items()}, "state": self.state}

    def env(self) -> dict[str, str]:
        """Variables that lead an SDK with fixed host names here; empty for a town without ``intercept``."""
        if not (self.proxy and self.state):
            return {}
        from ..intercept.environment import common
        from ..launcher.state import State

        return common(State(self.state), self.proxy, os.environ)

    def leave(self) -> None:
        """Hang up and let the town run on, as long as another process holds its leash."""
        self._hang_up()
        if self.process is not None and self.process.stdout:
            self.process.stdout.close()
        if self.process is not None:
            self.process.returncode = 0  # not ours to wait for any more
        self.process = None

    def _hang_up(self) -> None:
        self.control.close()
        self.browser.close()
        if self.held >= 0:
            os.close(self.held)
            self.held = -1

    def close(self) -> None:
        self._hang_up()
        if self.process is None:
            return
        try:
            self.process.wait(GRACE)  # it was let go
        except subprocess.TimeoutExpired:
            self.process.terminate()  # a second word makes the town hurry
            self.process.wait(GRACE)
        if self.process.stdout:
            self.process.stdout.close()
        sweep(self.state)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.process = None


def sweep(folder: str) -> None:
    """What a launcher that was killed itself has left, before the folder goes that tells of it."""
    from ..launcher.processes import end
    from ..launcher.state import State

    state = State(folder)
    if left := state.read_running():
        from ..launcher.town import leftovers

        leftovers(state, left, end)


def hold(folder: str) -> int:
    """Take the leash of the town of this folder: a descriptor, whose end is the town's, also by a SIGKILL."""
    fifo = Path(folder) / LEASH
    if not fifo.exists():
        os.mkfifo(fifo, 0o600)
    return os.open(fifo, os.O_RDWR | os.O_CLOEXEC)  # to read, too: else it would wait for a reader


def _environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """Nothing of the shell's own town is meant for this one."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_") and k != "REDIS_URL"}
    told = {f"NINESTEP_{name.upper()}": _spelled(value) for name, value in settings.items()}
    return {**clean, **{f"NINESTEP_{name}_PORT": "0" for name in PORTS}, **told}


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list | tuple) else str(value)
