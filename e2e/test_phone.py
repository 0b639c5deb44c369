"""The phone in a browser: an App and a mini program of this test's own run in its frame and speak to WeChat through it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from accessibility import NARROW, dresses, findings
from ninestep.dialects.wechat.mini_program import decrypt
from playwright.sync_api import Browser, Frame, Page, Route, expect

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="zh"><head><title>开发者的页面</title><link rel="icon" href="data:,"></head><body>
<h1>开发者的页面</h1><button open-type="getPhoneNumber">手机号</button>
<script src="{provider}/assets/provider/{script}"></script></body></html>"""


@dataclass
class Developer:
    """Who made the app: its page, and its own server, which alone knows the secret."""

    town: Any
    url: str
    app: dict[str, Any] = field(default_factory=dict)
    page: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)  # by the app's page
    sessions: list[dict[str, Any]] = field(default_factory=list)  # told by WeChat

    def make(self, kind: str, **fields: Any) -> str:
        """An app of this kind; returns where the phone opens it."""
        given = {"dialect": "wechat", "kind": kind, "name": "小店", "page": self.url + "/app", **fields}
        self.app = self.town.api("POST", "/apps", {"open_platform": "p", "redirect_uris": [], **given})
        script = "wx.js" if kind == "mini_program" else "opensdk.js"
        self.page = PAGE.format(provider=self.town.provider, script=script)
        return f"{self.town.provider}/_mock/phone/app/{self.app['appid']}"

    @property
    def world(self) -> str:
        return str(self.app["world"])

    def redeem(self, path: str, **params: str) -> dict[str, Any]:
        query = {"appid": self.app["appid"], "secret": self.app["secret"], **params}
        query |= {"grant_type": "authorization_code"}
        return dict(
            json.loads(self.town.http.get(self.town.provider + path, params=query, timeout=10).content)
        )

    def log_in(self, sent: dict[str, Any]) -> dict[str, Any]:
        if self.app["kind"] == "mini_program":
            session = self.redeem("/sns/jscode2session", js_code=sent["code"])
        else:
            session = self.redeem("/sns/oauth2/access_token", code=sent["code"])
        self.sessions.append(session)
        return {"token": f"own-{len(self.sessions)}"}

    def messages(self, **query: Any) -> list[dict[str, Any]]:
        [flow] = self.town.api("GET", "/flows", params={"world": self.world})
        found: list[dict[str, Any]] = self.town.api(
            "GET", f"/flows/{flow['id']}/messages", params={"helpers": 1, **query}
        )
        return found


@pytest.fixture
def developer(town: Any) -> Iterator[Developer]:
    made = Developer(town, "")

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            made.asked.append({"path": parts.path, "query": parse_qs(parts.query)})
            if parts.path == "/app":
                self._tell(made.page, "text/html; charset=utf-8")
            else:
                self._tell("回来了", "text/plain; charset=utf-8")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kind = self.headers["Content-Type"]
            made.asked.append(
                {"path": self.path, "type": kind, "body": body, "cookie": self.headers["Cookie"]}
            )
            answer = made.log_in(json.loads(body)) if self.path == "/login" else {}
            self._tell(json.dumps(answer), "application/json")

        def _tell(self, text: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def open_as(page: Page, address: str, owner: str = "zhangsan") -> Frame:
    """Open an app on the phone; without an owner the phone asks first. Returns the app's page."""
    page.goto(address)
    if "/owner" in page.url:
        page.get_by_test_id(f"ph-owner-{owner}").click()
    page.wait_for_url(address)
    frame = page.get_by_test_id("ph-frame").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function("window.wx || window.WXApi")
    return frame


def begin(frame: Frame, call: str) -> None:
    """Begin a call that the user has to answer."""
    frame.evaluate(
        f"() => {{ window.told = null; {call}.then((t) => {{ told = t }}, (t) => {{ told = t }}) }}"
    )


def told(frame: Frame) -> Any:
    return frame.wait_for_function("window.told").json_value()


def failed(frame: Frame, call: str) -> str:
    return str(frame.evaluate(f"() => {call}.then(() => 'ok', (told) => told.errMsg)"))


# -- M153, M053: WeChat's browser, and the camera


def test_the_wechat_browser_opens_a_link_shows_the_consent_and_goes_back_with_a_code(
    page: Page, developer: Developer, seen: Any
) -> None:
    callback = developer.url + "/callback"
    developer.make(
        "official_account", page="", redirect_uris=[callback], policies={"require_micromessenger": True}
    )
    query = {"appid": developer.app["appid"], "redirect_uri": callback, "response_type": "code"}
    query |= {"scope": "snsapi_userinfo", "state": "4711"}
    link = f"{developer.town.provider}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"
    page.goto(link)
    expect(page.get_by_test_id("wx-error")).to_be_visible()

    page.goto(f"{developer.town.provider}/_mock/phone")
    page.get_by_test_id("ph-app-browser").click()
    page.get_by_test_id("ph-address").fill(link)
    page.get_by_test_id("ph-go").click()
    page.get_by_test_id("ph-open").click()
    page.get_by_test_id("wx-persona-zhangsan").click()
    expect(page.get_by_test_id("wx-consent")).to_be_visible()
    page.get_by_test_id("wx-approve").click()

    page.wait_for_url(f"{callback}?**")
    [came] = [asked for asked in developer.asked if asked["path"] == "/callback"]
    assert came["query"]["state"] == ["4711"]
    assert developer.redeem("/sns/oauth2/access_token", code=came["query"]["code"][0])["openid"]


def test_the_phones_owner_scans_agrees_and_the_desktop_moves_on(
    page: Page, browser: Browser, developer: Developer, seen: Any
) -> None:
    callback = developer.url + "/callback"
    developer.make("website", page="", redirect_uris=[callback])
    query = {"appid": developer.app["appid"], "redirect_uri": callback, "response_type": "code"}
    page.goto(
        f"{developer.town.provider}/connect/qrconnect?{urlencode({**query, 'scope': 'snsapi_login', 'state': 'q'})}"
    )
    uuid = str(page.get_by_test_id("wx-qr-img").get_attribute("src")).rsplit("/", 1)[1]

    phone = browser.new_context(viewport={"width": 390, "height": 780}, locale="zh-CN").new_page()
    phone.goto(f"{developer.town.provider}/_mock/phone?world={developer.world}")
    phone.get_by_test_id("ph-owner-change").click()
    phone.get_by_test_id("ph-owner-lisi").click()
    expect(phone.get_by_test_id("ph-owner")).to_have_text("李四🌸")
    phone.get_by_test_id("ph-app-scan").click()
    phone.get_by_test_id(f"ph-scan-{uuid}").click()
    expect(phone.get_by_test_id("wx-confirm-user")).to_have_text("李四🌸")
    phone.get_by_test_id("wx-switch-user").click()
    phone.get_by_test_id("wx-persona-zhangsan").click()
    expect(phone.get_by_test_id("wx-confirm-user")).to_have_text("张三")
    phone.get_by_test_id("ph-confirm").click()

    page.wait_for_url(f"{callback}?**")
    assert parse_qs(urlsplit(page.url).query)["state"] == ["q"]
    phone.context.close()


# -- mini programs


def test_wx_login_asks_nobody_and_the_server_alone_gets_the_session_key(
    page: Page, developer: Developer, seen: Any
) -> None:
    """M157, M158, M163."""
    frame = open_as(page, developer.make("mini_program"))
    expect(page.get_by_test_id("ph-session-generation")).to_have_attribute("data-generation", "0")

    login = frame.evaluate("wx.login()")
    answer = frame.evaluate(
        "(code) => wx.request({url: '/login', method: 'POST', data: {code}})", login["code"]
    )

    assert (set(login), login["errMsg"]) == ({"code", "errMsg"}, "login:ok")
    assert (answer["statusCode"], answer["errMsg"]) == (200, "request:ok")
    assert answer["data"] == {"token": "own-1"}
    expect(page.get_by_test_id("ph-sheet")).to_be_hidden()
    begin(frame, "wx.getUserProfile({desc: '用于展示'})")
    page.get_by_test_id("ph-sheet-approve").click()
    assert told(frame)["errMsg"] == "getUserProfile:ok"
    key = developer.sessions[0]["session_key"]
    assert key
    assert [body for body in seen.bodies if key in body or key.replace("/", "\\/") in body] == []
    assert key not in page.content() + frame.content()
    assert [m["step"] for m in developer.messages() if m["step"]] == [2, 4, 5, 6]
    assert seen.errors == []


def test_every_login_makes_a_new_session_key_and_the_old_one_stops_working(
    page: Page, developer: Developer, seen: Any
) -> None:
    """M165, M164."""
    frame = open_as(page, developer.make("mini_program", policies={"profile_era": "legacy"}))
    for generation in (1, 2):
        code = frame.evaluate("wx.login().then(({code}) => code)")
        developer.log_in({"code": code})
        expect(page.get_by_test_id("ph-session-generation")).to_have_text(f"session_key 第 {generation} 代")

    begin(frame, "wx.getUserProfile({desc: '用于展示'})")
    expect(page.get_by_test_id("ph-sheet-app")).to_have_text("小店")
    expect(page.get_by_test_id("ph-sheet-items")).to_have_text("获取你的昵称、头像")
    page.get_by_test_id("ph-sheet-approve").click()
    profile = told(frame)

    old, new = (session["session_key"] for session in developer.sessions)
    assert profile["userInfo"]["nickName"] == "张三"
    opened = json.loads(decrypt(new, profile["iv"], profile["encryptedData"]))
    assert opened["openId"] == developer.sessions[1]["openid"]
    with pytest.raises(ValueError):
        decrypt(old, profile["iv"], profile["encryptedData"])
    page.reload()
    expect(page.get_by_test_id("ph-session-generation")).to_have_text("session_key 第 2 代")


@pytest.mark.parametrize("no", ["deny", "close", "escape"])
def test_a_no_to_the_profile_is_told_as_on_the_platform(
    page: Page, developer: Developer, seen: Any, no: str
) -> None:
    frame = open_as(page, developer.make("mini_program"))
    frame.evaluate("wx.login()")

    begin(frame, "wx.getUserProfile({desc: '用于展示'})")
    sheet = page.get_by_test_id("ph-sheet")
    expect(sheet).to_be_visible()
    if no == "escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_test_id(f"ph-sheet-{no}").click()

    assert told(frame) == {"errMsg": "getUserProfile:fail auth deny"}
    expect(sheet).to_be_hidden()


def test_the_phone_number_button_asks_with_the_masked_number(
    page: Page, developer: Developer, seen: Any
) -> None:
    address = developer.make("mini_program")
    number = {"nickname": "Anna", "phone": "13812340000"}
    developer.town.api("PUT", f"/users/anna?world={developer.world}", number)
    frame = open_as(page, address, "anna")
    developer.log_in({"code": frame.evaluate("wx.login().then(({code}) => code)")})
    frame.evaluate(
        "() => document.addEventListener('getphonenumber', ({detail}) => { window.told = detail })"
    )

    frame.get_by_role("button").click()
    expect(page.get_by_test_id("ph-sheet-items")).to_have_text("获取你的手机号 138****0000")
    page.get_by_test_id("ph-sheet-deny").click()
    assert told(frame) == {"errMsg": "getPhoneNumber:fail user deny"}
    frame.evaluate("() => { window.told = null }")
    frame.get_by_role("button").click()
    page.get_by_test_id("ph-sheet-approve").click()

    given = told(frame)
    assert (given["errMsg"], len(given["code"])) == ("getPhoneNumber:ok", 64)
    key = developer.sessions[0]["session_key"]
    assert json.loads(decrypt(key, given["iv"], given["encryptedData"]))["phoneNumber"] == "13812340000"


def test_a_program_that_speaks_while_it_loads_is_heard(page: Page, developer: Developer, seen: Any) -> None:
    """As `App.onLaunch` does it. A call before the phone listens would never be answered."""
    address = developer.make("mini_program")
    at_once = "<script>wx.login().then((told) => { window.told = told })</script></body>"
    developer.page = developer.page.replace("</body>", at_once)
    late: list[Route] = []
    page.route("**/assets/provider/phone.js*", lambda route: late.append(route))

    page.goto(address)
    page.get_by_test_id("ph-owner-zhangsan").click()
    expect(page.get_by_test_id("ph-sheet")).to_be_attached()
    page.evaluate("fetch('/healthz').then(() => 0)")  # what the page itself asked for was asked before
    assert developer.url + "/app" not in seen.requests
    late[0].continue_()
    page.wait_for_load_state("load")

    frame = page.get_by_test_id("ph-frame").element_handle().content_frame()
    assert frame is not None
    assert told(frame)["errMsg"] == "login:ok"


def test_callbacks_instead_of_a_promise(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mini_program"))

    good = frame.evaluate(
        """() => new Promise((done) => {
            const heard = []
            const given = wx.login({
                success: (told) => heard.push(told.errMsg), fail: () => heard.push("fail"),
                complete: (told) => { heard.push(told.errMsg); done([...heard, given === undefined]) } })
        })"""
    )
    bad = frame.evaluate(
        """() => new Promise((done) => {
            const heard = []
            wx.getUserProfile({
                success: () => heard.push("success"), fail: (told) => heard.push(told.errMsg),
                complete: () => done(heard) })
        })"""
    )

    assert good == ["login:ok", "login:ok", True]
    assert bad == [
        "getUserProfile:fail parameter error: parameter.desc should be String instead of Undefined;"
    ]


def test_what_the_session_is_worth_is_told(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mini_program"))

    assert failed(frame, "wx.checkSession()") == "checkSession:fail session is expired"
    frame.evaluate("wx.login()")
    assert frame.evaluate("wx.checkSession()") == {"errMsg": "checkSession:ok"}
    developer.town.api("POST", f"/worlds/{developer.world}/clock", {"advance": "73h"})
    assert failed(frame, "wx.checkSession()") == "checkSession:fail session is expired"


def test_requests_go_as_the_platform_sends_them(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mini_program"))
    page.context.add_cookies([{"name": "theirs", "value": "1", "url": developer.url}])

    got = frame.evaluate("wx.request({url: '/list?page=1', data: {page: 2, q: '中 文'}})")
    frame.evaluate(
        """wx.request({url: '/form', method: 'post', data: {a: '1 2'},
            header: {'Content-Type': 'application/x-www-form-urlencoded'}})"""
    )
    frame.evaluate("wx.request({url: '/json', method: 'POST', data: {a: [1]}})")

    assert (got["statusCode"], got["data"]) == (200, "回来了")
    assert got["header"]["content-type"].startswith("text/plain")
    asked = {sent["path"]: sent for sent in developer.asked}
    assert asked["/list"]["query"] == {"page": ["2"], "q": ["中 文"]}
    assert (asked["/form"]["body"], asked["/form"]["cookie"]) == ("a=1+2", None)
    assert asked["/json"]["type"] == "application/json"
    assert json.loads(asked["/json"]["body"]) == {"a": [1]}
    assert failed(frame, "wx.request({url: 'http://127.0.0.1:1/'})").startswith("request:fail ")
    assert failed(frame, "wx.request({url: 'http://['})").startswith("request:fail ")


def test_storage_and_account_and_toast(page: Page, developer: Developer, seen: Any) -> None:
    address = developer.make("mini_program")
    frame = open_as(page, address)
    frame.evaluate("wx.setStorageSync('token', {a: [1, null]})")

    assert frame.evaluate("wx.getStorageSync('token')") == {"a": [1, None]}
    assert frame.evaluate("wx.getStorageSync('nothing')") == ""
    assert frame.evaluate("wx.getAccountInfoSync().miniProgram.appId") == developer.app["appid"]
    assert frame.evaluate("wx.showToast({title: '好了', duration: 60000})") == {"errMsg": "showToast:ok"}
    expect(frame.get_by_role("status")).to_have_text("好了")
    page.get_by_test_id("ph-back").click()
    page.get_by_test_id("ph-owner-change").click()
    page.get_by_test_id("ph-owner-lisi").click()
    page.get_by_test_id(f"ph-app-{developer.app['appid']}").click()
    frame = open_as(page, address)
    assert frame.evaluate("wx.getStorageSync('token')") == ""
    frame.evaluate("wx.removeStorageSync('token')")
    assert seen.errors == []


# -- Apps


def test_after_the_consent_wechat_opens_the_app_with_a_code_that_its_server_redeems(
    page: Page, developer: Developer, seen: Any
) -> None:
    """M051, M156."""
    frame = open_as(page, developer.make("mobile", fidelity="tutorial"))
    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])
    expect(page.get_by_test_id("ph-launch")).to_be_hidden()

    begin(frame, "WXApi.sendReq({type: 'SendAuth', scope: 'snsapi_userinfo', state: 'abc'})")
    expect(page.get_by_test_id("ph-sheet-app")).to_have_text("小店")
    expect(page.get_by_test_id("ph-sheet-items")).to_contain_text("获取你的昵称和头像")
    expect(page.get_by_test_id("ph-sheet-user")).to_have_text("张三")
    sizes = [page.get_by_test_id(f"ph-sheet-{name}").bounding_box() for name in ("deny", "approve")]
    assert sizes[0]["width"] == sizes[1]["width"]  # type: ignore[index]
    page.get_by_test_id("ph-sheet-approve").click()
    resp = told(frame)

    assert (resp["errCode"], resp["state"], resp["lang"], resp["country"]) == (0, "abc", "zh_CN", "CN")
    assert resp["url"].startswith(f"{developer.app['appid']}://oauth?code={resp['code']}&state=abc")
    expect(page.get_by_test_id("ph-launch")).to_contain_text("打开 小店")
    developer.log_in({"code": resp["code"]})
    assert developer.sessions[0]["openid"]
    assert [m["step"] for m in developer.messages() if m["step"]] == [2, 3, 4, 5, 6]
    assert seen.errors == []


@pytest.mark.parametrize(("no", "number"), [("deny", -4), ("close", -2)])
def test_a_no_to_the_app(page: Page, developer: Developer, seen: Any, no: str, number: int) -> None:
    frame = open_as(page, developer.make("mobile"))
    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])

    begin(frame, "WXApi.sendReq({type: 'SendAuth', scope: 'snsapi_userinfo', state: 'abc'})")
    page.get_by_test_id(f"ph-sheet-{no}").click()

    assert (told(frame)["errCode"], told(frame)["code"], told(frame)["state"]) == (number, "", "abc")
    expect(page.get_by_test_id("ph-launch")).to_be_hidden()


def test_what_the_sdk_refuses_shows_no_sheet(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mobile"))

    def number(request: str) -> int:
        return int(frame.evaluate(f"WXApi.sendReq({request}).then(({{errCode}}) => errCode)"))

    good = "{type: 'SendAuth', scope: 'snsapi_userinfo', state: 's'}"
    assert number(good) == -1  # registerApp comes first
    frame.evaluate("WXApi.registerApp('wx0000000000000000')")
    assert number(good) == -1
    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])
    assert number("{type: 'SendAuth', scope: 'snsapi_base'}") == -1
    assert number("{type: 'SendAuth'}") == -1
    assert number("{type: 'Pay'}") == -5
    expect(page.get_by_test_id("ph-sheet")).to_be_hidden()


def test_an_unticked_item_is_not_given(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mobile", fidelity="tutorial"))
    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])

    begin(frame, "WXApi.sendReq({type: 'SendAuth', scope: 'snsapi_userinfo'})")
    page.get_by_label("获取你的地区信息").uncheck()
    page.get_by_test_id("ph-sheet-approve").click()
    tokens = developer.redeem("/sns/oauth2/access_token", code=told(frame)["code"])

    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    profile = developer.town.http.get(f"{developer.town.resource}/sns/userinfo", params=query, timeout=10)
    read = json.loads(profile.content)
    assert (read["nickname"], read["city"]) == ("张三", "")


def test_an_app_with_its_secret_inside_redeems_the_code_on_the_phone_and_that_is_seen(
    page: Page, developer: Developer, seen: Any
) -> None:
    """M155: what native code can do, and no page could."""
    frame = open_as(page, developer.make("mobile"))
    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])
    begin(frame, "WXApi.sendReq({type: 'SendAuth', scope: 'snsapi_userinfo'})")
    page.get_by_test_id("ph-sheet-approve").click()
    query = {"appid": developer.app["appid"], "secret": developer.app["secret"], "code": told(frame)["code"]}
    query |= {"grant_type": "authorization_code"}

    answer = frame.evaluate(
        "(url) => WXApi.request({url})",
        f"https://api.weixin.qq.com/sns/oauth2/access_token?{urlencode(query)}",
    )

    assert (answer["statusCode"], answer["data"]["scope"]) == (200, "snsapi_userinfo")
    [message] = [m for m in developer.messages() if m["step"] == 5]
    assert [note["rule"] for note in message["notes"]] == ["secret_in_front_end"]


def test_the_phones_network_reaches_the_token_endpoint_and_nothing_else(
    page: Page, developer: Developer, seen: Any
) -> None:
    frame = open_as(page, developer.make("mobile"))
    town, before = developer.town, len(seen.requests)

    for url in (
        f"{town.provider}/_mock/api/apps",
        f"{town.provider}/sns/oauth2/../../_mock/api/apps",
        f"{town.provider}/sns/oauth2/%2e%2e/%2e%2e/_mock/api/apps",
        f"{town.provider}//sns/oauth2/access_token",
        "https://api.weixin.qq.com/_mock/api/apps",
        "https://api.weixin.qq.com@evil.test/sns/oauth2/access_token",
        f"{developer.url}/sns/oauth2/access_token",
        "https://example.com/sns/oauth2/access_token",
        "/sns/oauth2/access_token",
        "javascript:alert(1)",
    ):
        refused = frame.evaluate(
            "(url) => WXApi.request({url}).then(() => 'ok', ({message}) => message)", url
        )
        assert refused == "url not in domain list", url
    assert seen.requests[before:] == []


# -- in every dress


@pytest.mark.parametrize(("language", "theme", "width"), [*NARROW, *dresses(None)])
def test_the_open_app_and_its_sheet_are_accessible(
    page: Page, developer: Developer, seen: Any, language: str, theme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    address = developer.make("mobile", fidelity="tutorial")
    open_as(page, address)
    page.goto(f"{address}?lang={language}&theme={theme}")
    frame = page.get_by_test_id("ph-frame").element_handle().content_frame()  # type: ignore[union-attr]
    assert frame is not None
    frame.wait_for_function("window.WXApi")
    assert findings(page) == []

    frame.evaluate("(appid) => WXApi.registerApp(appid)", developer.app["appid"])
    begin(frame, "WXApi.sendReq({type: 'SendAuth', scope: 'snsapi_userinfo'})")
    expect(page.get_by_test_id("ph-sheet-approve")).to_be_visible()
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_test_id("ph-sheet-approve").click()
    expect(page.get_by_test_id("ph-launch")).to_be_visible()
    assert findings(page) == []


# -- the frame stays in its place


def test_only_the_apps_own_frame_is_heard(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mini_program"))
    before = len(seen.requests)

    page.evaluate("window.postMessage({ninestep: 'call', id: '1', call: 'login'}, '*')")
    frame.evaluate(
        """() => new Promise((done) => {
            const inner = document.createElement("iframe")
            inner.srcdoc = "<script>top.postMessage({ninestep: 'call', id: '2', call: 'login'}, '*');"
                + "parent.postMessage('sent', '*')</" + "script>"
            addEventListener("message", ({data}) => data === "sent" && done())
            document.body.append(inner)
        })"""
    )
    frame.evaluate("wx.checkSession().catch(() => 0)")  # the phone has looked at all three by now

    assert [url.rsplit("/", 1)[1] for url in seen.requests[before:] if "/connect/phone/" in url] == [
        "session"
    ]
    expect(page.get_by_test_id("ph-session-generation")).to_have_attribute("data-generation", "0")


def test_calls_of_the_other_kind_are_not_there(page: Page, developer: Developer, seen: Any) -> None:
    frame = open_as(page, developer.make("mini_program"))

    for call in ("request", "sendAuth", "constructor", "__proto__"):
        answer = frame.evaluate(
            """(call) => new Promise((done) => {
                addEventListener("message", ({data}) => data.id === call && done(data.value))
                parent.postMessage({ninestep: "call", id: call, call}, "*")
            })""",
            call,
        )
        assert answer == {"error": "not supported"}


def test_the_app_can_send_neither_itself_nor_the_phone_elsewhere(
    page: Page, developer: Developer, town: Any
) -> None:
    address = developer.make("mini_program")
    frame = open_as(page, address)

    top = frame.evaluate("() => { try { top.location = '/x'; return 'went' } catch (e) { return e.name } }")
    frame.evaluate("(url) => { location = url }", f"{town.client}/login")

    page.wait_for_function("document.querySelector('[data-phone]')")
    assert top == "SecurityError"
    assert page.url == address
    page.get_by_test_id("ph-reload").click()
    expect(page.frame_locator("[data-phone]").get_by_role("heading")).to_have_text("开发者的页面")


def test_outside_the_phone_there_is_no_wechat(page: Page, developer: Developer, seen: Any) -> None:
    developer.make("mini_program")
    page.goto(developer.url + "/app")

    assert page.evaluate("wx.login().catch(({errMsg}) => errMsg)") == "login:fail not in WeChat"


def test_an_owner_who_is_gone_leads_back_to_the_choice(page: Page, developer: Developer) -> None:
    address = developer.make("mini_program")
    frame = open_as(page, address)
    page.context.clear_cookies()

    frame.evaluate("() => { wx.login() }")

    page.wait_for_url("**/_mock/phone/owner?**")
    page.get_by_test_id("ph-owner-lisi").click()
    page.wait_for_url(address)


def test_without_scripts_the_phone_says_so_and_changes_hands_all_the_same(
    browser: Browser, developer: Developer
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(developer.make("mini_program"))
    page.get_by_test_id("ph-owner-lisi").click()

    expect(page.get_by_test_id("ph-noscript")).to_be_visible()
    page.get_by_test_id("ph-back").click()
    expect(page.get_by_test_id("ph-owner")).to_have_text("李四🌸")
    context.close()
