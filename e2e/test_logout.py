"""Logging out at the provider, in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_the_users_yes_ends_the_login_and_leads_back_to_the_client(town: Any, page: Page) -> None:
    here = f"{town.client}/bye"
    fields = {"dialect": "standard", "redirect_uris": [here], "post_logout_redirect_uris": [here]}
    app = town.api("POST", "/apps", fields)
    asked = f"client_id={app['appid']}&redirect_uri={here}&response_type=code&scope=openid"
    page.goto(f"{town.provider}/oauth/authorize?{asked}")
    page.get_by_test_id("wx-persona-wangwu").click()
    page.get_by_test_id("wx-consent").wait_for()

    logout = f"{town.provider}/oauth/logout?client_id={app['appid']}&post_logout_redirect_uri={here}&state=s"
    page.goto(logout)
    page.get_by_test_id("wx-logout-stay").click()
    assert page.get_by_test_id("wx-logout-done").get_attribute("data-step") == "stayed"
    page.goto(logout)
    assert page.get_by_test_id("wx-logout-user").inner_text() == "王五"
    page.get_by_test_id("wx-logout-yes").click()

    page.wait_for_url("**/bye?state=s")
    page.goto(f"{town.provider}/oauth/authorize?{asked}")
    page.get_by_test_id("wx-login").wait_for()
