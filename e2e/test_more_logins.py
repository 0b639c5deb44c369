"""Logging in with QQ and with Weibo, and one local account that can be entered with each of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from accessibility import dresses, findings, put_on
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

NAMES = {"wechat": "微信", "qq": "QQ", "weibo": "微博"}


@pytest.fixture
def person(town: Any) -> str:
    """Somebody new, whom no other test has logged in."""
    uid = f"p{secrets.token_hex(4)}"
    town.api("POST", "/users?world=town", {"uid": uid, "nickname": f"新人{uid[-3:]}", "password": "ninestep"})
    return uid


def agree(page: Page, person: str) -> None:
    """At the provider: log in if asked, and say yes if asked."""
    persona, approve = page.get_by_test_id(f"wx-persona-{person}"), page.get_by_test_id("wx-approve")
    inside = page.get_by_test_id("mt-logged-in")
    expect(persona.or_(approve).or_(inside).first).to_be_visible()
    if persona.is_visible():
        persona.click()
        expect(approve.or_(inside).first).to_be_visible()
    if approve.is_visible():
        approve.click()


def log_in(page: Page, town: Any, provider: str, person: str) -> str:
    """The local user."""
    page.goto(f"{town.client}/login")
    page.get_by_test_id(f"mt-login-{provider}").click()
    agree(page, person)
    return str(page.get_by_test_id("mt-local-user-id").inner_text())


def bind(page: Page, provider: str, person: str) -> None:
    page.get_by_test_id(f"mt-bind-{provider}").click()
    agree(page, person)


def log_out(page: Page) -> None:
    page.get_by_test_id("mt-logout").click()
    page.get_by_test_id("mt-login").wait_for()


def steps(town: Any, provider: str) -> list[int]:
    appid = {"qq": "101234567", "weibo": "1357924680"}[provider]
    flow = town.api("GET", "/flows", params={"world": "town", "app": appid})[0]["id"]
    messages = town.api("GET", f"/flows/{flow}/messages", params={"wait": 10, "until": "step=9"})
    return [message["step"] for message in messages if message["step"]]


@pytest.mark.parametrize("provider", ["qq", "weibo"])
def test_a_person_logs_in_and_it_is_nine_steps(
    page: Page, town: Any, person: str, seen: Any, provider: str
) -> None:
    log_in(page, town, provider, person)

    expect(page.get_by_test_id("mt-nickname")).to_have_text(f"新人{person[-3:]}")
    expect(page.get_by_test_id(f"mt-way-{provider}")).to_have_attribute("data-state", "only")
    expect(page.locator(".kv")).to_contain_text(f"{NAMES[provider]}令牌")
    expect(page.get_by_test_id("mt-token-status")).to_have_attribute("data-state", "valid")
    page.wait_for_function("document.querySelector('[data-testid=mt-avatar]').naturalWidth > 0")
    assert steps(town, provider) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    page.get_by_test_id("mt-call-api").click()
    expect(page.get_by_test_id("mt-refreshed")).to_be_visible()
    assert seen.errors == []


def test_a_refusal_at_weibo_is_friendly_and_offers_weibo_again(
    page: Page, town: Any, person: str, seen: Any
) -> None:
    page.goto(f"{town.client}/login")
    page.get_by_test_id("mt-login-weibo").click()
    page.get_by_test_id(f"wx-persona-{person}").click()
    page.get_by_test_id("wx-deny").click()

    expect(page.get_by_test_id("mt-notice")).to_contain_text("您取消了授权，如需使用请重新登录")
    expect(page.get_by_test_id("mt-notice-action")).to_have_attribute("href", "/login/weibo")


def test_one_account_is_entered_with_each_of_the_three(page: Page, town: Any, person: str, seen: Any) -> None:
    user = log_in(page, town, "wechat", person)
    for provider in ("qq", "weibo"):
        bind(page, provider, person)
        expect(page.get_by_test_id("mt-bound")).to_contain_text(f"已绑定{NAMES[provider]}")

    for provider in ("qq", "weibo", "wechat"):
        log_out(page)
        assert log_in(page, town, provider, person) == user
    for provider in NAMES:
        expect(page.get_by_test_id(f"mt-way-{provider}")).to_have_attribute("data-state", "bound")
    assert seen.errors == []


def test_what_was_unbound_is_an_account_of_its_own_and_the_last_one_stays(
    page: Page, town: Any, person: str, seen: Any
) -> None:
    user = log_in(page, town, "qq", person)
    bind(page, "weibo", person)

    page.get_by_test_id("mt-unbind-qq").click()

    expect(page.get_by_test_id("mt-unbound")).to_have_text(re.compile("已解绑QQ"))
    expect(page.get_by_test_id("mt-way-weibo")).to_have_attribute("data-state", "only")
    expect(page.get_by_test_id("mt-unbind-weibo")).to_have_count(0)
    log_out(page)
    assert log_in(page, town, "qq", person) != user


def test_an_identity_of_somebody_elses_account_is_refused(
    page: Page, browser: Browser, town: Any, person: str, seen: Any
) -> None:
    other = browser.new_page()
    owner = log_in(other, town, "qq", person)
    user = log_in(page, town, "wechat", person)

    bind(page, "qq", person)

    expect(page.get_by_test_id("mt-notice")).to_contain_text("没有做任何改动")
    expect(page.get_by_test_id("mt-way-qq")).to_have_attribute("data-state", "free")
    expect(page.get_by_test_id("mt-local-user-id")).to_have_text(user)
    other.reload()
    expect(other.get_by_test_id("mt-local-user-id")).to_have_text(owner)
    other.close()


def test_all_of_it_works_without_scripts(browser: Browser, town: Any, person: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    user = log_in(page, town, "weibo", person)
    bind(page, "qq", person)
    expect(page.get_by_test_id("mt-bound")).to_contain_text("已绑定QQ")
    page.get_by_test_id("mt-unbind-weibo").click()
    expect(page.get_by_test_id("mt-way-weibo")).to_have_attribute("data-state", "free")
    expect(page.get_by_test_id("mt-local-user-id")).to_have_text(user)
    context.close()


def login_page(page: Page, town: Any, person: str) -> None:
    page.goto(f"{town.client}/login?notice=access_denied&via=qq")


def one_way(page: Page, town: Any, person: str) -> None:
    log_in(page, town, "qq", person)


def two_ways(page: Page, town: Any, person: str) -> None:
    one_way(page, town, person)
    bind(page, "weibo", person)
    page.get_by_test_id("mt-bound").wait_for()


def refused(page: Page, town: Any, person: str) -> None:
    one_way(page, town, person)
    page.goto(f"{town.client}/me?notice=bind_taken")


PAGES = {"login": login_page, "one way": one_way, "two ways": two_ways, "refused": refused}


@pytest.mark.parametrize(
    ("name", "language", "theme", "width"),
    [case for number, name in enumerate(PAGES) for case in dresses(number, name)],
)
def test_axe_finds_nothing_serious(
    page: Page, town: Any, person: str, name: str, language: str, theme: str, width: int
) -> None:
    put_on(page, (town.client, town.provider), language, theme, width)
    visit: Callable[[Page, Any, str], None] = PAGES[name]

    visit(page, town, person)
    page.wait_for_load_state("load")

    assert findings(page) == []
    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
