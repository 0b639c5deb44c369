"""A real browser, and a client of the test run's own: whole journeys, by clicking."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from ninestep.keyring import service_environment
from ninestep.launcher import services
from playwright.sync_api import BrowserContext, Page, Playwright, expect

FLAGS = [
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
NO_BROWSER = "no browser: run `playwright install chromium` or `apt-get install chromium-headless-shell`"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

expect.set_options(timeout=20_000)  # milliseconds: a busy machine may pass the usual five


def find_browser(playwrights_own: str) -> str | None:
    """The browser to drive; None for Playwright's own build."""
    if named := os.environ.get("E2E_BROWSER"):
        return named
    if Path(playwrights_own).exists():
        return None
    for name in ON_PATH:
        if found := shutil.which(name):
            return found
    if Path(MAC).exists():
        return MAC
    if os.environ.get("CI"):
        pytest.fail(NO_BROWSER)
    pytest.skip(NO_BROWSER)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], playwright: Playwright
) -> dict[str, Any]:
    args = FLAGS + (["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])
    found = find_browser(playwright.chromium.executable_path)
    return {**browser_type_launch_args, **({"executable_path": found} if found else {}), "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "viewport": {"width": 1280, "height": 860}}


@dataclass
class Seen:
    """What a browser met on its way."""

    requests: list[str]
    bodies: list[str]
    errors: list[str]

    @property
    def foreign(self) -> list[str]:
        """Addresses outside this machine."""
        hosts = [(url, urlsplit(url).hostname) for url in self.requests if not url.startswith("data:")]
        return [url for url, host in hosts if host not in LOOPBACK]


@pytest.fixture
def seen(context: BrowserContext) -> Iterator[Seen]:
    """Everything the context asked for and was told; no test may leave this machine."""
    seen = Seen([], [], [])

    def remember(response: Any) -> None:
        if 200 <= response.status < 300 or response.status >= 400:
            try:
                seen.bodies.append(response.text())
            except Exception:  # a picture, or a page that was left meanwhile
                return

    context.on("request", lambda request: seen.requests.append(request.url))
    context.on("response", remember)
    context.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
    yield seen
    assert seen.foreign == []


@dataclass
class Meituan:
    """A client of this run's own, with its own app in its own world: tests may move its clock and break its calls."""

    url: str
    app: dict[str, Any]
    town: Any

    @property
    def world(self) -> str:
        return str(self.app["world"])

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"advance": by})

    def freeze(self) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"freeze": True})

    def fault(self, endpoint: str, **fields: Any) -> None:
        self.town.api("POST", f"/apps/{self.appid}/faults", {"endpoint": endpoint, **fields})

    def flows(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.town.api("GET", "/flows", params={"world": self.world, **query})
        return found

    def messages(self, flow: str, **query: Any) -> list[dict[str, Any]]:
        params = {"wait": 10, "until": "ended", **query}
        found: list[dict[str, Any]] = self.town.api("GET", f"/flows/{flow}/messages", params=params)
        return found


@pytest.fixture(scope="session")
def _meituan(town: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meituan]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        os.set_inheritable(listening.fileno(), True)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = town.api(
            "POST",
            "/apps",
            {
                "name": "美团",
                "dialect": "wechat",
                "kind": "official_account",
                "fidelity": "tutorial",
                "redirect_uris": [f"{url}/auth/wechat/callback"],
            },
        )
        clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_")}
        root = (Path(town.state) / "root-secret").read_text().strip()
        settings = {
            **service_environment(root, "client_app"),
            "NINESTEP_REDIS_URL": town.redis_url,
            "NINESTEP_CLIENT_URL": url,
            "NINESTEP_PROVIDER_URL": town.provider,
            "NINESTEP_RESOURCE_URL": town.resource,
            "NINESTEP_MEITUAN_APPID": app["appid"],
            "NINESTEP_MEITUAN_SECRET": app["secret"],
            "NINESTEP_TRACE_PATIENCE": "3000",
        }
        log = tmp_path_factory.mktemp("client") / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                services.command(services.CLIENT_APP, f"fd://{listening.fileno()}", workers=2),
                env={**clean, **settings, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                # the socket listens already: this request waits in its queue until the workers are there
                assert requests.get(f"{url}/readyz", timeout=30).status_code == 200, log.read_text()
                yield Meituan(url, app, town)
            finally:
                process.terminate()
                process.wait(timeout=20)


@pytest.fixture
def meituan(_meituan: Meituan) -> Meituan:
    """The client, its world as it was at first."""
    _meituan.town.api("POST", "/reset", {"world": _meituan.world})
    return _meituan


@pytest.fixture
def start(page: Page, meituan: Meituan, seen: Seen) -> Any:
    """Open the login page and press «微信登录»; the provider's page is there afterwards."""

    def start(button: str = "mt-login-wechat") -> None:
        page.goto(f"{meituan.url}/login")
        page.get_by_test_id(button).click()

    return start
