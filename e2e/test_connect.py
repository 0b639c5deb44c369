"""Programs for one's own SDK on ``/_mock/connect``, as a person picks and takes one; run they are in ``clients``."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def address(world: Any, sdk: str = "") -> str:
    return f"{world.town.provider}/_mock/connect?app={world.appid}&lang=en" + (f"&sdk={sdk}" if sdk else "")


def text(world: Any, sdk: str, **query: str) -> str:
    api = f"{world.town.provider}/_mock/api/apps/{world.appid}/snippets/{sdk}"
    return str(world.town.http.get(api, params=query).content.decode())


def test_a_program_is_picked_filled_in_and_copied(browser: Browser, world: Any) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address(world))
    page.get_by_test_id("ct-sdk-wechatpy").click()
    expect(page.get_by_test_id("ct-sdk-wechatpy")).to_have_attribute("aria-current", "true")
    expect(page.get_by_test_id("ct-snippet-run")).to_have_attribute("data-run", "yes")

    page.get_by_test_id("ct-secret-show").click()
    expect(page.get_by_test_id("ct-snippet")).to_have_attribute("data-sdk", "wechatpy")
    copy = page.locator('[data-copy="ct-snippet"]')
    copy.click()
    expect(copy).to_have_text(str(copy.get_attribute("data-copied")))  # only then the clipboard has it

    assert page.evaluate("navigator.clipboard.readText()") == text(world, "wechatpy", secret="1")
    assert world.secret not in page.url
    context.close()


def test_it_is_picked_without_scripts_and_by_the_keyboard(browser: Browser, world: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(address(world, "wechatpy"))
    page.get_by_test_id("ct-sdk-wechatpy").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"sdk=social-core.*#sdk$"))
    expect(page.get_by_test_id("ct-snippet")).to_have_text(text(world, "social-core"))
    expect(page.get_by_test_id("ct-start")).to_contain_text('eval "$(ninestep env)"')
    expect(page.locator('[data-copy="ct-snippet"]')).to_be_hidden()
    context.close()


def test_who_changes_the_app_keeps_the_sdk_that_fits_it_too(page: Page, world: Any) -> None:
    other = world.new_app(dialect="standard", kind="web", name="Other")
    page.goto(address(world, "auth-js"))

    page.get_by_test_id("st-app").select_option(other["appid"])
    page.get_by_test_id("st-app-show").click()

    expect(page.get_by_test_id("ct-snippet")).to_have_attribute("data-sdk", "auth-js")
    expect(page.get_by_test_id("ct-snippet")).to_contain_text(other["appid"])
    expect(page.get_by_test_id("ct-unregistered")).to_contain_text("/auth/callback/ninestep")


def test_a_long_line_scrolls_in_its_box_and_not_the_page(browser: Browser, world: Any) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    for sdk in ("wxjava", "passport", "curl"):
        page.goto(address(world, sdk))
        assert page.evaluate("document.documentElement.scrollWidth") == 320
    context.close()
