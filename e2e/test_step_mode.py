"""Step mode in a browser: all nine steps by clicking, and every way to leave the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from accessibility import dresses, findings
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def stepping(meituan: Any) -> Iterator[Any]:
    """``stepping(freeze=False)``: arm the client's world."""

    def arm(**fields: Any) -> None:
        meituan.town.api("POST", f"/worlds/{meituan.world}/stepping", {"on": True, **fields})

    yield arm
    meituan.town.api("DELETE", f"/worlds/{meituan.world}/stepping")


def at(page: Page, step: int) -> None:
    """The stop before ``step`` is on the screen."""
    expect(page.get_by_test_id("step")).to_have_attribute("data-step", str(step))
    expect(page.get_by_test_id("step")).to_have_attribute("data-state", "waiting")


def go_on(page: Page) -> None:
    page.get_by_test_id("th-next").click()


def to_the_code(page: Page, meituan: Any) -> None:
    """①, ②, ③: the stop before the way back."""
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    at(page, 2)
    go_on(page)
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    at(page, 4)


def test_all_nine_steps_by_clicking(page: Page, meituan: Any, stepping: Any, seen: Any) -> None:
    """M039: both redirects are marked."""
    stepping()
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()  # ①
    at(page, 2)
    expect(page.get_by_test_id("step-title")).to_contain_text("第一次重定向")
    go_on(page)  # ②
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()  # ③
    at(page, 4)
    assert page.url.startswith(meituan.town.provider)
    expect(page.get_by_test_id("step-title")).to_contain_text("第二次重定向")
    go_on(page)  # ④
    at(page, 5)
    assert "code=" not in page.url
    go_on(page)  # ⑤ ⑥
    at(page, 7)
    go_on(page)  # ⑦ ⑧
    at(page, 9)
    go_on(page)  # ⑨

    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    [flow] = meituan.flows()
    messages = meituan.messages(flow["id"])
    assert [m["step"] for m in messages] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert {m["outcome"] for m in messages} == {"ok"}
    assert [m["name"] for m in messages] == [
        "login.started",
        "login.started",
        "consent.given",
        "consent.given",
        "callback.received",
        "code.redeemed",
        "profile.read",
        "profile.read",
        "callback.received",
    ]
    assert seen.errors == []


def test_each_click_shows_one_hop_in_the_trace(page: Page, meituan: Any, stepping: Any) -> None:
    stepping()

    def steps() -> list[int]:
        found: list[int] = meituan.flows()[0]["steps"]
        return found

    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    at(page, 2)
    assert steps() == [1]
    go_on(page)
    page.get_by_test_id("wx-persona-zhangsan").click()
    assert steps() == [1, 2]
    page.get_by_test_id("wx-approve").click()
    at(page, 4)
    assert steps() == [1, 2, 3]
    go_on(page)
    at(page, 5)
    assert steps() == [1, 2, 3, 4, 5]
    go_on(page)
    at(page, 7)
    assert steps() == [1, 2, 3, 4, 5, 6]
    go_on(page)
    at(page, 9)
    assert steps() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_reload_and_back_at_every_stop_send_nothing_twice(
    page: Page, meituan: Any, stepping: Any, seen: Any
) -> None:
    stepping()
    to_the_code(page, meituan)
    page.reload()
    at(page, 4)
    go_on(page)
    for step in (5, 7, 9):
        at(page, step)
        page.reload()
        at(page, step)
        before = page.url
        go_on(page)
        page.wait_for_url(lambda url: url != before)  # noqa: B023
        page.go_back()
        expect(page.get_by_test_id("step-done")).to_be_visible()
        if step != 9:
            page.get_by_test_id("step-elsewhere").click()

    page.goto(f"{meituan.url}/me")
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    [flow] = meituan.flows()
    exchanges = meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
    redeemed = [e for e in exchanges if e["name"] == "code.redeemed" and e["service"] == "provider"]
    assert len(redeemed) == 1
    assert seen.errors == []


def test_two_browsers_each_walk_their_own_login(browser: Browser, meituan: Any, stepping: Any) -> None:
    stepping()
    first, second = browser.new_context(), browser.new_context()
    one, two = first.new_page(), second.new_page()
    to_the_code(one, meituan)
    to_the_code(two, meituan)
    go_on(one)
    go_on(two)
    at(one, 5)
    at(two, 5)

    response = two.goto(one.url)
    assert response is not None
    assert response.status == 404
    expect(two.get_by_test_id("step-gone")).to_be_visible()
    for step in (7, 9):
        go_on(one)
        at(one, step)
    go_on(one)
    expect(one.get_by_test_id("mt-logged-in")).to_be_visible()
    first.close()
    second.close()


def test_resting_too_long_is_handled_and_the_retry_works(page: Page, meituan: Any, stepping: Any) -> None:
    """M132 (S0 §8.2): the code expires while the login rests, because the clock runs."""
    stepping(freeze=False)
    to_the_code(page, meituan)
    expect(page.get_by_test_id("step-clock")).to_have_attribute("data-state", "running")
    go_on(page)
    at(page, 5)
    meituan.advance("11m")
    go_on(page)

    at(page, 9)
    expect(page.get_by_test_id("step-error")).to_contain_text("授权码已过期")
    go_on(page)
    expect(page.get_by_test_id("mt-notice-message")).to_have_text("授权已过期，请重新登录")
    page.get_by_test_id("mt-notice-action").click()
    at(page, 2)
    page.get_by_test_id("th-run").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_with_the_clock_standing_a_long_rest_costs_nothing(page: Page, meituan: Any, stepping: Any) -> None:
    stepping()
    to_the_code(page, meituan)
    frozen = meituan.town.api("GET", f"/worlds/{meituan.world}/clock")
    assert frozen["frozen"]
    expect(page.get_by_test_id("step-clock")).to_have_attribute("data-state", "frozen")
    page.get_by_test_id("th-run").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    assert not meituan.town.api("GET", f"/worlds/{meituan.world}/clock")["frozen"]


def test_a_refusal_rests_before_it_goes_back(page: Page, meituan: Any, stepping: Any) -> None:
    stepping()
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    go_on(page)
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-deny").click()
    at(page, 4)
    expect(page.get_by_test_id("step-title")).to_contain_text("拒绝")
    go_on(page)

    expect(page.get_by_test_id("mt-notice-message")).to_have_text("您取消了授权，如需使用请重新登录")
    [flow] = meituan.flows()
    assert (flow["outcome"], flow["error"]) == ("refused", "access_denied")


def test_a_broken_token_endpoint_is_seen_and_then_waited_out(page: Page, meituan: Any, stepping: Any) -> None:
    stepping()
    meituan.fault("token", status=503)
    to_the_code(page, meituan)
    go_on(page)
    at(page, 5)
    go_on(page)
    at(page, 9)
    expect(page.get_by_test_id("step-error")).to_contain_text("server_error")
    go_on(page)

    expect(page.get_by_test_id("mt-retry")).to_be_visible()


def test_a_qr_login_stops_at_the_client(page: Page, town: Any, seen: Any) -> None:
    """④ is the answer of a poll there, which no page can hold back."""
    town.api("POST", "/worlds/town/stepping", {"on": True, "flows": 1})
    try:
        page.goto(f"{town.client}/login")
        page.get_by_test_id("mt-login-wechat-qr").click()
        at(page, 2)
        go_on(page)
        poll = page.locator("[data-poll]").get_attribute("data-poll")
        assert poll is not None
        uuid = poll.split("uuid=")[1]
        town.api("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})
        page.wait_for_url(f"{town.client}/**")  # the page asks when it likes
        for step in (5, 7, 9):
            at(page, step)
            go_on(page)
        expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    finally:
        town.api("DELETE", "/worlds/town/stepping")
    assert seen.errors == []


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    dresses(1),
)
def test_axe_finds_nothing_serious_at_any_stop(
    browser: Browser, meituan: Any, stepping: Any, language: str, theme: str, width: int
) -> None:
    stepping()
    context = browser.new_context(
        locale=language, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, problems = context.new_page(), []
    to_the_code(page, meituan)
    for step in (4, 5, 7, 9):
        at(page, step)
        page.wait_for_load_state()
        problems += findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0
        go_on(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("step-done")).to_be_visible()
    problems += findings(page)
    context.close()

    assert problems == []


def test_every_stop_works_without_scripts(browser: Browser, meituan: Any, stepping: Any) -> None:
    stepping()
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    to_the_code(page, meituan)
    for step in (4, 5, 7, 9):
        at(page, step)
        go_on(page)

    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    context.close()


@pytest.mark.parametrize(("language", "theme", "width"), dresses(0))
def test_the_backstage_page_arms_a_login_and_shows_where_it_rests(
    browser: Browser, meituan: Any, stepping: Any, language: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        locale=language, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, stage = context.new_page(), context.new_page()
    page.goto(f"{meituan.town.provider}/_mock/stepping?world={meituan.world}")
    expect(page.get_by_test_id("step-mode")).to_have_attribute("data-state", "off")
    page.get_by_test_id("step-mode-one").check()
    page.get_by_test_id("th-step-arm").click()
    expect(page.get_by_test_id("step-mode")).to_have_attribute("data-state", "on")
    to_the_code(stage, meituan)

    page.reload()
    expect(page.get_by_test_id("step-mode-rest")).to_have_attribute("data-step", "4")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    assert findings(page) == []
    page.get_by_test_id("th-step-off").click()
    expect(page.get_by_test_id("step-mode-none")).to_be_visible()
    go_on(stage)
    expect(stage.get_by_test_id("mt-logged-in")).to_be_visible()
    context.close()
