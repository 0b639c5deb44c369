"""The mini program on the phone, its own server behind it, and a session_key that no browser ever sees (S4)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from accessibility import NARROW, dresses, findings
from joserfc import jws
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = pytest.mark.browser

APPID = "wx0fedcba987654321"


def open_on_the_phone(page: Page, town: Any, owner: str = "zhangsan", appid: str = APPID) -> FrameLocator:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{town.provider}/_mock/phone/app/{appid}")
    page.get_by_test_id(f"ph-owner-{owner}").click()
    page.wait_for_url(f"**/phone/app/{appid}")
    return page.frame_locator("[data-testid=ph-frame]")


@pytest.fixture
def mini(page: Page, town: Any, seen: Any) -> FrameLocator:
    return open_on_the_phone(page, town)


def status(frame: FrameLocator, state: str, code: str = "") -> Any:
    line = frame.get_by_test_id("mini-status")
    expect(line).to_have_attribute("data-state", state)
    assert line.get_attribute("data-code") == code
    return line


def log_in(frame: FrameLocator) -> None:
    frame.get_by_test_id("mini-login").click()
    status(frame, "ok")


def stored(page: Page) -> dict[str, Any]:
    """All that the frame keeps on the phone."""
    frame = page.frames[1]
    found: dict[str, Any] = frame.evaluate("({...localStorage, ...sessionStorage})")
    return found


def token_of(page: Page) -> str:
    [value] = stored(page).values()
    return str(json.loads(value))


def newest(town: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = town.api("GET", "/flows", params={"world": "town", "app": APPID})
    return found[0]


def test_a_login_asks_the_person_nothing_and_gives_the_program_our_own_token(
    page: Page, mini: FrameLocator, town: Any, seen: Any
) -> None:
    log_in(mini)

    expect(page.get_by_test_id("ph-sheet")).to_be_hidden()
    expect(mini.get_by_test_id("mini-nickname")).to_be_visible()
    claims = json.loads(jws.extract_compact(token_of(page).encode()).payload)
    assert set(claims) == {"userId"}
    headers = {"Authorization": f"Bearer {token_of(page)}"}
    answer = town.http.get(f"{town.client}/mini/me", headers=headers)
    assert (answer.status_code, answer.json()["user"]["id"]) == (200, claims["userId"])
    assert town.http.get(f"{town.client}/mini/me").status_code == 401
    assert seen.errors == []


def test_it_is_one_flow_from_the_phone_to_the_server_and_on(mini: FrameLocator, town: Any) -> None:
    log_in(mini)

    flow = newest(town)
    messages = town.api("GET", f"/flows/{flow['id']}/messages", params={"wait": 10, "until": "ended"})
    told = [(m["name"], m["step"], m["from"], m["to"]) for m in messages if m["step"]]
    assert told == [
        ("js_code.given", 2, "browser", "provider"),
        ("js_code.given", 4, "provider", "browser"),
        ("code.posted", 5, "browser", "provider"),  # by way of the server, which adds its secret
        ("js_code.redeemed", 6, "provider", "client_app"),
        ("code.posted", 9, "client_app", "browser"),
    ]


def test_the_session_key_and_the_secret_are_in_nothing_that_the_browser_saw(
    page: Page, mini: FrameLocator, town: Any, seen: Any
) -> None:
    log_in(mini)
    mini.get_by_test_id("mini-profile").click()
    page.get_by_test_id("ph-sheet-approve").click()
    status(mini, "ok")

    told = town.api("GET", f"/flows/{newest(town)['id']}/messages", params={"helpers": 1})
    values = [value for message in told for leg in message["legs"] for value in leg["values"]]
    keys = {value["value"] for value in values if value["kind"] == "session_key"}
    assert [len(key) for key in keys] == [24]
    pages = [frame.content() for frame in page.frames]
    everywhere = "\n".join([*seen.requests, *seen.bodies, str(stored(page)), *pages])
    assert '"rawData"' in everywhere, "the bodies were recorded"
    hidden = [*keys, town.api("GET", f"/apps/{APPID}")["secret"]]
    assert [secret for secret in hidden if secret in everywhere or quote(secret, safe="") in everywhere] == []
    assert len(stored(page)) == 1


def test_profile_and_phone_number_are_decrypted_on_the_server(page: Page, mini: FrameLocator) -> None:
    log_in(mini)

    mini.get_by_test_id("mini-profile").click()
    page.get_by_test_id("ph-sheet-approve").click()
    status(mini, "ok")
    for button, sent in (("mini-phone", "{code}"), ("mini-phone-old", "{encryptedData, iv}")):
        mini.get_by_test_id(button).click()
        page.get_by_test_id("ph-sheet-approve").click()
        # until the phone has answered, the status is still that of the button before
        expect(mini.get_by_test_id("mini-log")).to_contain_text(f"POST /mini/phone {sent} → 200")
        status(mini, "ok")
        expect(mini.get_by_test_id("mini-number")).to_contain_text("****")
    mini.get_by_test_id("mini-me").click()
    status(mini, "ok")

    expect(mini.get_by_test_id("mini-nickname")).not_to_be_empty()


@pytest.mark.parametrize("button", ["mini-profile", "mini-phone"])
def test_what_the_person_denies_is_never_sent(page: Page, mini: FrameLocator, seen: Any, button: str) -> None:
    log_in(mini)

    mini.get_by_test_id(button).click()
    page.get_by_test_id("ph-sheet-deny").click()

    expect(status(mini, "bad", "denied")).to_have_text("您没有允许，什么也没有提交")
    path = "/mini/profile" if button == "mini-profile" else "/mini/phone"
    assert [url for url in seen.requests if url.endswith(path)] == []


def test_a_session_key_that_the_server_was_not_told_of_makes_its_own_one_useless(
    page: Page, mini: FrameLocator
) -> None:
    log_in(mini)
    before = int(page.get_by_test_id("ph-session-generation").get_attribute("data-generation") or 0)
    mini.get_by_test_id("mini-relogin").click()
    status(mini, "ok")
    expect(page.get_by_test_id("ph-session-generation")).to_have_attribute("data-generation", str(before + 1))

    mini.get_by_test_id("mini-profile").click()
    page.get_by_test_id("ph-sheet-approve").click()

    expect(status(mini, "bad", "session_key_expired")).to_contain_text("请再调用一次 wx.login")
    log_in(mini)
    mini.get_by_test_id("mini-profile").click()
    page.get_by_test_id("ph-sheet-approve").click()
    status(mini, "ok")


def test_data_under_the_session_key_before_is_refused(page: Page, mini: FrameLocator) -> None:
    log_in(mini)

    mini.get_by_test_id("mini-old-key").click()
    page.get_by_test_id("ph-sheet-approve").click()

    expect(status(mini, "bad", "bad_signature")).to_contain_text("请重新获取")


def test_without_a_login_the_server_says_so(mini: FrameLocator) -> None:
    mini.get_by_test_id("mini-me").click()

    expect(status(mini, "bad", "unauthorized")).to_have_text("需要登录")


def test_it_remembers_the_person_until_they_leave(page: Page, mini: FrameLocator) -> None:
    log_in(mini)
    page.reload()
    expect(mini.get_by_test_id("mini-nickname")).to_be_visible()

    mini.get_by_test_id("mini-logout").click()
    status(mini, "ok")

    expect(mini.get_by_test_id("mini-nickname")).to_be_hidden()
    assert stored(page) == {}


def test_outside_the_phone_it_says_where_to_open_it(page: Page, town: Any) -> None:
    page.goto(f"{town.client}/mini")

    expect(page.get_by_test_id("outside-phone")).to_contain_text("请在手机模拟器里打开")
    expect(page.get_by_test_id("mini")).to_be_hidden()
    page.get_by_test_id("open-phone").click()
    expect(page.get_by_test_id("ph-owner-zhangsan")).to_be_visible()


def test_no_other_site_may_frame_it(page: Page, town: Any) -> None:
    policy = town.http.get(f"{town.client}/mini").headers["Content-Security-Policy"]

    assert f"frame-ancestors {town.provider};" in policy
    page.goto(f"{town.resource}/healthz")
    page.evaluate(
        """url => new Promise(done => { const f = document.createElement("iframe"); f.onload = done; f.src = url;
        document.documentElement.append(f) })""",
        f"{town.client}/mini",
    )
    assert "美团小程序" not in page.frames[-1].content()


@pytest.mark.parametrize("guide", ["mini-program", "mini-program.zh-CN"])
def test_a_back_end_as_the_guide_has_it_gets_a_session(town: Any, guide: str) -> None:
    text = (Path(__file__).parents[1] / f"docs/{guide}.md").read_text("utf-8")
    [code] = re.findall(r"<!-- test: python mini program -->\n```python\n(.*?)^```$", text, re.S | re.M)
    for port, url in ((9000, town.provider), (9003, town.gateway)):
        code = code.replace(f"http://127.0.0.1:{port}", url)
    found: dict[str, Any] = {}

    exec(code, found)

    assert len(found["session"]["openid"]) == len(found["session"]["unionid"]) == 28
    assert len(found["session"]["session_key"]) == 24
    again = found["session_of"](found["js_code"])
    assert again["errcode"] == 40163


@pytest.mark.parametrize(("language", "theme", "width"), [*NARROW, *dresses(None)])
def test_the_pages_in_the_phone_are_accessible_and_fit(
    page: Page, town: Any, seen: Any, language: str, theme: str, width: int
) -> None:
    for appid, done in (
        (APPID, "mini"),
        ("wx00112233445566ff", "app"),
        ("wxff66554433221100", "old"),
    ):
        page.goto(f"{town.provider}/_mock/phone?lang={language}&theme={theme}")
        page.context.clear_cookies(name="wx_session")
        frame = open_on_the_phone(page, town, appid=appid)
        page.set_viewport_size({"width": width, "height": 844})
        frame.get_by_test_id(f"{done}-login").click()
        if done != "mini":
            page.get_by_test_id("ph-sheet-approve").click()
        expect(frame.get_by_test_id(f"{done}-status")).to_have_attribute("data-state", "ok")
        inside = page.frames[1]
        assert inside.evaluate("document.documentElement.lang") == language
        assert findings(inside) == []
        assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
    frame.get_by_test_id("old-strings").click()
    frame.get_by_test_id("strings").wait_for()
    assert findings(page.frames[1]) == []
    for path in ("/mini", "/app", "/app/old"):
        page.goto(f"{town.client}{path}")
        assert findings(page) == []
