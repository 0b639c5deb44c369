"""The phone on the desk: whose it is, what it opens, and that it reaches nothing outside this town."""

from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def strict(world: Any) -> Any:
    """An account that only WeChat's browser may ask."""
    return world.new_app(
        dialect="wechat",
        redirect_uris=[CALLBACK],
        consent={"mode": "auto"},
        policies={"require_micromessenger": True},
    )


def link(origin: str, app: Any) -> str:
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "snsapi_base"}
    return f"{origin}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"


def opened(phone: Browser, town: Any, address: str) -> str:
    """Where the address bar leads; "" where it leads nowhere."""
    page = phone.get(f"{town.provider}/_mock/phone/browser", address=address)
    assert page.status_code == 200
    found = re.search(r'href="([^"]+)" data-testid="ph-open"', page.text)
    assert (found is None) == ("ph-address-error" in page.text)
    return unescape(found[1]) if found else ""


def test_what_the_phone_opens_counts_as_opened_in_wechat(town: Any, strict: Any) -> None:
    phone = Browser()
    address = link(town.provider, strict)
    assert "请在微信客户端打开链接" in phone.get(address.partition("#")[0]).text

    target = opened(phone, town, address)

    assert target == address
    assert "code=" in phone.get(target.partition("#")[0]).headers["Location"]


def test_another_browser_is_still_another_browser(town: Any, strict: Any) -> None:
    address = link(town.provider, strict)
    opened(Browser(), town, address)

    assert "请在微信客户端打开链接" in Browser().get(address.partition("#")[0]).text


def test_leaving_it_ends_it(town: Any, strict: Any) -> None:
    phone = Browser()
    address = link(town.provider, strict)
    opened(phone, town, address)
    page = phone.get(f"{town.provider}/_mock/phone/browser")
    assert "ph-inside" in page.text

    assert phone.submit(page, action="/_mock/phone/browser/leave").status_code == 303

    assert "请在微信客户端打开链接" in phone.get(address.partition("#")[0]).text


def test_links_of_the_platform_open_in_this_town(town: Any, strict: Any) -> None:
    phone = Browser()

    target = opened(phone, town, link("https://open.weixin.qq.com", strict))

    assert target == link(town.gateway, strict)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/",
        "http://127.0.0.1:1/",
        "http://open.weixin.qq.com@evil.test/",
        "http://evil.test/open.weixin.qq.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://[::1",
        "\\\\evil.test",
        "x" * 5000,
        "http://evil.test\t/",
    ],
)
def test_it_reaches_this_town_and_nothing_else(town: Any, address: str) -> None:
    phone = Browser()

    assert opened(phone, town, address) == ""
    assert "ph-inside" not in phone.get(f"{town.provider}/_mock/phone/browser").text


def test_an_address_without_a_scheme_is_meant_as_http(town: Any) -> None:
    assert opened(Browser(), town, town.client.removeprefix("http://") + "/login") == f"{town.client}/login"


def test_the_short_address_of_the_sandbox(town: Any) -> None:
    answer = Browser().get(f"{town.provider}/_mock/sandbox")

    assert answer.headers["Location"].endswith("/debug/cgi-bin/sandbox?t=sandbox/login")


def test_without_a_backstage_there_is_no_phone(start: Any) -> None:
    assert start(backstage=False).client.get("/_mock/phone").status_code == 404


# -- whose phone it is


def choose(phone: Browser, town: Any, uid: str, **query: str) -> Any:
    """The choice of an owner, made; where it leads."""
    page = phone.get(f"{town.provider}/_mock/phone/owner", **query)
    assert f'data-testid="ph-owner-{uid}"' in page.text
    answer = phone.submit(page, owner=uid)
    assert answer.status_code == 303
    return answer.headers["Location"]


def owner(phone: Browser, town: Any, **query: str) -> str:
    page = phone.get(f"{town.provider}/_mock/phone", **query).text
    return unescape(re.search(r'data-testid="ph-owner">([^<]+)<', page)[1])  # type: ignore[index]


def test_the_phone_is_nobodys_until_somebody_is_chosen_and_can_change_hands(town: Any) -> None:
    phone = Browser()
    assert owner(phone, town) == "还没有人"

    assert choose(phone, town, "zhangsan") == "/_mock/phone"
    assert owner(phone, town) == "张三"
    choose(phone, town, "lisi")
    assert owner(phone, town) == "李四🌸"


def test_an_owner_in_one_world_is_none_in_another(town: Any, world: Any) -> None:
    phone = Browser()

    assert choose(phone, town, "zhangsan", world=world.name) == f"/_mock/phone?world={world.name}"

    assert owner(phone, town, world=world.name) == "张三"
    assert owner(phone, town) == "还没有人"


def test_the_owner_is_who_is_logged_in_in_wechat(town: Any, world: Any) -> None:
    phone = Browser()
    app = world.new_app(dialect="wechat", redirect_uris=[CALLBACK])
    choose(phone, town, "lisi", world=world.name)

    assert "code=" in phone.get(link(town.provider, app).partition("#")[0]).headers["Location"]


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test/_mock/phone",
        "/\\evil.test",
        "/_mock/phone/\\evil.test",
        "/_mock/phonex",
        "/_mock/phone@evil.test",
        "/_mock/phone/a\nb",
        "/logout",
        "javascript:alert(1)",
        "/_mock/phone/" + "x" * 2000,
    ],
)
def test_the_choice_leads_back_to_this_phone_and_nowhere_else(town: Any, back: str) -> None:
    assert choose(Browser(), town, "zhangsan", back=back) == "/_mock/phone"


@pytest.mark.parametrize("uid", ["nobody", "", "x" * 5000, "\x00"])
def test_who_is_not_there_does_not_get_the_phone(town: Any, uid: str) -> None:
    phone = Browser()
    page = phone.get(f"{town.provider}/_mock/phone/owner")

    assert phone.submit(page, owner=uid).status_code == 400
    assert owner(phone, town) == "还没有人"


def test_a_world_that_is_not_there_has_no_phone(town: Any) -> None:
    assert Browser().get(f"{town.provider}/_mock/phone/owner", world="atlantis").status_code == 404


# -- what it opens


@pytest.fixture
def mini(world: Any) -> Any:
    return world.new_app(
        dialect="wechat", kind="mini_program", name="小程序", page="http://127.0.0.1:9/a?b=1"
    )


def test_the_home_screen_lists_what_has_a_page_in_its_world(town: Any, world: Any, mini: Any) -> None:
    app = world.new_app(dialect="wechat", kind="mobile", page="http://127.0.0.1:9/app")
    without = world.new_app(dialect="wechat", kind="mobile")

    home = Browser().get(f"{town.provider}/_mock/phone", world=world.name).text

    listed = re.findall(r'data-testid="ph-app-(wx\w+)"', home)
    assert sorted(listed) == sorted([mini["appid"], app["appid"]])
    assert without["appid"] not in home
    assert set(
        re.findall(r'data-testid="ph-app-(wx\w+)"', Browser().get(f"{town.provider}/_mock/phone").text)
    ) == {
        "wx0fedcba987654321",
        "wx00112233445566ff",
        "wxff66554433221100",
    }


def test_an_app_that_nobody_opens_leads_to_the_choice_and_back(town: Any, mini: Any) -> None:
    phone = Browser()
    address = f"/_mock/phone/app/{mini['appid']}"

    choice = phone.follow(phone.get(town.provider + address))

    assert phone.submit(choice, owner="lisi").headers["Location"] == address
    assert 'data-testid="ph-frame"' in phone.get(town.provider + address).text


def test_the_frame_shows_the_apps_page_and_no_other_origin(town: Any, mini: Any) -> None:
    phone = Browser()
    choose(phone, town, "lisi", world=mini["world"])

    page = phone.get(f"{town.provider}/_mock/phone/app/{mini['appid']}")

    frame = re.search(r"<iframe[^>]+>", page.text)[0]  # type: ignore[index]
    assert 'data-page="http://127.0.0.1:9/a?b=1"' in frame  # which the script opens
    assert 'data-origin="http://127.0.0.1:9"' in frame
    assert "allow-top-navigation" not in frame
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "frame-src http://127.0.0.1:9" in policy
    assert "frame-ancestors 'none'" in policy
    assert not [
        rule
        for rule in Browser()
        .get(f"{town.provider}/_mock/phone")
        .headers["Content-Security-Policy"]
        .split("; ")
        if rule.startswith("frame-src")
    ]


@pytest.mark.parametrize(
    "appid", ["wx0000000000000000", "zhihu", "wx1234567890abcdef", "..", "%00", "x" * 300]
)
def test_what_has_no_page_cannot_be_opened(town: Any, appid: str) -> None:
    assert Browser().get(f"{town.provider}/_mock/phone/app/{appid}").status_code == 404


# -- the QR code's sheet


def test_who_holds_the_phone_can_change_while_it_confirms(town: Any, world: Any) -> None:
    site = world.new_app(dialect="wechat", kind="website", redirect_uris=[CALLBACK])
    query = {
        "appid": site["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_login",
    }
    shown = Browser().get(f"{town.provider}/connect/qrconnect", **query).text
    uuid = re.search(r"/connect/qrcode/(\w+)", shown)[1]  # type: ignore[index]
    phone, other = Browser(), Browser()
    confirm = f"{town.provider}/connect/confirm"
    phone.submit(phone.get(confirm, uuid=uuid), persona="zhangsan")
    sheet = phone.get(confirm, uuid=uuid)
    assert "张三" in sheet.text

    switch = unescape(re.search(r'href="([^"]+)" data-testid="wx-switch-user"', sheet.text)[1])  # type: ignore[index]
    phone.submit(phone.get(town.provider + switch), persona="lisi")

    sheet = phone.get(confirm, uuid=uuid)
    assert "李四" in sheet.text
    other.submit(other.get(confirm, uuid=uuid), persona="zhangsan")
    assert other.get(confirm, uuid=uuid).status_code == 409
    assert phone.submit(sheet, decision="approve").status_code == 200
    [flow] = town.api("GET", "/flows", params={"world": world.name})
    assert flow["user"] == "lisi"
