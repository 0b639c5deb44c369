"""A Flask site on flask-wx-oauth, unmodified, and a person who logs in there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from clients.program import Program

SDK = "flask_wx_oauth"


@dataclass
class Site:
    url: str
    app: Any
    person: Any

    def open(self, path: str) -> Any:
        return self.person.whole(self.url + path)


@pytest.fixture
def site(sdk: Program, new_app: Any, person: Any) -> Site:
    app = new_app(dialect="wechat", kind="official_account")
    return Site(sdk("start", app=app.told()), app, person)


def test_a_person_logs_in(site: Site) -> None:
    shown = site.open("/login")

    assert any(
        url.startswith("https://open.weixin.qq.com/connect/oauth2/authorize") for url in site.person.seen
    )
    assert shown["profile"]["nickname"] == "张三"
    assert shown["profile"]["openid"] == shown["token"]["openid"]


def test_a_base_login_shows_who_it_is_and_no_profile(site: Site) -> None:
    shown = site.open("/login?scope=snsapi_base")

    assert shown["token"]["scope"] == "snsapi_base"
    assert shown["profile"]["errcode"] == 48001


def test_who_agreed_once_may_be_read_with_a_base_login(site: Site) -> None:
    site.open("/login")

    assert site.open("/login?scope=snsapi_base")["profile"]["nickname"] == "张三"


def test_a_token_is_good_until_it_expires_and_then_a_refresh_helps(site: Site) -> None:
    first = site.open("/login")["token"]
    assert site.open("/again")["check"] == {"errcode": 0, "errmsg": "ok"}
    site.app.advance("2h1m")

    late = site.open("/again")
    assert (late["check"]["errcode"], late["profile"]["errcode"]) == (42001, 42001)
    fresh = site.open("/refresh")

    assert fresh["access_token"] != first["access_token"]
    assert fresh["openid"] == first["openid"]
    assert site.open("/again")["profile"]["nickname"] == "张三"


def test_a_refresh_that_comes_after_a_month_is_refused(site: Site) -> None:
    site.open("/login")
    site.app.advance("31d")

    assert site.open("/refresh")["errcode"] == 40030


def test_a_refusal_is_a_code_that_buys_nothing(site: Site) -> None:
    site.app.change(consent={"mode": "deny"})

    assert site.open("/login")["token"]["errcode"] == 40029
