"""Which town a verb speaks to: the one that was named, the one that runs from the state folder, the usual port."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests

from ..launcher.state import State
from ..settings import LauncherSettings, load
from ..testing.control import Control, Foreign
from .wrong import NoTown, Wrong

USUAL = "http://127.0.0.1:9000"
START = (
    "start one with `ninestep up`, or say where it is: --url, NINESTEP_URL · "
    "那里没有小镇：先执行 `ninestep up`，或用 --url、NINESTEP_URL 指明"
)


class Line(Control):
    """A line to the control API. Raises NoTown where none answers, Refused where one will not."""

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        try:
            return super().ask(method, path, body, **query)
        except Foreign as answer:
            raise self.strange(f"HTTP {answer.status}") from None
        except requests.RequestException as error:
            raise NoTown(f"no town answers at {self.provider} ({type(error).__name__}): {START}") from None

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        try:
            return super().__call__(method, path, body, **query)
        except requests.JSONDecodeError:
            raise self.strange("a page") from None

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        try:
            return super().all(path, **query)
        except requests.JSONDecodeError:
            raise self.strange("a page") from None

    def strange(self, what: str) -> NoTown:
        return NoTown(f"what answers at {self.provider} is no town's control API, but {what}: {START}")


def town(options: argparse.Namespace) -> Line:
    return Line(address(options.url, os.environ), os.environ.get("NINESTEP_ADMIN_TOKEN", ""))


def address(url: str, environ: Mapping[str, str]) -> str:
    """The provider's. Raises Wrong for what is no http address."""
    settings = load(LauncherSettings, environ)  # also so that a setting with a typing error is said
    named = url or environ.get("NINESTEP_URL", "")
    if not named:
        running = State(settings.state).read_running()
        here = running is not None and running.launcher.alive()
        return str(running.report.get("provider_url", USUAL)) if running and here else USUAL
    named = named if "://" in named else f"http://{named}"
    if not named.lower().startswith(("http://", "https://")):
        raise Wrong(f"{named} is no http address; the provider's is wanted, such as {USUAL}")
    return named.rstrip("/")


def part(name: str) -> str:
    """A name as one part of a path. An address that climbs would mean something else."""
    if name in ("", ".", ".."):
        raise Wrong(f"{name!r} is no name")
    return quote(name, safe="", errors="surrogateescape")
