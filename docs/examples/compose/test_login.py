"""What a customer of the shop meets at the login, in a browser; the same wherever shop, town and browser run."""

from __future__ import annotations

from ninestep.testing import Ninestep
from playwright.sync_api import Page, expect

from conftest import APPID


def test_a_customer_is_greeted_by_name(page: Page, ninestep: Ninestep, shop: str) -> None:
    ninestep.approve(APPID, user="lisi")  # so nobody has to scan the QR code

    page.goto(shop)
    page.get_by_text("微信登录").click()

    expect(page.get_by_text("Hello 李四🌸!")).to_be_visible()
    assert page.url == f"{shop}/"
    assert ninestep.flow(APPID).steps == [2, 4, 5, 6, 7, 8]


def test_a_customer_scans_with_a_phone(page: Page, ninestep: Ninestep, shop: str) -> None:
    page.goto(f"{shop}/login")
    picture = page.get_by_test_id("wx-qr-img").get_attribute("src") or ""
    uuid = picture.rpartition("/")[2]
    for action in ("scan", "confirm"):
        ninestep.control("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": action})

    expect(page.get_by_text("Hello 张三!")).to_be_visible()


def test_no_token_comes_near_the_browser(page: Page, ninestep: Ninestep, shop: str) -> None:
    ninestep.approve(APPID)

    page.goto(f"{shop}/login")

    expect(page.get_by_text("Hello 张三!")).to_be_visible()
    ledger = ninestep.flow(APPID).ledger
    assert ledger.never("browser", "access_token")
    assert ledger.never("browser", "client_secret")


def test_a_platform_that_is_busy_is_no_crash(page: Page, ninestep: Ninestep, shop: str) -> None:
    busy = ninestep.fault(APPID, "token", "busy")
    ninestep.approve(APPID)

    page.goto(f"{shop}/login")

    expect(page.get_by_text("That did not work.")).to_be_visible()
    assert busy.fired
