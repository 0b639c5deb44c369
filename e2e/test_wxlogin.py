"""wxLogin.js in a browser (wire.md B.3): what the frame is asked with, and nothing beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request

pytestmark = pytest.mark.browser

BASE = {"id": "login", "appid": "wx0", "scope": "snsapi_login", "redirect_uri": "http%3A%2F%2F127.0.0.1%2Fcb"}
LEGACY = "&styletype=&sizetype=&bgcolor=&rst="
STATELESS = "appid=wx0&scope=snsapi_login&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&state="


@pytest.fixture
def site(page: Page, town: Any) -> Page:
    """A page that has loaded the script; the frames themselves are answered empty."""
    script = f"{town.provider}/connect/zh_CN/htmledition/js/wxLogin.js"
    page.route(
        f"{town.client}/site-of-this-test",
        lambda route: route.fulfill(
            body=f'<div id="login">旧</div><script src="{script}"></script>',
            content_type="text/html; charset=utf-8",
        ),
    )
    source = town.http.get(
        script
    ).text  # a browser lets no page that came from nowhere load from this machine
    page.route(script, lambda route: route.fulfill(body=source, content_type="application/javascript"))
    page.route("**/connect/qrconnect?*", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(f"{town.client}/site-of-this-test")
    return page


def framed(site: Page, options: dict[str, Any]) -> str:
    site.evaluate(f"new WxLogin({json.dumps({**BASE, **options})})")
    return str(site.locator("#login iframe").get_attribute("src")).partition("?")[2]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"state": "s"}, f"{STATELESS}s&login_type=jssdk&self_redirect=default{LEGACY}"),
        ({}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default{LEGACY}"),
        ({"self_redirect": True}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=true{LEGACY}"),
        ({"self_redirect": False}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=false{LEGACY}"),
        ({"self_redirect": "true"}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default{LEGACY}"),
        ({"style": "white", "href": "data:text/css;base64,eA=="}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default{LEGACY}&style=white&href=data:text/css;base64,eA=="),
        ({"lang": "en", "stylelite": 1, "fast_login": 0, "color_scheme": "dark"}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default{LEGACY}&lang=en&stylelite=1&fast_login=0&color_scheme=dark"),
        ({"stylelite": "1", "fast_login": "0", "lang": "cn"}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default{LEGACY}"),
        ({"styletype": "a", "sizetype": "b", "bgcolor": "c", "rst": "d"}, f"{STATELESS}undefined&login_type=jssdk&self_redirect=default&styletype=a&sizetype=b&bgcolor=c&rst=d"),
    ],
    ids=str,
)  # fmt: skip
def test_each_option_has_its_place_in_the_frames_address(
    site: Page, options: dict[str, Any], expected: str
) -> None:
    assert framed(site, options) == expected


def test_the_frame_replaces_what_was_there(site: Page) -> None:
    framed(site, {})
    framed(site, {"state": "again"})

    frame = site.locator("#login iframe")
    assert frame.count() == 1
    assert site.locator("#login").inner_text() == ""
    given = {name: frame.get_attribute(name) for name in ("width", "height", "scrolling", "frameborder")}
    assert given == {"width": "300", "height": "400", "scrolling": "no", "frameborder": "0"}


def test_nothing_but_the_frame_is_asked_for(site: Page, town: Any) -> None:
    """No quick login: the platform's page probes a port of this machine for a desktop WeChat."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    site.on("request", note)
    with site.expect_response("**/connect/qrconnect?*"):
        framed(site, {})

    assert [url.partition("?")[0] for url in asked] == [f"{town.provider}/connect/qrconnect"]
