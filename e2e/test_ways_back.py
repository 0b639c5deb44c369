"""Answers that do not go back by a plain redirect to a site, in a real browser: posted ones, and those of native apps."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
SCHEME = "com.example.app:/cb"


class Listening:
    """An app that waits at a loopback address for what the browser brings: (method, answer)."""

    def __init__(self, host: str) -> None:
        told: Queue[tuple[str, dict[str, str]]] = Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.take(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self.take(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def take(self, text: str) -> None:
                if urlsplit(self.path).path == "/cb":
                    told.put((self.command, dict(parse_qsl(text))))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>back</title>")

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        self.told = told
        self.server = Server((host, 0), Handler)
        place = f"[{host}]" if ":" in host else host
        self.address = f"http://{place}:{self.server.server_port}/cb"
        self.registered = f"http://{place}/cb"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listening(request: pytest.FixtureRequest) -> Iterator[Listening]:
    try:
        there = Listening(getattr(request, "param", "127.0.0.1"))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    yield there
    there.close()


def new_app(town: Any, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = town.api("POST", "/apps", {"dialect": "standard", "name": "回家", **fields})
    return made


def address(town: Any, app: dict[str, Any], uri: str, **asked: str) -> str:
    query = {"client_id": app["appid"], "redirect_uri": uri, "response_type": "code", "state": "s", **asked}
    return f"{town.provider}/oauth/authorize?{urlencode(query)}"


def agree(page: Page) -> None:
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()


def test_an_answer_posts_itself(page: Page, town: Any, listening: Listening) -> None:
    app = new_app(town, redirect_uris=[listening.address])
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address(town, app, listening.address, response_mode="form_post"))

    agree(page)

    expect(page).to_have_title("back")
    method, answer = listening.told.get(timeout=10)
    assert (method, set(answer)) == ("POST", {"code", "state", "iss"})
    assert [error for error in errors if "favicon" not in error] == []


def test_without_scripts_a_button_posts_it(browser: Browser, town: Any, listening: Listening) -> None:
    consent = {"mode": "auto", "user": "lisi"}
    app = new_app(town, redirect_uris=[listening.address], consent=consent)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(town, app, listening.address, response_mode="form_post"))

    page.get_by_test_id("wx-form-post-send").click()

    expect(page).to_have_title("back")
    assert listening.told.get(timeout=10)[1]["state"] == "s"
    context.close()


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"], indirect=True)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_a_native_app_gets_its_answer_at_the_port_that_it_has(
    page: Page, town: Any, listening: Listening, mode: str
) -> None:
    app = new_app(town, kind="native", redirect_uris=[listening.registered])
    page.goto(address(town, app, listening.address, response_mode=mode, **PKCE))

    agree(page)

    expect(page).to_have_title("back")
    method, answer = listening.told.get(timeout=10)
    assert (method, "code" in answer) == ("GET" if mode == "query" else "POST", True)


def test_an_apps_own_scheme_is_left_to_the_system(page: Page, town: Any) -> None:
    app = new_app(town, kind="native", redirect_uris=[SCHEME])
    blocked: list[str] = []
    page.on(
        "console", lambda message: blocked.append(message.text) if "Security Policy" in message.text else None
    )
    page.goto(address(town, app, SCHEME, **PKCE))
    page.get_by_test_id("wx-persona-zhangsan").click()
    expect(page.get_by_test_id("wx-consent-domain")).to_have_text("com.example.app:")

    with page.expect_response("**/oauth/consent?*") as answered:
        page.get_by_test_id("wx-approve").click()

    assert answered.value.status == 303
    assert answered.value.headers["location"].startswith(SCHEME + "?code=")
    page.reload()
    assert blocked == []
