"""The pages to learn from and the handbook of errors, in a browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from accessibility import dresses, findings, put_on
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = (
    *("learn/", "learn/roles", "learn/params", "learn/storage", "learn/glossary", "learn/cheatsheet"),
    *("learn/grants", "learn/grants/code"),
    *("learn/teacher", "learn/worksheet", "learn/worksheet/all", "learn/with-oauth", "learn/checklist"),
    *("errors", "errors/standard/invalid_grant", "errors/wechat/40029"),
)


@pytest.fixture
def login(page: Page, meituan: Any) -> Any:
    """A login of 张三 with his password, through Meituan; its flow."""

    def login() -> str:
        page.goto(f"{meituan.url}/login")
        page.get_by_test_id("mt-login-wechat").click()
        page.get_by_test_id("wx-username").fill("zhangsan")
        page.get_by_test_id("wx-password").fill("ninestep")
        page.get_by_test_id("wx-submit").click()
        page.get_by_test_id("wx-approve").click()
        page.get_by_test_id("mt-logged-in").wait_for()
        return str(meituan.flows(wait=10, until="ended")[0]["id"])

    return login


@pytest.mark.parametrize("language", [pytest.param("zh-CN", marks=pytest.mark.slow), "en"])
def test_every_page_opens_without_an_error_and_asks_nobody_else(
    page: Page, meituan: Any, seen: Any, login: Any, language: str
) -> None:
    login()
    base, query = f"{meituan.town.provider}/_mock", f"lang={language}&world={meituan.world}"
    for path in PAGES:
        response = page.goto(f"{base}/{path}?{query}")
        assert response is not None
        assert response.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator("h1")).to_have_count(1)

    assert seen.errors == []
    assert seen.foreign == []


@pytest.mark.parametrize(
    ("language", "theme", "width"),
    dresses(0),
)
def test_axe_finds_nothing_serious(
    page: Page, meituan: Any, login: Any, language: str, theme: str, width: int
) -> None:
    login()
    base = f"{meituan.town.provider}/_mock"
    put_on(page, (meituan.town.provider,), language, theme, width)
    for path in PAGES:
        page.goto(f"{base}/{path}?world={meituan.world}")
        if path.startswith("errors/"):
            page.get_by_test_id("er-provoke").click()
            page.get_by_test_id("er-came").wait_for()
            page.wait_for_load_state()
        assert findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_cheat_sheet_is_exactly_one_a4_page(page: Page, town: Any, language: str) -> None:
    page.goto(f"{town.provider}/_mock/learn/cheatsheet?lang={language}&theme=dark")

    printed = page.pdf(format="A4", prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", printed)
    assert box
    assert (round(float(box[1])), round(float(box[2]))) == (595, 842)  # points


def test_a_print_of_the_worksheet_has_blanks_and_no_buttons(page: Page, town: Any) -> None:
    page.goto(f"{town.provider}/_mock/learn/worksheet?lang=en")
    expect(page.get_by_text("What I saw").first).to_be_hidden()

    page.emulate_media(media="print")

    expect(page.get_by_text("What I saw")).to_have_count(12)
    expect(page.get_by_text("What I saw").first).to_be_visible()
    expect(page.get_by_test_id("ws-check-redirect")).to_be_hidden()


def test_the_print_button_prints(page: Page, town: Any) -> None:
    page.add_init_script("window.print = () => { window.printed = true }")
    page.goto(f"{town.provider}/_mock/learn/cheatsheet")

    page.get_by_test_id("ln-print").click()

    assert page.evaluate("window.printed") is True


def test_an_experiment_checks_itself(page: Page, meituan: Any, login: Any) -> None:
    """Say no at the consent page, as the sheet tells, and let it check."""
    sheet = f"{meituan.town.provider}/_mock/learn/worksheet?app={meituan.appid}&lang=en"
    page.goto(sheet)
    page.get_by_test_id("ws-check-deny").click()
    card = page.get_by_test_id("ws-deny")
    expect(card).to_have_attribute("data-done", "no")
    expect(card.get_by_test_id("ws-verdict")).to_contain_text("Not yet")

    with page.context.expect_page() as opened:
        page.get_by_test_id("ws-open-deny").click()
    stage = opened.value
    stage.get_by_test_id("wx-persona-lisi").click()
    stage.get_by_test_id("wx-deny").click()
    stage.wait_for_url("**/auth/wechat/callback**")
    page.get_by_test_id("ws-check-deny").click()

    expect(card).to_have_attribute("data-done", "yes")
    expect(card.get_by_test_id("ws-verdict")).to_contain_text("Done")


def test_reloading_the_callback_is_seen(page: Page, meituan: Any, seen: Any, login: Any) -> None:
    login()
    callback = next(url for url in seen.requests if "/auth/wechat/callback?" in url)
    assert parse_qs(urlsplit(callback).query)["code"]

    page.goto(callback)
    page.goto(f"{meituan.town.provider}/_mock/learn/worksheet/reload?app={meituan.appid}")

    expect(page.get_by_test_id("ws-reload")).to_have_attribute("data-done", "yes")


def test_a_provoked_error_is_on_the_page(page: Page, town: Any, seen: Any) -> None:
    page.goto(f"{town.provider}/_mock/errors?lang=en")
    row = page.locator('[data-testid="er-row"][data-code="40163"]')
    row.get_by_test_id("er-provoke").click()

    expect(page.get_by_test_id("er-code")).to_have_text("40163")
    expect(page.get_by_test_id("er-came")).to_have_attribute("data-came", "yes")
    expect(page.get_by_test_id("er-answer")).to_contain_text("code been used")
    expect(page.get_by_test_id("er-checks")).to_contain_text("code")
    assert seen.errors == []


def test_an_armed_error_meets_the_next_login(page: Page, meituan: Any, start: Any) -> None:
    page.goto(f"{meituan.town.provider}/_mock/errors/wechat/45011?lang=en&world={meituan.world}")
    page.get_by_test_id("er-target").select_option(f"{meituan.appid} token")
    page.get_by_test_id("er-arm").click()
    expect(page.get_by_test_id("er-armed")).to_contain_text("45011")

    start()
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("wx-approve").click()
    page.wait_for_load_state("load")

    flow = meituan.flows(wait=10, until="ended")[0]["id"]
    told = meituan.town.api("GET", f"/flows/{flow}/exchanges")
    (answer,) = {e["response"]["body"] for e in told if e["name"] == "code.redeemed"}
    assert '"errcode":45011' in answer


def test_with_oauth_shows_the_password_where_it_was_typed(page: Page, meituan: Any, login: Any) -> None:
    flow = login()

    page.goto(f"{meituan.town.provider}/_mock/learn/with-oauth/{flow}?lang=en")

    facts = page.get_by_test_id("ln-fact")
    expect(facts).to_have_count(4)
    for index in range(4):
        expect(facts.nth(index)).to_have_attribute("data-state", "yes")
    seq = facts.first.get_by_test_id("ln-fact-message").get_attribute("data-message")
    told = meituan.messages(flow, helpers="1")
    (message,) = [each for each in told if str(each["seq"]) == seq]
    assert message["name"] == "login.submitted"
