"""The phone on the desk: WeChat's browser opens authorize links, and nothing outside this town."""

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
