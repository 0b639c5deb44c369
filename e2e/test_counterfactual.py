"""一定要授权码吗 (seed S3): both ways without a code, played in a browser with the real services."""

from __future__ import annotations

from typing import Any

import pytest
from accessibility import dresses, findings
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

QQ = "101234567"


def play(page: Page, town: Any, way: str) -> None:
    """Up to the user's yes."""
    page.goto(f"{town.client}/counterfactual")
    page.get_by_test_id(f"cf-play-{way}").click()
    agree(page)


def agree(page: Page) -> None:
    persona, approve = page.get_by_test_id("wx-persona-lisi"), page.get_by_test_id("wx-approve")
    after = page.get_by_test_id("cf-token").or_(page.get_by_test_id("cf-stranded"))
    expect(persona.or_(approve).or_(after).first).to_be_visible()
    if persona.is_visible():
        persona.click()
        expect(approve.or_(after).first).to_be_visible()
    if approve.is_visible():
        approve.click()


def newest(town: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Messages and ledger of QQ's newest flow."""
    flow = town.api("GET", "/flows", params={"world": "town", "app": QQ})[0]["id"]
    messages = town.api("GET", f"/flows/{flow}/messages")
    return messages, town.api("GET", f"/flows/{flow}/ledger")


def tokens(ledger: dict[str, Any], place: str) -> set[str]:
    """How a place stands to the access tokens of a flow."""
    return {row["cells"][place]["state"] for row in ledger["rows"] if row["kind"] == "access_token"}


def test_a_token_in_the_redirect_ends_up_in_the_browser(page: Page, town: Any, seen: Any) -> None:
    """M040."""
    play(page, town, "redirect")

    expect(page.get_by_test_id("cf-token")).to_have_attribute("data-state", "token")
    masked = page.get_by_test_id("cf-token-masked").inner_text()
    assert masked.startswith("access_token=••••")
    assert "#" not in page.url
    messages, ledger = newest(town)
    assert [m["step"] for m in messages] == [1, 2, 3, 4]
    assert tokens(ledger, "browser") == {"forbidden"}
    assert tokens(ledger, "client_app") == {"never"}
    assert seen.errors == []


def test_a_token_for_the_back_end_leaves_the_user_stranded(page: Page, town: Any, seen: Any) -> None:
    """M041: no redirect back; the client has data, the browser does not know."""
    play(page, town, "delivery")

    expect(page.get_by_test_id("cf-stranded")).to_have_attribute("data-state", "taken")
    assert page.url.startswith(town.provider)
    messages, ledger = newest(town)
    told = [(m["step"], m["from"], m["to"], m["channel"]) for m in messages]
    assert told[2:] == [
        (3, "browser", "provider", "front"),
        (4, "provider", "client_app", "back"),
        (7, "client_app", "resource_api", "back"),
        (8, "resource_api", "client_app", "back"),
    ]
    assert {m["outcome"] for m in messages} == {"ok"}
    assert tokens(ledger, "browser") == {"never"}
    assert tokens(ledger, "client_app") == {"knows"}

    page.get_by_test_id("cf-look").click()
    expect(page.get_by_test_id("cf-nickname")).to_contain_text("李四")
    page.goto(f"{town.client}/me")
    expect(page.get_by_test_id("mt-login")).to_be_visible()
    assert seen.errors == []


def test_a_refusal_stays_at_the_platform(page: Page, town: Any) -> None:
    page.goto(f"{town.client}/counterfactual")
    page.get_by_test_id("cf-play-delivery").click()
    page.get_by_test_id("wx-persona-zhaoliu").click()

    expect(page.get_by_test_id("wx-done")).to_be_visible()
    expect(page.get_by_test_id("cf-stranded")).to_have_count(0)


def test_without_scripts_the_token_stays_in_the_address_bar(browser: Browser, town: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    play(page, town, "redirect")

    expect(page.get_by_test_id("cf-token")).to_have_attribute("data-state", "unread")
    assert "#access_token=" in page.url
    context.close()


@pytest.mark.parametrize(("language", "theme", "width"), dresses(1))
def test_axe_finds_nothing_serious(
    browser: Browser, town: Any, language: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        locale=language, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, problems = context.new_page(), []

    def look() -> None:
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0
        problems.extend(findings(page))

    play(page, town, "redirect")
    expect(page.get_by_test_id("cf-token")).to_have_attribute("data-state", "token")
    look()
    play(page, town, "delivery")
    page.get_by_test_id("cf-stranded").wait_for()
    look()
    page.get_by_test_id("cf-look").click()
    page.get_by_test_id("cf-arrived").wait_for()
    look()
    context.close()

    assert problems == []
