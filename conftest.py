"""Fixtures of every test folder: a Redis, a running town, and a world per test.

The town is started once per run, by the same command that a person types; a test makes its own world in it and is
alone there. Nothing sleeps: time is moved by the clock, and waiting is a long poll.
"""

from __future__ import annotations

import gc
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from ninestep.launcher import engine
from ninestep.store import Store

CRASH = re.compile(r"was sent SIG(SEGV|ABRT|BUS|ILL|FPE)")
PATIENCE_OF_TESTS = "3000"  # milliseconds: a busy test machine may not drop records


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The bundled engine (or whatever ``NINESTEP_TEST_REDIS_URL`` names), for tests below HTTP."""
    if named := os.environ.get("NINESTEP_TEST_REDIS_URL"):
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="n9-") as folder:
        path = Path(folder) / "redis.sock"
        process = subprocess.Popen(
            engine.command(engine.find_binary(), path, Path(folder)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        while not engine.answers(path):
            assert process.poll() is None, "the bundled engine did not start"
        yield engine.url(path)
        process.terminate()
        process.wait(timeout=10)


def pytest_collection_finish() -> None:
    """The thousands of collected tests stay to the end: no collector needs to look at them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    """A store whose keys no other test sees."""
    with closing(Store.at(redis_url, f"t{secrets.token_hex(4)}")) as store:
        yield store


@pytest.fixture
def hanging_up() -> Iterator[Callable[[Flask], Flask]]:
    """``hanging_up(app)``: the app, whose lines to Redis end with the test.

    The garbage collector would end them in any order, and complain.
    """
    with ExitStack() as stack:

        def hanging_up(app: Flask) -> Flask:
            parts = app.extensions["ninestep"]
            stack.callback(parts.store.close)
            stack.callback(parts.recorder.close)
            return app

        yield hanging_up


@dataclass(frozen=True)
class Town:
    """A running town, spoken to over HTTP alone."""

    provider: str
    resource: str
    client: str
    gateway: str
    redis_url: str
    state: str
    pids: dict[str, int]
    http: requests.Session

    def api(self, method: str, path: str, body: Any = None, *, status: int = 0, **options: Any) -> Any:
        """A control call; its JSON, or None for 204. ``status`` is what it has to answer (2xx when left out)."""
        response = self.http.request(method, f"{self.provider}/_mock/api{path}", json=body, **options)
        expected = (status,) if status else (200, 201, 202, 204)
        assert response.status_code in expected, (
            f"{method} {path}: {response.status_code} {response.text[:500]}"
        )
        return response.json() if response.content else None


@dataclass
class World:
    """A world of one test, with an app to start from."""

    town: Town
    app: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.app["world"])

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    @property
    def secret(self) -> str:
        return str(self.app["secret"])

    def new_app(self, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.town.api("POST", "/apps", {"world": self.name, **fields})
        return made

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.name}/clock", {"advance": by})

    def freeze(self) -> None:
        """For tests of a second that counts: the machine's own pace then moves nothing."""
        self.town.api("POST", f"/worlds/{self.name}/clock", {"freeze": True})

    def flow(self, **query: Any) -> dict[str, Any]:
        """The newest flow of the world."""
        found: list[dict[str, Any]] = self.town.api("GET", "/flows", params={"world": self.name, **query})
        return found[0]

    def log_in(self, state: str = "9f2c" * 8, *, redeem: int = 1) -> str:
        """A silent login of a foreign client; its flow. A code that is redeemed twice is refused."""
        app = {"appid": self.appid, "secret": self.secret}
        query = {"appid": self.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
        query |= {"scope": "snsapi_userinfo", "state": state}
        url = f"{self.town.provider}/connect/oauth2/authorize"
        answer = self.town.http.get(url, params=query, allow_redirects=False)
        code = answer.headers["Location"].split("code=")[1].split("&")[0]
        query = {**app, "code": code, "grant_type": "authorization_code"}
        for _ in range(redeem):
            url = f"{self.town.provider}/sns/oauth2/access_token"
            self.town.http.get(url, params=query).raise_for_status()
        return str(answer.headers["X-Ninestep-Flow"])


def start_town(state: Path, **environment: str) -> tuple[Town, subprocess.Popen[str]]:
    """``ninestep up --json`` on free ports; returns the town and the launcher's process."""
    ports = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")}
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_") and k != "REDIS_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ninestep.cli", "up", "--json"],
        env={
            **clean,
            **ports,
            "NINESTEP_STATE": str(state),
            "NINESTEP_TRACE_PATIENCE": PATIENCE_OF_TESTS,
            **environment,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            ready = json.loads(line)
            break
    else:
        raise RuntimeError(f"the town did not start; see {state}")
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # one test's choices are no other's
    session.trust_env = False
    urls = (ready["provider_url"], ready["resource_url"], ready["client_url"], ready["gateway_url"])
    return Town(*urls, ready["redis_url"], str(state), ready["pids"], session), process


def stop_town(town: Town, process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()
    town.http.close()
    for log in Path(town.state, "logs").glob("*.log"):  # gunicorn hires another: nobody would notice
        assert not CRASH.search(log.read_text()), log.read_text()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town, process = start_town(tmp_path_factory.mktemp("town"))
    yield town
    stop_town(town, process)


@pytest.fixture
def world(town: Town) -> World:
    """A fresh world with an official account under ``platform`` that approves as 张三 at once."""
    app = town.api(
        "POST",
        "/apps",
        {
            "name": "测试应用",
            "dialect": "wechat",
            "kind": "official_account",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "open_platform": "test",
            "consent": {"mode": "auto", "user": "zhangsan"},
        },
    )
    return World(town, app)


@pytest.fixture(scope="session", name="start_town")
def _start_town() -> Any:
    """``start_town`` for tests that need a town of their own: they stop it with ``stop_town``."""
    return start_town


@pytest.fixture(scope="session", name="stop_town")
def _stop_town() -> Any:
    return stop_town
