"""What else happens to a login: refusals, silent ones, strange callbacks, time, and a provider that stumbles."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def log_in(page: Page, persona: str = "zhangsan") -> None:
    page.get_by_test_id(f"wx-persona-{persona}").click()


def agree(page: Page, persona: str = "zhangsan") -> None:
    log_in(page, persona)
    page.get_by_test_id("wx-approve").click()


def held_callback(page: Page) -> str:
    """Agree, with this browser's own cookies, and keep the address that it would go to."""
    form = page.get_by_test_id("wx-approve").locator("xpath=ancestor::form")
    nonce = form.locator("[name=consent_nonce]").get_attribute("value")
    fields = {"decision": "approve", "consent_nonce": str(nonce)}
    action = str(form.evaluate("form => form.action"))
    answer = page.request.post(action, form=fields, max_redirects=0)
    assert answer.status == 303
    return answer.headers["location"]


def test_refusal_is_friendly_and_offers_a_new_login(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    page.get_by_test_id("wx-deny").click()

    expect(page.get_by_test_id("mt-notice-title")).to_have_text("登录失败")
    expect(page.get_by_test_id("mt-notice")).to_contain_text("您取消了授权，如需使用请重新登录")
    expect(page.get_by_test_id("mt-notice-action")).to_have_text("重新登录")
    [flow] = meituan.flows(wait=10, until="ended")
    assert (flow["outcome"], flow["error"]) == ("refused", "access_denied")


def test_silent_login_asks_nothing_and_completes_the_profile_later(
    page: Page, meituan: Any, start: Any
) -> None:
    start()
    agree(page)
    page.get_by_test_id("mt-logout").click()
    expect(page.get_by_test_id("mt-login")).to_be_visible()
    meituan.town.api("DELETE", "/grants", params={"world": meituan.world}, status=204)
    start("mt-login-wechat-silent")

    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    silent = meituan.flows()[0]
    assert [m["step"] for m in meituan.messages(silent["id"], until="step=9")] == [1, 2, 4, 5, 6, 9]

    page.get_by_test_id("mt-complete-profile").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_two_logins_are_one_local_user(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    first = page.get_by_test_id("mt-local-user-id").inner_text()
    page.get_by_test_id("mt-logout").click()
    expect(page.get_by_test_id("mt-login")).to_be_visible()

    start()
    page.get_by_test_id("wx-approve").click()

    assert page.get_by_test_id("mt-local-user-id").inner_text() == first


def test_tampered_state_is_refused_and_spends_nothing(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    url = held_callback(page)
    tampered = re.sub(r"state=\w", lambda first: "state=1" if first[0] == "state=0" else "state=0", url)

    answer = page.goto(tampered)
    assert answer is not None
    assert answer.status == 400
    expect(page.locator("body")).to_contain_text("授权失败：state参数不匹配")

    page.goto(url)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()


def test_replayed_callback_is_refused_and_the_login_stays(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    url = held_callback(page)
    page.goto(url)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    answer = page.goto(url)

    assert answer is not None
    assert answer.status == 400
    page.goto(f"{meituan.url}/me")
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    [flow] = meituan.flows()
    redeemed = [
        m for m in meituan.messages(flow["id"], helpers=1) if m["name"] == "code.redeemed" and m["step"] == 6
    ]
    assert len(redeemed) == 1


def test_callback_of_another_browser_is_refused(page: Page, browser: Any, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    url = held_callback(page)

    victim = browser.new_page()
    answer = victim.goto(url)
    assert answer.status == 400
    victim.close()

    page.goto(url)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()


def test_callback_without_a_code_says_so(page: Page, meituan: Any) -> None:
    answer = page.goto(f"{meituan.url}/auth/wechat/callback")

    assert answer is not None
    assert answer.status == 400
    expect(page.locator("body")).to_contain_text("授权失败：没有收到授权码")


def test_expired_code_is_handled_and_a_retry_works(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    url = held_callback(page)
    meituan.advance("10m1s")

    page.goto(url)

    expect(page.get_by_test_id("mt-notice")).to_contain_text("授权已过期，请重新登录")
    page.get_by_test_id("mt-notice-action").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_withdrawn_consent_leads_to_a_new_login(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")
    expect(page.get_by_test_id("wx-grant-row")).to_have_count(1)
    page.get_by_test_id("wx-grant-revoke").click()
    expect(page.get_by_test_id("wx-grant-empty")).to_be_visible()

    page.goto(f"{meituan.url}/me")
    page.get_by_test_id("mt-call-api").click()

    expect(page.get_by_test_id("mt-notice")).to_be_visible()
    expect(page.get_by_test_id("mt-notice")).not_to_contain_text(re.compile(r"\d{5}|invalid_"))


def test_token_is_refreshed_before_it_ends(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()

    def refreshes() -> int:
        found = meituan.messages(flow["id"], helpers=1)
        return len([m for m in found if m["name"] == "token.refreshed"])

    def call() -> None:
        with page.expect_response("**/me?refreshed*"):  # the page looks the same before
            page.get_by_test_id("mt-call-api").click()

    meituan.advance("1h54m")  # the exact second is a test of the token manager; this one has its own pace
    call()
    assert refreshes() == 0

    meituan.advance("1m30s")
    call()
    assert refreshes() == 1


def test_dead_refresh_token_means_a_new_login(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    meituan.advance("31d")

    page.get_by_test_id("mt-call-api").click()

    expect(page.get_by_test_id("mt-notice")).to_contain_text("登录已过期，请重新登录")


@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
def test_server_error_twice_then_success(page: Page, meituan: Any, start: Any, endpoint: str) -> None:
    meituan.fault(endpoint, status=503, times=2)
    page.route(  # the waiting page would press its button itself, and one of the two would come too late
        "**/login/retry/*",
        lambda route: route.abort() if route.request.resource_type == "fetch" else route.fallback(),
    )
    start()
    agree(page)

    for wait in ("3s", "6s"):
        expect(page.locator("body")).to_contain_text("服务暂时不可用，请稍后再试")
        meituan.advance(wait)
        page.get_by_test_id("mt-retry-again").click()
        page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    flows = meituan.flows()
    assert [flow["outcome"] for flow in reversed(flows)] == ["failed", "failed", "ok"]
    for flow in flows:
        sent = [m for m in meituan.messages(flow["id"]) if m["step"] == 5]
        assert len(sent) == 1


def test_two_tabs_log_in_side_by_side(context: Any, meituan: Any, seen: Any) -> None:
    one, two = context.new_page(), context.new_page()
    for tab in (one, two):
        tab.goto(f"{meituan.url}/login")
        tab.get_by_test_id("mt-login-wechat").click()
        expect(tab.get_by_test_id("wx-persona-zhangsan")).to_be_visible()
    agree(one)
    expect(one.get_by_test_id("mt-logged-in")).to_be_visible()
    agree(two)
    expect(two.get_by_test_id("mt-logged-in")).to_be_visible()


def test_double_click_on_agree_logs_in_once(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    page.get_by_test_id("wx-approve").dblclick()

    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()
    assert [m["step"] for m in meituan.messages(flow["id"])] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_back_button_after_agreeing_meets_a_friendly_page(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    page.go_back()
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("wx-done")).to_be_visible()
    page.goto(f"{meituan.url}/me")
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_reloaded_consent_page_is_as_good_as_the_first(page: Page, meituan: Any, start: Any) -> None:
    start()
    log_in(page)
    expect(page.get_by_test_id("wx-approve")).to_be_visible()

    page.reload()
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")


def test_cookies_of_the_services_leave_each_other_alone(
    page: Page, meituan: Any, start: Any, context: Any
) -> None:
    start()
    agree(page)
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")
    expect(page.get_by_test_id("wx-grant-row")).to_be_visible()
    page.goto(f"{meituan.url}/me")

    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    names = [cookie["name"] for cookie in context.cookies()]
    assert sorted(set(names)) == sorted(names)
    assert {"mt_session", "mt_login", "wx_session"} <= set(names)


def test_logging_out_leaves_the_provider_alone(page: Page, meituan: Any, start: Any) -> None:
    start()
    agree(page)
    page.get_by_test_id("mt-logout").click()

    expect(page.get_by_test_id("mt-login")).to_be_visible()
    page.goto(f"{meituan.url}/me")
    expect(page.get_by_test_id("mt-login")).to_be_visible()
    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")
    expect(page.get_by_test_id("wx-grant-row")).to_be_visible()


def test_starting_at_localhost_ends_logged_in(page: Page, meituan: Any, seen: Any) -> None:
    page.goto(meituan.url.replace("127.0.0.1", "localhost") + "/login")
    page.get_by_test_id("mt-login-wechat").click()
    agree(page)

    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    assert page.url.startswith(meituan.url)


def test_language_and_appearance_are_remembered(page: Page, meituan: Any, seen: Any) -> None:
    page.goto(f"{meituan.url}/login?lang=en&theme=dark")
    page.goto(f"{meituan.url}/login")

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    expect(page.get_by_test_id("ribbon")).to_be_visible()


def test_zhihu_logs_in_with_plain_oauth(page: Page, town: Any, seen: Any) -> None:
    page.goto(f"{town.client}/zhihu")
    page.get_by_test_id("zh-login-wechat").click()
    log_in(page, "lisi")
    expect(page.get_by_test_id("wx-consent")).to_contain_text("知乎将获取你的头像和昵称")
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("zh-name")).to_contain_text("李四")
    assert seen.errors == []
