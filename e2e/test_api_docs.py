"""The control API's pages: Swagger UI out of an installed package, under the strict CSP, without a network."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

DOCS = "/_mock/api/docs"


def opened(page: Page, town: Any, query: str = "") -> None:
    page.goto(f"{town.provider}{DOCS}{query}")
    page.locator(".opblock").first.wait_for()


@pytest.mark.browser
def test_the_page_lists_every_call_and_runs_one(page: Page, town: Any, seen: Any) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    document = town.api("GET", "/openapi.json")

    opened(page, town)
    expect(page.locator(".opblock")).to_have_count(
        sum(len(methods) for methods in document["paths"].values())
    )
    call = page.locator("#operations-users-users_one")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    call.get_by_placeholder("uid").fill("wangwu")
    call.get_by_role("button", name="Execute").click()
    answer = call.locator(".live-responses-table tbody .response-col_status").first

    expect(answer).to_contain_text("200")
    expect(call.locator(".live-responses-table .highlight-code").first).to_contain_text("王五")
    assert said == []  # no rule of the CSP was broken either
    assert seen.errors == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_world_is_made_with_the_example_of_the_page(page: Page, town: Any, seen: Any) -> None:
    opened(page, town)
    call = page.locator("#operations-apps-apps_create")
    call.locator(".opblock-summary-control").click()
    call.get_by_role("button", name="Try it out").click()
    with page.expect_response(lambda r: r.url.endswith("/_mock/api/apps")) as made:
        call.get_by_role("button", name="Execute").click()

    assert made.value.status == 201
    app = made.value.json()
    assert app["consent"] == {"mode": "auto", "user": "zhangsan"}
    town.api("DELETE", f"/apps/{app['appid']}")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("theme", "dark", "width"),
    [("dark", True, 390), pytest.param("light", False, 1280, marks=pytest.mark.slow)],
)
def test_the_page_follows_the_theme_and_fits_the_screen(
    page: Page, town: Any, theme: str, dark: bool, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, town, f"?theme={theme}&lang=en")

    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == dark
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shade = page.evaluate("getComputedStyle(document.querySelector('.opblock-tag')).color.match(/\\d+/g)[0]")
    assert (int(shade) > 128) == dark, "text that can be read on its ground"


@pytest.mark.browser
def test_without_scripts_the_page_is_a_table_of_the_calls(browser: Browser, town: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{town.provider}{DOCS}?lang=en")

    expect(page.get_by_role("cell", name="DELETE /_mock/api/apps/{appid}", exact=True)).to_be_visible()
    expect(page.get_by_test_id("ad-document")).to_have_attribute("href", "/_mock/api/openapi.json")
    context.close()


@pytest.mark.browser
def test_the_start_page_leads_there(page: Page, town: Any) -> None:
    page.goto(f"{town.provider}/_mock/")
    page.get_by_test_id("st-openapi").click()

    expect(page.get_by_test_id("ad-calls")).to_be_visible()


def test_the_packages_files_are_kept_by_a_browser_and_nothing_else_of_it_is_served(town: Any) -> None:
    page = requests.get(f"{town.provider}{DOCS}", timeout=10)
    script = page.text.split('<script defer src="')[1].split('"')[0]

    told = requests.get(town.provider + script, timeout=10)
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert "max-age=86400" in told.headers["Cache-Control"]
    assert "immutable" in told.headers["Cache-Control"]
    again = requests.get(town.provider + script, headers={"If-None-Match": told.headers["ETag"]}, timeout=10)
    assert again.status_code == 304
    folder = script.rsplit("/", 1)[0]
    for name in (
        "swagger-ui.js",
        "VERSION",
        "..%2F__init__.py",
        "%2e%2e/__init__.py",
        "oauth2-redirect.html",
    ):
        assert requests.get(f"{town.provider}{folder}/{name}", timeout=10).status_code == 404, name
    assert requests.get(f"{town.provider}{DOCS}/0.0/swagger-ui.css", timeout=10).status_code == 404
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
