"""Login on a website by QR code, with the phone in a second context: whole, in a frame, and without scripts."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

FRAMED = """<!doctype html><html lang="zh"><head><title>站点</title><link rel="icon" href="data:,"></head><body>
<div id="login"></div><p id="ready"></p><p id="qrcode"></p>
<script src="{script}"></script>
<script>
var options = {options}
options.onReady = function (ready) {{ document.getElementById("ready").textContent = String(ready) }}
options.onQRcodeReady = function () {{ document.getElementById("qrcode").textContent = "shown" }}
new WxLogin(options)
</script></body></html>"""


@dataclass
class Site:
    """A website of this test alone, with a callback that shows what it was sent."""

    town: Any
    url: str
    app: dict[str, Any]
    pages: dict[str, str]
    open: threading.Event  # while it is not set, the callback keeps its visitor waiting

    @property
    def callback(self) -> str:
        return self.url + "/callback"

    def link(self, **changes: str) -> str:
        query = {"appid": self.app["appid"], "redirect_uri": self.callback, "response_type": "code"}
        query |= {"scope": "snsapi_login", "state": "xyz", **changes}
        return f"{self.town.provider}/connect/qrconnect?{urlencode(query)}#wechat_redirect"

    def frame(self, **options: Any) -> str:
        """A page of the site that shows the QR code by wxLogin.js."""
        given = {"id": "login", "appid": self.app["appid"], "scope": "snsapi_login", "state": "xyz"}
        given |= {"redirect_uri": self.callback.replace(":", "%3A").replace("/", "%2F"), **options}
        script = f"{self.town.provider}/connect/zh_CN/htmledition/js/wxLogin.js"
        self.pages["/"] = FRAMED.format(script=script, options=json.dumps(given))
        return self.url + "/"

    def act(self, uuid: str, action: str, user: str = "zhangsan") -> Any:
        return self.town.api("POST", "/scan", {"uuid": uuid, "user": user, "action": action})

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.app['world']}/clock", {"advance": by})

    def nickname(self, code: str) -> str:
        query = {"appid": self.app["appid"], "secret": self.app["secret"], "code": code}
        query |= {"grant_type": "authorization_code"}
        get, town = self.town.http.get, self.town
        tokens = json.loads(get(f"{town.provider}/sns/oauth2/access_token", params=query).content)
        query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        return str(json.loads(get(f"{town.resource}/sns/userinfo", params=query).content)["nickname"])


@pytest.fixture
def site(town: Any) -> Iterator[Site]:
    pages: dict[str, str] = {}
    opened = threading.Event()
    opened.set()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/callback"):
                opened.wait(60)
            found = pages.get(urlsplit(self.path).path, "<!doctype html><title>回来了</title><h1>回来了</h1>")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(found.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    fields = {"name": "美团 PC", "dialect": "wechat", "kind": "website", "redirect_uris": [url + "/callback"]}
    try:
        yield Site(town, url, town.api("POST", "/apps", fields), pages, opened)
    finally:
        opened.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Another device: no cookie in common with the computer."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 780}, is_mobile=True)
    yield context.new_page()
    context.close()


def address_in(page: Any) -> str:
    """Where the code of the page leads a phone."""
    return re.sub(
        r"qrcode/(\w+)$", r"confirm?uuid=\1", str(page.get_by_test_id("wx-qr-img").evaluate("i => i.src"))
    )


def uuid_in(page: Any) -> str:
    return address_in(page).rpartition("=")[2]


def expect_state(page: Any, state: str) -> None:
    expect(page.get_by_test_id("wx-qr-status")).to_have_attribute("data-state", state)


def sent(page: Page) -> dict[str, list[str]]:
    page.wait_for_url("**/callback?*")
    return parse_qs(urlsplit(page.url).query)


def scan(phone: Page, page: Any, persona: str = "zhangsan") -> None:
    phone.goto(address_in(page))
    phone.get_by_test_id(f"wx-persona-{persona}").click()


def test_a_phone_scans_and_confirms_and_the_computer_is_logged_in(
    page: Page, phone: Page, site: Site, seen: Any
) -> None:
    page.goto(site.link())
    expect_state(page, "waiting")
    assert page.get_by_test_id("wx-qr-img").evaluate(
        "i => i.complete && i.naturalWidth % 8 === 0 && i.naturalWidth > 200"
    )

    scan(phone, page, "lisi")
    expect(phone.get_by_test_id("wx-confirm-app")).to_have_text("美团 PC")
    expect(phone.get_by_test_id("wx-confirm-domain")).to_have_text(site.url)
    expect(phone.get_by_test_id("wx-confirm-place")).to_contain_text("127.0.0.1 · Chrome")
    expect_state(page, "scanned")
    phone.get_by_test_id("ph-confirm").click()

    expect(phone.get_by_test_id("wx-answered")).to_have_attribute("data-state", "confirmed")
    answer = sent(page)
    assert answer["state"] == ["xyz"]
    assert site.nickname(answer["code"][0]) == "李四🌸"
    assert seen.errors == []


def test_the_flow_shows_the_numbered_steps(page: Page, phone: Page, site: Site) -> None:
    page.goto(site.link())
    scan(phone, page)
    phone.get_by_test_id("ph-confirm").click()
    site.nickname(sent(page)["code"][0])

    [flow] = site.town.api("GET", "/flows", params={"world": site.app["world"]})
    messages = site.town.api("GET", f"/flows/{flow['id']}/messages", params={"wait": 10, "until": "step=8"})
    assert [message["step"] for message in messages] == [2, 3, 4, 5, 6, 7, 8]
    assert [(message["from"], message["to"]) for message in messages][1:3] == [
        ("browser", "provider"),
        ("provider", "browser"),
    ]


def test_a_refusal_is_told_and_the_code_can_be_scanned_again(page: Page, phone: Page, site: Site) -> None:
    page.goto(site.link())
    scan(phone, page)
    phone.get_by_test_id("ph-cancel").click()

    expect(phone.get_by_test_id("wx-answered")).to_have_attribute("data-state", "denied")
    expect_state(page, "denied")
    expect(page.get_by_test_id("wx-qr-status")).to_contain_text("你已取消此次登录")

    phone.goto(address_in(page))
    expect_state(page, "scanned")
    phone.get_by_test_id("ph-confirm").click()
    assert sent(page)["code"]


def test_under_the_tutorial_a_refusal_leads_back_to_the_site(page: Page, site: Site) -> None:
    site.town.api("PATCH", f"/apps/{site.app['appid']}", {"fidelity": "tutorial"})
    page.goto(site.link())
    site.open.clear()  # the page leaves after two seconds: it stays until it was seen
    site.act(uuid_in(page), "deny")

    expect_state(page, "denied")
    site.open.set()
    assert sent(page) == {"error": ["access_denied"], "state": ["xyz"]}


def test_a_code_that_expired_is_refreshed(page: Page, site: Site) -> None:
    page.goto(site.link())
    old = uuid_in(page)
    expect(page.get_by_test_id("wx-qr-refresh")).to_be_hidden()
    site.advance("301s")

    expect_state(page, "expired")
    expect(page.get_by_test_id("wx-qr-status")).to_contain_text("二维码已失效")
    page.get_by_test_id("wx-qr-refresh").click()

    expect_state(page, "waiting")
    assert uuid_in(page) != old
    site.act(uuid_in(page), "confirm")
    assert sent(page)["code"]


def test_a_page_that_is_born_confirmed_goes_on_by_itself(page: Page, site: Site) -> None:
    site.town.api("POST", f"/apps/{site.app['appid']}/next", {"user": "wangwu"})
    page.goto(site.link())

    assert site.nickname(sent(page)["code"][0]) == "王五"


def test_behind_a_route_in_the_fragment_the_code_stands_in_the_fragment(page: Page, site: Site) -> None:
    page.goto(site.link(redirect_uri=site.callback + "#/home"))
    site.act(uuid_in(page), "confirm")

    page.wait_for_url(re.compile(r"/callback#/home\?code=0\d\d\w{29}&state=xyz$"))


def test_the_link_is_another_way_to_the_phones_page(page: Page, site: Site) -> None:
    page.goto(site.link())
    with page.expect_popup() as opened:
        page.get_by_test_id("wx-qr-link").click()
    opened.value.get_by_test_id("wx-persona-zhangsan").click()
    opened.value.get_by_test_id("ph-confirm").click()

    assert sent(page)["code"]


def test_without_scripts_a_button_leads_on(browser: Browser, phone: Page, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(site.link())
    page.get_by_test_id("wx-qr-continue").click()
    expect_state(page, "waiting")
    site.act(page.get_by_test_id("wx-qr-img").get_attribute("src").rpartition("/")[2], "confirm")  # type: ignore[union-attr]

    page.get_by_test_id("wx-qr-continue").click()

    assert sent(page)["code"]
    context.close()


@pytest.mark.parametrize("self_redirect", [True, False, None])
def test_wxlogin_shows_the_code_in_a_frame_and_the_right_window_goes_on(
    page: Page, site: Site, seen: Any, self_redirect: bool | None
) -> None:
    options = {} if self_redirect is None else {"self_redirect": self_redirect}
    page.goto(site.frame(**options))
    frame = page.frame_locator("#login iframe")
    expect_state(frame, "waiting")
    expect(page.locator("#ready")).to_have_text("true")
    expect(page.locator("#qrcode")).to_have_text("shown")
    assert page.locator("#login iframe").evaluate("f => [f.clientWidth, f.clientHeight]") == [300, 400]

    site.act(uuid_in(frame), "confirm")

    if self_redirect:
        expect(frame.locator("h1")).to_have_text("回来了")
        assert page.url == site.url + "/"
    else:
        assert sent(page)["state"] == ["xyz"]


def test_wxlogin_passes_the_looks_on(page: Page, site: Site) -> None:
    style = "data:text/css;base64,LmltcG93ZXJCb3ggLnRpdGxlIHtkaXNwbGF5OiBub25lfQ=="  # .impowerBox .title {display: none}
    page.goto(site.frame(href=style, style="white", lang="en"))
    frame = page.frame_locator("#login iframe")

    expect(frame.get_by_test_id("wx-qr-status")).to_contain_text("Scan with WeChat")
    expect(frame.locator(".title")).to_be_hidden()
    expect(frame.locator("body")).to_have_class(re.compile("qr-page--white"))


# -- the whole journey of this town's own website: 美团 PC ------------------------------------------------------------


@pytest.fixture
def pc(page: Page, town: Any, seen: Any) -> Page:
    """The computer, with the QR code of 微信扫码登录 on it."""
    page.goto(f"{town.client}/login")
    page.get_by_test_id("mt-login-wechat-qr").click()
    expect_state(page, "waiting")
    return page


def test_scanned_and_confirmed_the_person_is_logged_in_at_the_website(
    pc: Page, phone: Page, seen: Any
) -> None:
    scan(phone, pc, "lisi")
    expect(phone.get_by_test_id("wx-confirm-app")).to_have_text("美团 PC")
    expect_state(pc, "scanned")
    phone.get_by_test_id("ph-confirm").click()

    expect(pc.get_by_test_id("mt-logged-in")).to_be_visible()
    expect(pc.get_by_test_id("mt-nickname")).to_have_text("李四🌸")
    expect(pc.get_by_test_id("mt-way-wechat")).to_have_count(1)
    assert seen.errors == []


def test_the_websites_login_has_the_nine_steps_and_one_flow(pc: Page, phone: Page, town: Any) -> None:
    scan(phone, pc)
    phone.get_by_test_id("ph-confirm").click()
    expect(pc.get_by_test_id("mt-logged-in")).to_be_visible()

    query = {"world": "town", "app": "wxfedcba0987654321"}
    flow = town.api("GET", "/flows", params=query)[0]
    messages = town.api("GET", f"/flows/{flow['id']}/messages", params={"wait": 10, "until": "ended"})
    assert [message["step"] for message in messages if message["step"]] == list(range(1, 10))


def test_refused_on_the_phone_the_website_says_so_and_offers_the_code_again(pc: Page, phone: Page) -> None:
    scan(phone, pc)
    phone.get_by_test_id("ph-cancel").click()

    expect(pc.get_by_test_id("mt-notice-message")).to_have_text(
        "您取消了授权，如需使用请重新登录", timeout=15_000
    )
    pc.get_by_test_id("mt-notice-action").click()
    expect_state(pc, "waiting")


def test_expired_and_refreshed_it_logs_in_all_the_same(pc: Page, town: Any) -> None:
    old = uuid_in(pc)
    town.api("POST", "/scan", {"uuid": old, "user": "zhangsan", "action": "expire"})
    expect_state(pc, "expired")
    pc.get_by_test_id("wx-qr-refresh").click()
    expect_state(pc, "waiting")
    assert uuid_in(pc) != old
    town.api("POST", "/scan", {"uuid": uuid_in(pc), "user": "zhangsan", "action": "confirm"})

    expect(pc.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_the_official_account_leads_to_the_same_account(pc: Page, phone: Page, town: Any) -> None:
    scan(phone, pc)
    phone.get_by_test_id("ph-confirm").click()
    user = pc.get_by_test_id("mt-local-user-id").text_content()
    pc.get_by_test_id("mt-logout").click()

    pc.get_by_test_id("mt-login-wechat").click()
    pc.get_by_test_id("wx-persona-zhangsan").click()
    pc.get_by_test_id("wx-approve").click()

    expect(pc.get_by_test_id("mt-local-user-id")).to_have_text(str(user))
