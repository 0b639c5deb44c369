"""A Redis that is away or hangs, met at every address of provider and resource API: 503, soon, and never anything else.

In this process, so that each address that there is can be asked; e2e/test_bad_days.py asks a running town. Patience is
not measured but counted: each try waits half a second at most, and three of them stay within the two that an answer
may take (design.md §2).
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from ninestep.launcher import engine
from ninestep.settings import ProviderSettings, ResourceSettings
from ninestep.store import Store
from ninestep.store.connection import TRIES, connect
from ninestep_provider.app import create_app as create_provider
from ninestep_resource_api.app import create_app as create_resource_api

pytestmark = pytest.mark.launcher

BASE = "http://127.0.0.1:9000"
HASTE = 0.001  # seconds that a try waits here; what takes half a second in a town

QUERY = {  # enough of everything that an endpoint looks further than its own parameters
    **dict.fromkeys(("appid", "client_id"), "wx1234567890abcdef"),
    **dict.fromkeys(("secret", "client_secret", "code", "rid", "uuid", "openid", "state"), "x"),
    **dict.fromkeys(("access_token", "refresh_token", "token"), "x" * 40),
    "redirect_uri": "http://127.0.0.1/callback",
    "response_type": "code",
    "scope": "snsapi_userinfo",
    "grant_type": "authorization_code",
}
PROOF = {"Authorization": "Basic " + base64.b64encode(b"wx1234567890abcdef:x").decode()}


class Hung:
    """A Redis that takes every connection and answers nothing; it counts them."""

    def __init__(self, path: Path) -> None:
        self.tries = 0
        self.url = engine.url(path)
        self._held: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            self._held.append(line)
            match line.recv(3):
                case b"SYN":
                    line.sendall(b"ACK")
                case b"END":
                    break
                case _:
                    self.tries += 1

    def say(self, word: bytes) -> None:
        """Wait until everything that came before was counted."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._listener.getsockname())
            line.sendall(word)
            if word == b"SYN":
                assert line.recv(3) == b"ACK"

    def close(self) -> None:
        self.say(b"END")
        self._thread.join()
        for each in (*self._held, self._listener):
            each.close()


class Away:
    """A provider and a resource API whose Redis is ``hung`` or ``gone``."""

    def __init__(self, folder: Path, how: str) -> None:
        self.hung = Hung(folder / "a.sock") if how == "hung" else None
        url = self.hung.url if self.hung else engine.url(folder / "nobody.sock")
        told = engine.url(folder / "trace.sock")  # the trace's own line, whose patience is another
        store = Store(connect(url, read_timeout=HASTE), "t")
        provider = ProviderSettings(redis_url=told, seed_key="k", provider_url=BASE)
        self.provider = create_provider(provider, store=store)
        self.resource_api = create_resource_api(
            ResourceSettings(redis_url=told, resource_url=BASE), store=store
        )

    def tries(self) -> int:
        """How often Redis was tried since this was last asked."""
        if self.hung is None:
            return 0
        self.hung.say(b"SYN")
        seen, self.hung.tries = self.hung.tries, 0
        return seen


@pytest.fixture(scope="module", params=["gone", "hung"])
def away(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # the pauses between tries are a few milliseconds, and nobody's matter
        patch.setattr("redis.retry.sleep", lambda seconds: None)
        patch.setattr("ninestep.store.lines.PAUSE", 0)
        made = Away(tmp_path_factory.mktemp("away"), request.param)
        yield made
        for app in (made.provider, made.resource_api):
            app.extensions["ninestep"].recorder.close()
            app.extensions["ninestep"].store.close()
        if made.hung:
            made.hung.close()


def addresses(app: Flask) -> list[tuple[str, str]]:
    """(method, path) of everything that is served, the static files apart."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[2] == "static" or rule.rule == "/healthz":
            continue
        values: dict[str, Any] = dict.fromkeys(rule.arguments, "dG93bi96aGFuZ3Nhbg.0")  # also town/zhangsan
        values |= {name: 132 for name, kind in rule._converters.items() if hasattr(kind, "num_convert")}
        built = rule.build(values, append_unknown=False)
        assert built is not None
        found += [(method, built[1]) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return found


def ask(app: Flask, method: str, path: str, *, cookie: bool, accept: str = "text/html") -> Any:
    client = app.test_client()
    if cookie:
        client.set_cookie("wx_session", "known", domain="127.0.0.1")
    options: dict[str, Any] = {"method": method, "base_url": BASE, "headers": {"Accept": accept, **PROOF}}
    if path.startswith("/_mock/api"):
        options["json"] = {} if method in ("POST", "PUT", "PATCH") else None
    elif method == "GET":
        options["query_string"] = QUERY
        del options["headers"]["Authorization"]
    else:
        options["data"] = {key: value for key, value in QUERY.items() if key != "client_secret"}
    with client.open(path, **options) as answer:
        answer.get_data()
        return answer


def problem_with(away: Away, answer: Any) -> str:
    """What is wrong with an answer that came while Redis was away; "" for nothing."""
    tries = away.tries()
    if "Traceback" in answer.text or answer.status_code == 500:
        return "a failure of ours"
    if tries > TRIES:
        return f"{tries} tries, and half a second for each"
    if tries and answer.status_code != 503:
        return f"{answer.status_code} though Redis was asked and did not answer"
    if answer.status_code == 503 and answer.headers.get("Retry-After") != "1":
        return "503 without Retry-After"
    return ""


@pytest.mark.parametrize("cookie", [False, True])
@pytest.mark.parametrize("service", ["provider", "resource_api"])
def test_every_address_says_503_and_soon(away: Away, service: str, cookie: bool) -> None:
    app = getattr(away, service)
    away.tries()
    wrong, told = {}, 0

    for method, path in addresses(app):
        answer = ask(app, method, path, cookie=cookie)
        told += answer.status_code == 503
        if problem := problem_with(away, answer):
            wrong[f"{method} {path}"] = problem

    assert wrong == {}
    assert told >= {"provider": 50, "resource_api": 4}[service]


THE_LEAST = [
    *[("POST", path) for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke")],
    *[("GET", path) for path in ("/oauth/authorize", "/connect/oauth2/authorize", "/metrics", "/readyz")],
    *[("GET", f"/sns/oauth2/{call}") for call in ("access_token", "refresh_token")],
    *[
        ("GET", f"/_mock/{page}")
        for page in ("theatre", "theatre/x", "api/worlds", "api/state", "api/apps/x")
    ],
    *[("GET", f"/_mock/api/{list_}") for list_ in ("users", "grants?user=x", "flows", "clock")],
    *[("POST", f"/_mock/api/{made}") for made in ("worlds", "apps", "clock", "reset")],
    *[("GET", f"/_mock/api/apps/x/{part}") for part in ("tokens", "next", "faults")],
    *[
        ("GET", path)
        for path in ("/settings/authorizations", "/connect/login?rid=x", "/connect/consent?rid=x")
    ],
]


def body_for(path: str) -> Any:
    return {"/_mock/api/clock": {"advance": "1s"}, "/_mock/api/reset": {"world": "town"}}.get(path, {})


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_what_needs_redis_does_not_pretend_to_work_without(away: Away, accept: str) -> None:
    wrong = {}
    for method, path in THE_LEAST:
        name, _, query = path.partition("?")
        sent: dict[str, Any] = {"query_string": query or (urlencode(QUERY) if method == "GET" else "")}
        if path.startswith("/_mock/api"):
            sent = {"query_string": query} | ({"json": body_for(path)} if method == "POST" else {})
        elif method == "POST":
            sent["data"] = {"token": "x", "code": "x", "grant_type": "authorization_code"}
        headers = {"Accept": accept} | (PROOF if method == "POST" else {})
        client = away.provider.test_client()
        if path == "/settings/authorizations":
            client.set_cookie("wx_session", "known", domain="127.0.0.1")
        answer = client.open(name, method=method, base_url=BASE, headers=headers, **sent)
        if (answer.status_code, answer.headers.get("Retry-After")) != (503, "1"):
            wrong[f"{method} {path}"] = answer.status_code
        if accept == "application/json" and "json" not in answer.content_type:
            wrong[f"{method} {path} as JSON"] = answer.content_type
    assert wrong == {}


def test_a_health_check_is_answered_though_who_asks_has_a_session(away: Away) -> None:
    for app, role in ((away.provider, "authorization server"), (away.resource_api, "resource server")):
        away.tries()
        answer = ask(app, "GET", "/healthz", cookie=True)
        assert (answer.status_code, json.loads(answer.data)["role"]) == (200, role)
        assert away.tries() == 0, "it asks nobody"
        waiting = ask(app, "GET", "/readyz", cookie=True)
        assert (waiting.status_code, waiting.headers["Retry-After"]) == (503, "1")
        assert json.loads(waiting.data)["reason"]
        assert away.tries() <= TRIES


@pytest.mark.parametrize("file", ["/assets/ninestep/base.css", "/assets/ninestep/icon.svg"])
def test_the_page_that_says_so_has_its_style(away: Away, file: str) -> None:
    """A browser that was here before sends its session with each of the page's files."""
    assert ask(away.provider, "GET", file, cookie=False).status_code == 200
    away.tries()

    assert ask(away.provider, "GET", file, cookie=True).status_code == 200
    assert away.tries() == 0


def test_a_session_that_could_not_be_read_is_not_a_second_failure(
    away: Away, caplog: pytest.LogCaptureFixture
) -> None:
    ask(away.provider, "GET", "/settings/authorizations", cookie=True)

    assert "NoneType" not in caplog.text
