"""DNS rebinding, for real: a name that is somebody else's leads to this machine, and a page of it calls the town.

Chromium resolves ``evil.example`` to loopback, as a name server of the attacker's would; the page comes from a server of
the attacker's own, on another port of this machine.
"""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserType, Page

EVIL = "evil.example"
CALL = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options)
    return {status: answer.status, type: answer.type, text: await answer.text()}
  } catch (error) {
    return {error: error.name}
  }
}"""


@pytest.fixture(scope="module")
def attacker() -> Iterator[int]:
    """The port of a server with one empty page."""

    class Page_(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>prize</title>")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page_)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def rebound(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A browser for which the attacker's name is this machine."""
    rule = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
    options = {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], rule]}
    browser = browser_type.launch(**options)
    yield browser
    browser.close()


@pytest.fixture
def victim(rebound: Browser) -> Iterator[Page]:
    page = rebound.new_page()
    yield page
    page.close()


def raw(town: Any, head: str, body: str = "") -> str:
    """What is answered to exactly these bytes."""
    place = urlsplit(town.provider)
    with socket.create_connection((place.hostname, place.port), timeout=10) as line:
        line.sendall((head.replace("\n", "\r\n") + "\r\n\r\n" + body).encode())
        told = b""
        while part := line.recv(65536):
            told += part
    return told.decode()


def worlds(town: Any) -> list[str]:
    return [world["name"] for world in town.api("GET", "/worlds", params={"limit": 1000})]


@pytest.mark.parametrize(
    "host", [EVIL, f"{EVIL}:9000", "open.weixin.qq.com", "127.0.0.1.evil.example", "localhost.evil.example"]
)
@pytest.mark.parametrize(
    "path",
    ["/_mock/api/worlds", "/_mock/api/apps/wx1234567890abcdef", "/_mock/api", "/_mock/api/openapi.json"],
)
def test_a_request_under_a_foreign_name_is_403_and_tells_nothing(town: Any, host: str, path: str) -> None:
    told = raw(town, f"GET {path} HTTP/1.1\nHost: {host}\nConnection: close")

    assert told.startswith("HTTP/1.1 403 ")
    assert "application/problem+json" in told
    assert "appid" not in told
    assert "secret" not in told


def test_a_foreign_name_changes_nothing(town: Any) -> None:
    body = '{"name": "rebound"}'
    head = f"POST /_mock/api/worlds HTTP/1.1\nHost: {EVIL}\nConnection: close\nContent-Type: application/json"

    told = raw(town, f"{head}\nContent-Length: {len(body)}", body)

    assert told.startswith("HTTP/1.1 403 ")
    assert "rebound" not in worlds(town)


@pytest.mark.browser
def test_a_rebound_page_is_of_the_towns_own_origin_for_the_browser_and_of_none_for_the_town(
    town: Any, victim: Page
) -> None:
    """The browser sees one origin, name and port alike, and lets the page read everything: only the name tells.

    The page is the town's own refusal under the attacker's name, which is of his origin as any page of his would be.
    """
    port = urlsplit(town.provider).port
    victim.goto(f"http://{EVIL}:{port}/")

    read = victim.evaluate(CALL, [f"http://{EVIL}:{port}/_mock/api/apps", {}])
    written = victim.evaluate(
        CALL,
        [
            f"http://{EVIL}:{port}/_mock/api/worlds",
            {
                "method": "POST",
                "headers": {"Content-Type": "application/json"},
                "body": '{"name": "rebound"}',
            },
        ],
    )

    assert (read["status"], written["status"]) == (403, 403)
    assert read["type"] == "basic", "the page could read what it was told, and was told nothing"
    assert "wx1234567890abcdef" not in read["text"]
    assert "rebound" not in worlds(town)


@pytest.mark.browser
@pytest.mark.parametrize("options", [{}, {"mode": "no-cors"}, {"credentials": "include"}])
def test_a_page_of_another_origin_reads_no_answer(
    town: Any, victim: Page, attacker: int, options: dict[str, str]
) -> None:
    victim.goto(f"http://{EVIL}:{attacker}/")

    told = victim.evaluate(CALL, [f"{town.provider}/_mock/api/worlds", options])

    assert told.get("error") == "TypeError" or told["text"] == ""


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_page_of_another_origin_changes_nothing(town: Any, victim: Page, attacker: int, kind: str) -> None:
    """JSON needs a preflight, which nobody grants; what needs none is refused for its Origin."""
    victim.goto(f"http://{EVIL}:{attacker}/")
    options = {"method": "POST", "headers": {"Content-Type": kind}, "body": '{"name": "crossed"}'}
    if kind != "application/json":
        options["mode"] = "no-cors"

    statuses: list[int] = []
    victim.on(
        "response", lambda answer: statuses.append(answer.status) if "/_mock/api" in answer.url else None
    )
    told = victim.evaluate(CALL, [f"{town.provider}/_mock/api/worlds", options])

    assert told.get("error") == "TypeError" or told["text"] == ""
    assert all(status == 403 for status in statuses if status not in (200, 204)), statuses
    assert "crossed" not in worlds(town)


@pytest.mark.browser
def test_a_form_of_another_origin_changes_nothing(town: Any, victim: Page, attacker: int) -> None:
    victim.goto(f"http://{EVIL}:{attacker}/")

    with victim.expect_navigation():
        victim.evaluate(
            """url => {
              const form = Object.assign(document.createElement("form"), {method: "post", action: url, enctype: "text/plain"})
              form.append(Object.assign(document.createElement("input"), {name: '{"name": "formed", "x": "', value: '"}'}))
              document.body.append(form)
              form.submit()
            }""",
            f"{town.provider}/_mock/api/worlds",
        )

    assert "403" in victim.content()
    assert "formed" not in worlds(town)
