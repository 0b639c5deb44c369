"""Who is measured, and how each of them is started and stopped."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import peers
from logins import REDIRECT_URI, Place, Wrong
from ninestep import __version__
from ninestep.launcher import engine
from ninestep.store import Store

HERE = Path(__file__).resolve().parent
START_WITHIN = 30.0
USER = "zhangsan"
PREFIX = "n9"  # of the keys of a town that was not told otherwise


class NotStarted(Exception):
    """A contender that cannot be measured, with the reason."""


@dataclass
class Running:
    """A contender at work. ``servers`` and ``store`` are roots of process trees, by name."""

    places: dict[str, Place]  # by the name of the row in the table
    servers: dict[str, int]
    store: dict[str, int]
    processes: list[subprocess.Popen[Any]]
    folder: Path
    info: dict[str, Any]

    def stop(self) -> None:
        for process in self.processes:  # in this order: what uses a store before the store
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Contender:
    name: str
    version: str
    start: Callable[[], Running]


def all_of(names: list[str], tell: Callable[[str], None]) -> list[Contender]:
    """The contenders of these names, in this order; one that cannot be had is told and left out."""
    found = []
    for name in names:
        try:
            found.append(KNOWN[name]())
        except peers.Missing as why:
            tell(f"{name} is left out: {why}")
    return found


def town() -> Contender:
    return Contender("ninestep", __version__, start_town)


def floor() -> Contender:
    return Contender("floor", f"Authlib {importlib.metadata.version('authlib')}", _start_floor)


def oidc_provider_mock(python: str = sys.executable) -> Contender:
    command, version = peers.oidc_provider_mock(python)

    def start() -> Running:
        port = _free_port()
        place = _place(
            port,
            paths=("/oauth2/authorize", "/oauth2/token", "/userinfo"),
            form=f"sub={USER}",  # its page has nothing but this field
            profile={"sub": USER},
        )
        running = _one_process([str(command), "-p", str(port)], "oidc-provider-mock", place)
        asked = replace(place, scope="openid profile", openid=True)
        running.places["oidc-provider-mock, OpenID Connect"] = asked
        return running

    return Contender("oidc-provider-mock", version, start)


def oauth2_mock_server() -> Contender:
    script, version = peers.oauth2_mock_server()

    def start() -> Running:
        port = _free_port()
        place = _place(port, profile={"sub": "johndoe"})  # the only one it knows
        argv = ["node", str(script), "-a", "127.0.0.1", "-p", str(port)]
        return _one_process(argv, "oauth2-mock-server", place)

    return Contender("oauth2-mock-server", version, start)


def canned() -> Contender:
    def start() -> Running:
        port = _free_port()
        argv = [sys.executable, str(HERE / "canned.py"), str(port)]
        return _one_process(argv, "(generator alone)", _place(port, profile={"sub": "bench"}))

    return Contender("canned", "", start)


KNOWN: dict[str, Callable[[], Contender]] = {
    "ninestep": town,
    "oidc-provider-mock": oidc_provider_mock,
    "oauth2-mock-server": oauth2_mock_server,
    "floor": floor,
    "canned": canned,
}


def start_town() -> Running:
    """``ninestep up`` as a person starts it, on free ports and with a state folder of its own; an app per dialect."""
    folder = Path(tempfile.mkdtemp(prefix="n9-bench-"))
    ports = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")}
    process = subprocess.Popen(
        [sys.executable, "-m", "ninestep.cli", "up", "--json"],
        env={**_environment(), **ports, "NINESTEP_STATE": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    ready = next((json.loads(line) for line in process.stdout if line.startswith(b"{")), None)
    if ready is None:
        process.wait()
        raise NotStarted(f"ninestep up ended; see {folder}/logs")
    pids = dict(ready["pids"])
    store = {"redis": pids.pop("redis")}
    running = Running({}, pids, store, [process], folder, ready)
    wechat = make_app(running, dialect="wechat", kind="official_account")
    running.places["ninestep, wechat"] = wechat_place(running, wechat)
    return running


def add_standard(running: Running) -> None:
    """The second dialect of a town, with opaque tokens and with OpenID Connect and a JWT for an access token, each in a
    world of its own; not part of a cold start."""
    app = make_app(running, dialect="standard", kind="web")
    opaque = Place(
        "bearer",
        _addresses(running),
        app["appid"],
        app["secret"],
        paths=("/oauth/authorize", "/oauth/token", "/userinfo"),
        scope="user_info",
        profile={"id": USER, "name": "张三"},
    )
    signing = make_app(running, dialect="standard", kind="web", access_token_format="jwt")
    running.places["ninestep, standard"] = opaque
    running.places["ninestep, OpenID Connect + JWT"] = replace(
        opaque,
        appid=signing["appid"],
        secret=signing["secret"],
        scope="openid profile",
        openid=True,
        profile={"sub": USER, "name": "张三"},
    )


def make_app(running: Running, **fields: Any) -> dict[str, Any]:
    """An app that approves as 张三 at once, in a new world unless ``world`` is given."""
    body = {"name": "bench", "redirect_uris": [REDIRECT_URI], "consent": {"mode": "auto", "user": USER}}
    made: dict[str, Any] = call(running, "/_mock/api/apps", {**body, **fields})
    return made


def wechat_place(running: Running, app: dict[str, Any]) -> Place:
    return Place("wechat", _addresses(running), app["appid"], app["secret"], profile={"nickname": "张三"})


def call(running: Running, path: str, body: Any = None) -> Any:
    """A call to the provider's control API: a POST where there is a body."""
    return get_json(running.info["provider_url"] + path, body)


def check_trace(running: Running, place: Place) -> None:
    """The newest login of the place is recorded whole: what was measured was measured with the trace on."""
    world = call(running, f"/_mock/api/apps/{quote(place.appid)}")["world"]
    flow = call(running, f"/_mock/api/flows?world={world}&limit=1")[0]["id"]
    names = [exchange["name"] for exchange in call(running, f"/_mock/api/flows/{flow}/exchanges")]
    if len(names) != 3:
        raise Wrong(f"the trace of a login holds {names}")


def records_dropped(running: Running) -> int:
    """How many records the trace gave up, because Redis did not take them in time."""
    store = Store.at(running.info["redis_url"], PREFIX)
    counters = store.redis.hgetall(store.keys.metrics)
    return sum(int(value) for name, value in counters.items() if name.endswith(b"trace_dropped"))


def get_json(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data, headers), timeout=30) as response:
        return json.load(response)


def _start_floor() -> Running:
    folder = Path(tempfile.mkdtemp(prefix="n9-bench-"))
    path, port = folder / "redis.sock", _free_port()
    store = subprocess.Popen(
        engine.command(engine.find_binary(), path, folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "-c", "python:ninestep.gunicorn_conf", "-w", "2"),
            *("-b", f"127.0.0.1:{port}", "floor:app"),
        ],
        env={**_environment(), "FLOOR_REDIS_URL": engine.url(path)},
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    place = _place(port, profile={"sub": USER})
    running = Running(
        {"floor": place}, {"floor": server.pid}, {"redis": store.pid}, [server, store], folder, {}
    )
    _wait_for(running, port)
    return running


def _one_process(argv: list[str], row: str, place: Place) -> Running:
    process = subprocess.Popen(
        argv,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    folder = Path(tempfile.mkdtemp(prefix="n9-bench-"))
    running = Running({row: place}, {row: process.pid}, {}, [process], folder, {})
    _wait_for(running, place.addresses[0][1])
    return running


def _wait_for(running: Running, port: int) -> None:
    """Until somebody listens; what comes too early for its store is for the first login to find out."""
    deadline = time.monotonic() + START_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            ended = [process.args for process in running.processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                running.stop()
                raise NotStarted(f"{ended or port}: {error}") from None
            time.sleep(0.002)


def _place(port: int, **fields: Any) -> Place:
    return Place("bearer", (("127.0.0.1", port),), **fields)


def _addresses(running: Running) -> tuple[tuple[str, int], ...]:
    urls = [urlsplit(running.info[f"{name}_url"]) for name in ("provider", "resource")]
    return tuple((url.hostname or "", url.port or 80) for url in urls)


def _environment() -> dict[str, str]:
    """Ours, without what would change a contender's behaviour."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("NINESTEP_") and name != "REDIS_URL"
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
