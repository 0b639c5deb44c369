"""The 测试号 (seed S4), from its login to a link that works: the owner at a desk, the others on their phones."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from camera import read
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def people(town: Any) -> Iterator[Callable[[str], str]]:
    """Makes people who follow nobody, of this test alone; they leave the town afterwards."""
    made: list[str] = []

    def person(nickname: str) -> str:
        made.append(f"desk-{len(made)}-{town.pids['launcher']}")
        town.api("POST", "/users", {"uid": made[-1], "nickname": nickname, "follows": False})
        return made[-1]

    yield person
    for uid in made:
        town.api("DELETE", f"/users/{uid}")


@pytest.fixture
def callback() -> Iterator[str]:
    """The developer's own site: it says that it was reached."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_from_the_login_to_a_link_that_works(
    town: Any, page: Page, browser: Browser, people: Callable[[str], str], callback: str, seen: Any
) -> None:
    owner, friend = people("站长"), people("朋友")
    page.goto(f"{town.provider}/debug/cgi-bin/sandbox?t=sandbox/login")
    page.get_by_test_id(f"sb-persona-{owner}").click()
    appid, secret = (page.get_by_test_id(name).inner_text() for name in ("sb-appid", "sb-appsecret"))
    assert re.fullmatch(r"wx[0-9a-f]{16}", appid)
    assert re.fullmatch(r"[0-9a-f]{32}", secret)

    # 修改: an address is refused with a hint, the bare domain is taken
    page.get_by_test_id("sb-callback-domain").fill(f"http://{callback}/callback")
    page.get_by_test_id("sb-callback-save").click()
    expect(page.get_by_test_id("sb-callback-error")).to_be_visible()
    page.get_by_test_id("sb-callback-domain").fill(callback)
    page.get_by_test_id("sb-callback-save").click()
    expect(page.get_by_test_id("sb-saved")).to_contain_text(callback)

    # the link, opened in WeChat on the friend's phone, who does not follow yet
    page.get_by_test_id("sb-redirect-uri").fill(f"http://{callback}/callback")
    page.get_by_test_id("sb-state").fill("desk")
    page.get_by_test_id("sb-build").click()
    phone = browser.new_context(viewport={"width": 390, "height": 780}, locale="zh-CN")
    hand = phone.new_page()
    hand.goto(page.get_by_test_id("sb-link-authorize").inner_text())
    hand.get_by_test_id(f"wx-persona-{friend}").click()
    expect(hand.get_by_test_id("wx-error")).to_contain_text("10006")

    # the QR code on the desk's screen, scanned
    hand.goto(read(page.get_by_test_id("sb-follow-qr")))
    hand.get_by_test_id(f"sb-persona-{friend}").click()
    expect(hand.get_by_test_id("sb-followed")).to_be_visible()
    page.reload()
    expect(page.locator(f'[data-testid="sb-follower-row"][data-uid="{friend}"]')).to_contain_text("朋友")

    # the link once more, and the other two by hand
    hand.goto(page.get_by_test_id("sb-link-authorize").inner_text())
    hand.get_by_test_id("wx-approve").click()
    hand.wait_for_url(f"http://{callback}/callback?*")
    arrived = parse_qs(urlsplit(hand.url).query)
    assert arrived["state"] == ["desk"]
    link = page.get_by_test_id("sb-link-token").inner_text().replace("CODE", arrived["code"][0])
    tokens = json.loads(town.http.get(link).content)
    link = page.get_by_test_id("sb-link-userinfo").inner_text()
    link = link.replace("ACCESS_TOKEN", tokens["access_token"]).replace("OPENID", tokens["openid"])
    assert json.loads(town.http.get(link).content)["nickname"] == "朋友"
    phone.close()
