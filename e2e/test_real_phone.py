"""A phone in somebody's hand, on the same network: it scans what a screen shows, and reaches what it should alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from camera import read
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.launcher]

TOKEN = "said-to-those-who-may"


def own_address() -> str:
    """Of this machine on its network; "" where it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: an address that is nobody's
        except OSError:
            return ""
        return str(probe.getsockname()[0])


@pytest.fixture(scope="module")
def lan(start_town: Any, stop_town: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A town that was bound to the network on purpose."""
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine is on no network")
    state: Path = tmp_path_factory.mktemp("lan")
    town, process = start_town(state, NINESTEP_BIND=address, NINESTEP_ADMIN_TOKEN=TOKEN)
    yield town
    stop_town(town, process)


def test_a_phone_on_the_same_network_scans_the_screen_and_confirms(lan: Any, browser: Browser) -> None:
    screen = browser.new_context(locale="zh-CN").new_page()
    screen.goto(f"{lan.client}/login")
    screen.get_by_test_id("mt-login-wechat-qr").click()

    address = read(screen.get_by_test_id("wx-qr").locator("img").first)
    assert address.startswith(f"{lan.provider}/connect/confirm?uuid=")
    phone = browser.new_context(
        viewport={"width": 390, "height": 780}, is_mobile=True, locale="zh-CN"
    ).new_page()
    phone.goto(address)
    phone.get_by_test_id("wx-persona-lisi").click()
    phone.get_by_test_id("ph-confirm").click()

    expect(screen.get_by_test_id("mt-nickname")).to_have_text("李四🌸")
    screen.context.close()
    phone.context.close()


def test_what_is_behind_the_stage_asks_the_network_for_the_token(lan: Any) -> None:
    def get(path: str, **headers: str) -> Any:
        return requests.get(lan.provider + path, headers=headers, timeout=10, allow_redirects=False)

    assert get("/_mock/api/apps").status_code == 401
    assert get("/_mock/api/apps", Authorization=f"Bearer {TOKEN}").status_code == 200
    assert (get("/_mock/theatre").status_code, get("/_mock/phone").status_code) == (302, 302)
    assert get("/healthz").status_code == 200
