"""The main job: a person clicks «微信登录», logs in, agrees, and is logged in; and it is nine numbered messages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SEED_ORDER = [
    (1, "browser", "client_app", "front"),
    (2, "client_app", "provider", "front"),
    (3, "browser", "provider", "front"),
    (4, "provider", "browser", "front"),
    (5, "browser", "provider", "back"),
    (6, "provider", "client_app", "back"),
    (7, "client_app", "resource_api", "back"),
    (8, "resource_api", "client_app", "back"),
    (9, "client_app", "browser", "front"),
]


def agree(page: Page) -> None:
    page.get_by_test_id("wx-username").fill("zhangsan")
    page.get_by_test_id("wx-password").fill("ninestep")
    page.get_by_test_id("wx-submit").click()
    page.get_by_test_id("wx-approve").click()


def test_nine_steps_by_clicking(page: Page, meituan: Any, start: Any, seen: Any) -> None:
    start()
    expect(page).to_have_url(re.compile(re.escape(f"{meituan.town.provider}/connect/login")))
    agree(page)

    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    assert page.url.startswith(f"{meituan.url}/me")
    avatar = page.get_by_test_id("mt-avatar")
    expect(avatar).to_have_js_property("complete", True)
    assert avatar.evaluate("picture => picture.naturalWidth > 0")
    [flow] = meituan.flows()
    messages = meituan.messages(flow["id"])
    assert [(m["step"], m["from"], m["to"], m["channel"]) for m in messages] == SEED_ORDER
    assert {m["outcome"] for m in messages} == {"ok"}
    assert seen.errors == []


def test_mermaid_export_has_four_participants_and_nine_arrows(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    [flow] = meituan.flows()
    text = page.request.get(f"{meituan.town.provider}/_mock/api/flows/{flow['id']}/export.mmd").text()

    assert text.count("participant ") == 4
    assert len(re.findall(r"-{1,2}>>", text)) == 9


def test_flow_page_lists_the_nine_messages(page: Page, meituan: Any, start: Any, seen: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()

    page.goto(f"{meituan.town.provider}/_mock/theatre/{flow['id']}")

    numbered = page.get_by_test_id("th-messages").locator('li:not([data-step="0"])')
    expect(numbered).to_have_count(9)
    assert [row.get_attribute("data-step") for row in numbered.all()] == [str(n) for n in range(1, 10)]
    assert seen.errors == []


def test_nothing_secret_reaches_the_browser(page: Page, meituan: Any, start: Any, seen: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    page.get_by_test_id("mt-call-api").click()
    expect(page.get_by_test_id("mt-refreshed")).to_be_visible()

    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    cookies = str(page.context.cookies())
    everything = "\n".join([*seen.bodies, *seen.requests, stored, cookies])
    assert meituan.app["secret"] not in everything
    assert not re.search(r"83_[A-Za-z0-9_-]{60,}", everything)
    flags = {cookie["name"]: cookie["httpOnly"] for cookie in page.context.cookies()}
    assert flags["mt_session"]
    assert flags["wx_session"]
    assert flags["mt_login"]


def test_password_is_typed_at_the_provider_alone(page: Page, meituan: Any, start: Any) -> None:
    page.goto(f"{meituan.url}/login")
    assert page.locator("input[type=password]").count() == 0
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    [flow] = meituan.flows()
    exchanges = meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
    receivers = {e["to"] for e in exchanges for value in e.get("values", []) if value["kind"] == "password"}
    assert receivers == {"provider"}


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_the_whole_journey_without_scripts(browser: Any, meituan: Any, locale: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale=locale)
    page = context.new_page()
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("mt-nickname")).to_contain_text("李四")
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if locale == "zh-CN" else "en")
    page.goto(f"{meituan.town.provider}/_mock/theatre/{meituan.flows()[0]['id']}")
    expect(page.get_by_test_id("th-messages").locator("li").first).to_be_visible()
    expect(page.get_by_test_id("th-replay")).to_be_hidden()  # it could do nothing
    context.close()


def test_second_login_in_the_same_browser_goes_straight_to_consent(
    page: Page, meituan: Any, start: Any
) -> None:
    start()
    agree(page)
    page.get_by_test_id("mt-logout").click()
    expect(page.get_by_test_id("mt-login")).to_be_visible()

    start()

    expect(page.get_by_test_id("wx-approve")).to_be_visible()
    assert page.get_by_test_id("wx-password").count() == 0
