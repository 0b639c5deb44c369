"""A device's login (RFC 8628) in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from accessibility import dresses, findings, put_on
from playwright.sync_api import Page, expect

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Tv:
    """An app on a device that has nothing but a screen."""

    def __init__(self, town: Any) -> None:
        self.town = town
        fields = {"name": "客厅电视", "dialect": "standard", "grant_types": [DEVICE, "refresh_token"]}
        self.app: dict[str, Any] = town.api("POST", "/apps", fields)
        self.own = {"client_id": self.app["appid"], "client_secret": self.app["secret"]}

    def start(self) -> dict[str, Any]:
        sent = {**self.own, "scope": "openid profile"}
        answer = self.town.http.post(f"{self.town.provider}/oauth/device_authorization", data=sent)
        told: dict[str, Any] = answer.json()
        return told

    def form(self, device: dict[str, Any]) -> dict[str, str]:
        return {**self.own, "grant_type": DEVICE, "device_code": device["device_code"]}

    def poll(self, device: dict[str, Any]) -> dict[str, Any]:
        answer = self.town.http.post(f"{self.town.provider}/oauth/token", data=self.form(device))
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def tv(town: Any) -> Tv:
    return Tv(town)


def test_a_viewer_types_what_the_tv_shows_and_it_is_logged_in(page: Page, seen: Any, tv: Tv) -> None:
    device = tv.start()
    assert tv.poll(device)["error"] == "authorization_pending"

    page.goto(device["verification_uri"])
    page.get_by_test_id("wx-device-code").fill("bbbb bbbb")
    page.get_by_test_id("wx-device-next").click()
    expect(page.get_by_test_id("wx-device-error")).to_have_attribute("data-problem", "unknown")
    page.get_by_test_id("wx-device-code").fill(device["user_code"].lower())
    page.get_by_test_id("wx-device-next").click()
    page.get_by_test_id("wx-persona-lisi").click()
    expect(page.get_by_test_id("wx-device-shown")).to_have_text(device["user_code"])
    expect(page.get_by_test_id("wx-consent-app")).to_have_text("客厅电视")
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("wx-device-done")).to_have_attribute("data-state", "approved")
    assert "access_token" in tv.poll(device)
    [error] = seen.errors  # the wrong code's status
    assert "400" in error


def test_an_address_with_the_code_asks_all_the_same_and_a_no_reaches_the_tv(page: Page, tv: Tv) -> None:
    device = tv.start()

    page.goto(device["verification_uri_complete"])
    expect(page.get_by_test_id("wx-device-code")).to_have_value(device["user_code"])
    page.get_by_test_id("wx-device-next").click()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-deny").click()

    expect(page.get_by_test_id("wx-device-done")).to_have_attribute("data-state", "denied")
    assert tv.poll(device)["error"] == "access_denied"
    page.go_back()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("wx-done")).to_be_visible()
    assert tv.poll(device)["error"] == "access_denied"


def test_the_theatre_tells_a_devices_login_in_the_nine_numbers(page: Page, tv: Tv) -> None:
    device = tv.start()
    tv.poll(device)
    tv.town.api("POST", f"/devices/{device['user_code']}", {"user": "lisi"})
    tokens = tv.poll(device)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    tv.town.http.get(f"{tv.town.resource}/userinfo", headers=header)
    [flow] = tv.town.api("GET", f"/flows?app={tv.app['appid']}")

    page.goto(f"{tv.town.provider}/_mock/theatre/{flow['id']}")

    numbers = page.locator("[data-name^='device.'], [data-name='profile.read']")
    expect(numbers.first).to_be_visible()
    assert flow["steps"] == [2, 3, 4, 5, 6, 7, 8]


def wrong(page: Page, tv: Tv, device: dict[str, Any]) -> None:
    page.goto(device["verification_uri"])
    page.get_by_test_id("wx-device-code").fill("BBBB-BBBB")
    page.get_by_test_id("wx-device-next").click()
    page.get_by_test_id("wx-device-error").wait_for()


def asked(page: Page, tv: Tv, device: dict[str, Any]) -> None:
    page.goto(device["verification_uri_complete"])
    page.get_by_test_id("wx-device-next").click()
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("wx-device-shown").wait_for()


def done(page: Page, tv: Tv, device: dict[str, Any]) -> None:
    asked(page, tv, device)
    page.get_by_test_id("wx-approve").click()
    page.get_by_test_id("wx-device-done").wait_for()


def console(page: Page, tv: Tv, device: dict[str, Any]) -> None:
    page.goto(f"{tv.town.provider}/_mock/console/tokens?world={tv.app['world']}")
    expect(page.get_by_test_id("co-device-code")).to_have_text(device["user_code"])


@pytest.mark.parametrize(
    ("visit", "language", "theme", "width"),
    [case for number, visit in enumerate((wrong, asked, done, console)) for case in dresses(number, visit)],
)
def test_axe_finds_nothing_serious(
    page: Page, tv: Tv, visit: Any, language: str, theme: str, width: int
) -> None:
    put_on(page, (tv.town.provider,), language, theme, width)

    visit(page, tv, tv.start())

    assert page.locator("html").get_attribute("lang") == language
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_console_answers_a_device(page: Page, tv: Tv) -> None:
    device = tv.start()
    console(page, tv, device)

    page.get_by_test_id("co-device-user").select_option("lisi")
    page.get_by_test_id("co-device-approve").click()

    expect(page.get_by_test_id("co-device")).to_have_count(0)
    assert tv.poll(device)["scope"] == "openid profile"
