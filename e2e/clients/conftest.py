"""A town that answers to the platforms' own names, and programs with SDKs that were led to it by their shell alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from clients import packages
from clients.program import PROGRAMS, Program
from intercepting import Intercepting, intercepting

CALLBACK = "http://127.0.0.1/callback"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The packages come from registries: what needs them does not belong to `make test`."""
    for item in items:
        if {"sdk", "python_program", "node_program"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@dataclass(frozen=True)
class Town:
    """As the root conftest's, as far as these tests need one."""

    intercepting: Intercepting
    http: requests.Session

    @property
    def provider(self) -> str:
        return str(self.intercepting.report["provider_url"])

    @property
    def gateway(self) -> str:
        return str(self.intercepting.report["gateway_url"])

    @property
    def proxy(self) -> str:
        return str(self.intercepting.report["proxy_url"])

    @property
    def state(self) -> str:
        return str(self.intercepting.state)

    def api(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        answer = self.http.request(
            method, f"{self.provider}/_mock/api{path}", json=body, timeout=20, **options
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with (
        intercepting(tmp_path_factory.mktemp("town") / "state", NINESTEP_TRACE_PATIENCE="3000") as town,
        requests.Session() as http,
    ):
        http.trust_env = False
        yield Town(town, http)


@dataclass
class App:
    """One account at a platform, in a world of its own."""

    town: Town
    made: dict[str, Any]
    callback: str = CALLBACK

    @property
    def world(self) -> str:
        return str(self.made["world"])

    def told(self, **more: Any) -> dict[str, Any]:
        """What its back end knows."""
        return {"appid": self.made["appid"], "secret": self.made["secret"], "callback": self.callback, **more}

    def change(self, **fields: Any) -> None:
        self.town.api("PATCH", f"/apps/{self.made['appid']}", fields)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A control call about this app."""
        return self.town.api(method, f"/apps/{self.made['appid']}{path}", body, **options)

    def break_id_token(self, value: str) -> None:
        """The next one is wrong in this (docs/faults.md)."""
        self.ask("POST", "/faults", {"endpoint": "token", "kind": "id_token", "value": value})

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"advance": by})


@pytest.fixture
def new_app(town: Town) -> Callable[..., App]:
    """An app that agrees as 张三 at once."""

    def new_app(**fields: Any) -> App:
        callback = fields.pop("callback", CALLBACK)
        defaults = {"redirect_uris": [callback], "consent": {"mode": "auto", "user": "zhangsan"}}
        return App(town, town.api("POST", "/apps", {**defaults, **fields}), callback)

    return new_app


@pytest.fixture
def app(new_app: Callable[..., App]) -> App:
    """What most of these clients log in with; a module whose client wants another says so itself."""
    return new_app(dialect="standard", kind="web")


@dataclass
class Browser:
    """A person's browser that knows the town's authority: it follows redirects, and reads QR pages."""

    session: requests.Session
    seen: list[str] = field(default_factory=list)

    def visit(self, url: str, until: str = CALLBACK) -> dict[str, str]:
        """Go there and on, to the client's callback; what was said to it in the query."""
        for _ in range(12):
            self.seen.append(url)
            if url.startswith(until):
                return dict(parse_qsl(urlsplit(url).query))
            page = self.session.get(url, allow_redirects=False, timeout=20)
            url = urljoin(url, page.headers["Location"]) if page.is_redirect else self._scanned(url, page)
        raise AssertionError(f"no end: {self.seen}")

    def _scanned(self, url: str, page: requests.Response) -> str:
        """What the script of a QR page does: ask until there is a code, and take it along."""
        found = re.search(r"""/connect/qrcode/([^"'>\s]+)""", page.text)
        assert found, f"{page.status_code} {url}: {page.text[:500]}"
        poll = f"https://lp.open.weixin.qq.com/connect/l/qrconnect?uuid={found[1]}"
        answer = re.search(r"wx_errcode=405;window.wx_code='(\w+)'", self.session.get(poll, timeout=40).text)
        assert answer
        query = dict(parse_qsl(urlsplit(url).query))
        mark = "&" if "?" in query["redirect_uri"] else "?"
        return f"{query['redirect_uri']}{mark}code={answer[1]}&state={query.get('state', '')}"

    def whole(self, url: str) -> Any:
        """To the last page of a website that redirects, and what it shows as JSON."""
        for _ in range(12):
            self.seen.append(url)
            page = self.session.get(url, allow_redirects=False, timeout=20)
            if page.is_redirect:
                url = urljoin(url, page.headers["Location"])
            elif "/connect/qrcode/" in page.text:
                url = self._scanned(url, page)
            else:
                return json.loads(page.content)
        raise AssertionError(f"no end: {self.seen}")


@pytest.fixture
def person(town: Town) -> Iterator[Browser]:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": town.proxy}
        session.verify = f"{town.state}/intercept/bundle.pem"
        yield Browser(session)


@pytest.fixture(scope="session")
def python_program(town: Town) -> Iterator[Callable[[str], Program]]:
    """Start ``programs/with_<name>.py`` once."""
    started: dict[str, Program] = {}

    def program(name: str) -> Program:
        if name not in started:
            command = [packages.python(), str(PROGRAMS / f"with_{name}.py")]
            started[name] = Program(command, town.state)
        return started[name]

    yield program
    for one in started.values():
        one.end()


@pytest.fixture(scope="session")
def node_program(town: Town) -> Iterator[Callable[[str], Program]]:
    """Start ``programs/with_<name>.mjs`` once."""
    started: dict[str, Program] = {}

    def program(name: str) -> Program:
        if name not in started:
            modules = packages.node_modules()
            command = [packages.node(), str(PROGRAMS / "answering.mjs"), str(PROGRAMS / f"with_{name}.mjs")]
            started[name] = Program(command, town.state, "--node", CLIENTS=str(modules))
        return started[name]

    yield program
    for one in started.values():
        one.end()


@pytest.fixture(scope="module")
def sdk(request: pytest.FixtureRequest) -> Program:
    """The program that the module names in ``SDK``: it is written in Python, or for Node."""
    name = request.module.SDK
    language = "python" if (PROGRAMS / f"with_{name}.py").exists() else "node"
    program: Program = request.getfixturevalue(f"{language}_program")(name)
    return program
