"""The App on the phone: its server has the secret (S4, way 2), or everybody has it (way 1)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = pytest.mark.browser

APP, OLD_APP = "wx00112233445566ff", "wxff66554433221100"


def open_on_the_phone(page: Page, town: Any, appid: str, owner: str = "zhangsan") -> FrameLocator:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{town.provider}/_mock/phone/app/{appid}")
    page.get_by_test_id(f"ph-owner-{owner}").click()
    page.wait_for_url(f"**/phone/app/{appid}")
    return page.frame_locator("[data-testid=ph-frame]")


@pytest.fixture
def app(page: Page, town: Any, seen: Any) -> FrameLocator:
    return open_on_the_phone(page, town, APP)


@pytest.fixture
def old(page: Page, town: Any, seen: Any) -> FrameLocator:
    return open_on_the_phone(page, town, OLD_APP)


def press(frame: FrameLocator, button: str, page: Page, answer: str) -> None:
    frame.get_by_test_id(button).click()
    page.get_by_test_id(f"ph-sheet-{answer}").click()


def flow_of(town: Any, appid: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = town.api("GET", "/flows", params={"world": "town", "app": appid})
    return found[0]


# -- way 2 -------------------------------------------------------------------------------------------------


def test_the_app_gets_a_code_and_its_server_the_rest(
    page: Page, app: FrameLocator, town: Any, seen: Any
) -> None:
    press(app, "app-login", page, "approve")

    expect(app.get_by_test_id("app-nickname")).to_have_text("张三")
    expect(app.get_by_test_id("app-status")).to_have_text("登录成功")
    expect(app.get_by_test_id("app-log")).to_contain_text("errCode 0, code ••••")
    told = "\n".join([*seen.requests, *seen.bodies])
    assert town.api("GET", f"/apps/{APP}")["secret"] not in told
    assert "access_token=" not in told
    assert seen.errors == []


def test_the_login_of_an_app_has_all_nine_steps_in_one_flow(page: Page, app: FrameLocator, town: Any) -> None:
    press(app, "app-login", page, "approve")
    expect(app.get_by_test_id("app-nickname")).to_be_visible()

    flow = flow_of(town, APP)
    messages = town.api("GET", f"/flows/{flow['id']}/messages", params={"wait": 10, "until": "ended"})
    told = [(m["step"], m["from"], m["to"]) for m in messages if m["step"]]
    assert told == [
        (1, "browser", "client_app"),
        (2, "client_app", "provider"),
        (3, "browser", "provider"),
        (4, "provider", "browser"),
        (5, "browser", "provider"),  # the code, by way of the App's server
        (6, "provider", "client_app"),
        (7, "client_app", "resource_api"),
        (8, "resource_api", "client_app"),
        (9, "client_app", "browser"),
    ]


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ("deny", "access_denied", "您取消了授权，如需使用请重新登录"),
        ("close", "cancelled", "您关闭了微信的页面，需要时请重新登录"),
    ],
)
def test_a_person_who_does_not_agree_is_told_so_and_may_try_again(
    page: Page, app: FrameLocator, seen: Any, answer: str, code: str, sentence: str
) -> None:
    press(app, "app-login", page, answer)

    line = app.get_by_test_id("app-status")
    expect(line).to_have_text(sentence)
    assert line.get_attribute("data-code") == code
    assert [url for url in seen.requests if url.endswith("/app/login")] == []
    press(app, "app-login", page, "approve")
    expect(app.get_by_test_id("app-nickname")).to_have_text("张三")


def test_pc_and_app_are_one_account(page: Page, app: FrameLocator, town: Any) -> None:
    with page.expect_response("**/app/login") as posted:
        press(app, "app-login", page, "approve")
    by_app = posted.value.json()["user"]["id"]

    page.goto(f"{town.client}/login")
    page.get_by_test_id("mt-login-wechat-qr").click()
    uuid = str(page.get_by_test_id("wx-qr-img").get_attribute("src")).rpartition("/")[2]
    town.api("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})

    expect(page.get_by_test_id("mt-local-user-id")).to_have_text(by_app)


def test_outside_the_phone_it_says_where_to_open_it(page: Page, town: Any) -> None:
    page.goto(f"{town.client}/app")

    expect(page.get_by_test_id("outside-phone")).to_contain_text("请在手机模拟器里打开")
    expect(page.get_by_test_id("app")).to_be_hidden()


# -- way 1 -------------------------------------------------------------------------------------------------


def test_the_old_app_redeems_the_code_itself_and_the_trace_says_that_a_secret_left_the_server(
    page: Page, old: FrameLocator, town: Any
) -> None:
    expect(old.get_by_test_id("old-band")).to_contain_text("密钥就在安装包里，任何人都能取出来")
    press(old, "old-login", page, "approve")
    expect(old.get_by_test_id("old-status")).to_have_attribute("data-state", "ok")
    expect(old.get_by_test_id("old-log")).to_contain_text("access_token ••••")

    exchanges = town.api("GET", f"/flows/{flow_of(town, OLD_APP)['id']}/exchanges")
    [redeemed] = [e for e in exchanges if e["name"] == "code.redeemed"]
    assert redeemed["service"] == "provider"
    assert [note["rule"] for note in redeemed["notes"]] == ["secret_in_front_end"]


def test_anybody_finds_the_secret_in_the_package_and_it_is_the_real_one(
    page: Page, old: FrameLocator, town: Any
) -> None:
    old.get_by_test_id("old-strings").click()

    secret = old.get_by_test_id("strings-secret").text_content()
    assert secret == town.api("GET", f"/apps/{OLD_APP}")["secret"]
    code = town.api("POST", f"/apps/{OLD_APP}/codes", {"user": "lisi", "scope": "snsapi_userinfo"})["code"]
    query = {"appid": OLD_APP, "secret": secret, "code": code, "grant_type": "authorization_code"}
    stolen = town.http.get(f"{town.provider}/sns/oauth2/access_token", params=query).json()
    assert stolen["access_token"]  # whoever has the secret is the App
    old.get_by_test_id("strings-back").click()
    expect(old.get_by_test_id("old-login")).to_be_visible()
