"""Weibo's pages wear Weibo's dress to the end, and 授权管理 says what a Weibo consent covers."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from browser import Browser
from weibo_client import Weibo, registered


@pytest.fixture
def weibo(town: Any) -> Weibo:
    return registered(town, consent={"mode": "ask"})


def to_consent(weibo: Weibo, browser: Browser, **changes: Any) -> requests.Response:
    address = f"{weibo.town.provider}/oauth2/authorize"
    login = browser.follow(browser.get(address, **weibo.query(**changes)))
    return browser.follow(browser.submit(login, persona="lisi"))


def test_a_second_answer_gets_weibos_page(weibo: Weibo) -> None:
    browser = Browser()
    consent = to_consent(weibo, browser, display="mobile")
    browser.submit(consent, decision="approve")

    again = browser.submit(consent, decision="approve")

    assert again.status_code == 409
    assert 'class="skin-weibo"' in again.text
    assert "weibo--mobile" in again.text
    assert 'data-testid="wx-done-home"' in again.text


@pytest.mark.parametrize(
    ("change", "number"),
    [({"disabled": True}, 21324), ({"redirect_uris": ["http://127.0.0.1/other"]}, 21322)],
)
def test_an_app_that_changed_meanwhile_gets_weibos_page(
    weibo: Weibo, change: dict[str, Any], number: int
) -> None:
    browser = Browser()
    consent = to_consent(weibo, browser)
    weibo.change(**change)

    page = browser.submit(consent, decision="approve")

    assert page.status_code == 400
    assert 'class="skin-weibo"' in page.text
    assert f">{number}<" in page.text


@pytest.mark.parametrize(("lang", "words"), [("zh-CN", "不是微博"), ("en", "not Weibo")])
def test_the_ribbon_says_whom_the_page_is_not(weibo: Weibo, lang: str, words: str) -> None:
    browser = Browser()
    browser.http.headers["Accept-Language"] = lang

    assert words in to_consent(weibo, browser).text


def test_a_banned_app_is_called_an_app(weibo: Weibo) -> None:
    weibo.change(banned=True)
    page = requests.get(
        f"{weibo.town.provider}/oauth2/authorize",
        params=weibo.query(),
        headers={"Accept-Language": "zh-CN"},
        timeout=10,
    )

    assert "这个应用已被封禁" in page.text
    assert "公众号" not in page.text


@pytest.mark.parametrize(
    ("scope", "labels"),
    [(None, ["获得你的个人信息、好友关系"]), ("email", ["获得你的个人信息、好友关系", "你的邮箱地址"])],
)
def test_a_consent_is_listed_with_what_everybody_gets(
    weibo: Weibo, scope: str | None, labels: list[str]
) -> None:
    browser = Browser()
    browser.http.headers["Accept-Language"] = "zh-CN"
    browser.submit(to_consent(weibo, browser, scope=scope), decision="approve", scope=[scope or ""])

    page = browser.get(f"{weibo.town.provider}/settings/authorizations", world=weibo.app["world"])

    assert f'data-appid="{weibo.appid}"' in page.text
    assert "仅 openid" not in page.text
    for label in labels:
        assert f"<span>{label}</span>" in page.text
