"""The front door by clicking, and a foreign client whose steps tick while one watches."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

CALLBACK = "http://127.0.0.1/callback"


class Foreign:
    """A client that the town has never seen: a plain script over one base URL."""

    def __init__(self, world: Any) -> None:
        self.world, self.base = world, world.town.gateway

    def authorize(self) -> str:
        query = {"appid": self.world.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        answer = self._get("/connect/oauth2/authorize", scope="snsapi_userinfo", **query)
        return str(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0])

    def redeem(self, code: str) -> dict[str, Any]:
        fields = {"appid": self.world.appid, "secret": self.world.secret, "code": code}
        answer = self._get("/sns/oauth2/access_token", grant_type="authorization_code", **fields)
        return dict(json.loads(answer.content))

    def profile(self, tokens: dict[str, Any]) -> str:
        answer = self._get("/sns/userinfo", access_token=tokens["access_token"], openid=tokens["openid"])
        return str(json.loads(answer.content)["nickname"])

    def _get(self, path: str, **query: str) -> Any:
        return self.world.town.http.get(self.base + path, params=query, allow_redirects=False)


def step(page: Page, number: int) -> Any:
    return expect(page.get_by_test_id(f"st-step-{number}"))


def test_the_front_door_leads_to_the_login_and_says_that_all_is_well(
    page: Page, town: Any, seen: Any
) -> None:
    page.goto(f"{town.provider}/")
    for part in ("provider", "resource_api", "client_app", "gateway", "redis"):
        expect(page.get_by_test_id(f"st-health-{part}")).to_have_attribute("data-state", "ready")

    page.get_by_test_id("st-play").click()

    expect(page.get_by_test_id("mt-login-wechat")).to_be_visible()
    assert seen.errors == []


def test_language_and_appearance_are_chosen_at_the_door(page: Page, town: Any) -> None:
    page.goto(f"{town.provider}/_mock/")
    page.get_by_test_id("st-lang-en").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_test_id("st-theme-dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_checklist_ticks_itself_as_a_foreign_client_gets_on(page: Page, world: Any, seen: Any) -> None:
    client = Foreign(world)
    page.goto(f"{world.town.provider}/_mock/connect?app={world.appid}")
    step(page, 2).to_have_attribute("data-state", "here")
    for inside in (1, 9):
        step(page, inside).to_have_attribute("data-state", "unseen")

    code = client.authorize()
    step(page, 4).to_have_attribute("data-state", "done")
    step(page, 5).to_have_attribute("data-state", "here")

    tokens = client.redeem(code)
    step(page, 6).to_have_attribute("data-state", "done")

    assert client.profile(tokens) == "张三"
    step(page, 8).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("st-checklist")).to_have_attribute("data-reached", "7")

    client.authorize()  # a second login: the list begins anew with it
    step(page, 8).to_have_attribute("data-state", "open")
    assert seen.errors == []


def test_without_scripts_a_reload_shows_how_far_it_has_come(browser: Browser, world: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page, client = context.new_page(), Foreign(world)
    page.goto(f"{world.town.provider}/_mock/connect?app={world.appid}")
    code = client.authorize()
    page.get_by_test_id("st-reload").click()
    step(page, 5).to_have_attribute("data-state", "here")

    client.redeem(code)
    page.get_by_test_id("st-reload").click()
    step(page, 7).to_have_attribute("data-state", "here")
    context.close()


def test_a_refused_client_sees_where_it_stopped(page: Page, world: Any) -> None:
    page.goto(f"{world.town.provider}/_mock/connect?app={world.appid}")

    world.town.api("PATCH", f"/apps/{world.appid}", {"consent": {"mode": "deny"}})
    Foreign(world).authorize()

    step(page, 4).to_have_attribute("data-state", "refused")
    step(page, 5).to_have_attribute("data-state", "open")
    expect(page.get_by_test_id("st-step-4")).to_contain_text("access_denied")


def test_what_a_client_needs_is_there_to_copy(browser: Browser, world: Any) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"], locale="zh-CN")
    page = context.new_page()
    page.goto(f"{world.town.provider}/_mock/connect?app={world.appid}")
    assert world.secret not in page.content()
    page.get_by_test_id("st-secret-show").click()
    copy = page.locator('[data-copy="st-env"]')
    copy.click()
    expect(copy).to_have_text(str(copy.get_attribute("data-copied")))  # only then the clipboard has it

    copied = page.evaluate("navigator.clipboard.readText()")

    settings = dict(line.split("=", 1) for line in copied.split())
    assert settings["OAUTH_SECRET"] == world.secret
    assert settings["OAUTH_BASE_URL"] == world.town.gateway
    context.close()
