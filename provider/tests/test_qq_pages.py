"""QQ's pages wear QQ's dress to the end."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from browser import Browser
from qq_client import QQ, registered


@pytest.fixture
def qq(town: Any) -> QQ:
    return registered(town, consent={"mode": "ask"})


def to_consent(qq: QQ, browser: Browser, **changes: Any) -> requests.Response:
    address = f"{qq.town.provider}/oauth2.0/authorize"
    login = browser.follow(browser.get(address, **qq.query(**changes)))
    return browser.follow(browser.submit(login, persona="lisi"))


def test_a_no_on_a_pc_leads_to_qqs_own_page(qq: QQ) -> None:
    browser = Browser()

    done = browser.submit(to_consent(qq, browser), decision="deny")

    assert 'class="skin-qq"' in done.text
    assert 'data-testid="wx-done"' in done.text
    assert 'data-testid="wx-done-home"' not in done.text


def test_a_second_answer_gets_qqs_page(qq: QQ) -> None:
    browser = Browser()
    consent = to_consent(qq, browser, display="mobile")
    browser.submit(consent, decision="approve")

    again = browser.submit(consent, decision="approve")

    assert again.status_code == 409
    assert 'class="skin-qq"' in again.text
    assert "qq--mobile" in again.text


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"disabled": True}, "client id is illegal(100008)"),
        ({"redirect_uris": ["http://127.0.0.1/other"]}, "redirect uri is illegal(100010)"),
    ],
)
def test_an_app_that_changed_meanwhile_gets_qqs_page(qq: QQ, change: dict[str, Any], text: str) -> None:
    browser = Browser()
    consent = to_consent(qq, browser)
    qq.change(**change)

    page = browser.submit(consent, decision="approve")

    assert page.status_code == 200
    assert 'class="skin-qq"' in page.text
    assert f'data-testid="wx-error-title">{text}<' in page.text


@pytest.mark.parametrize(("lang", "words"), [("zh-CN", "不是QQ"), ("en", "not QQ")])
def test_the_ribbon_says_whom_the_page_is_not(qq: QQ, lang: str, words: str) -> None:
    browser = Browser()
    browser.http.headers["Accept-Language"] = lang

    assert words in to_consent(qq, browser).text


@pytest.mark.parametrize("display", ["pc", "mobile"])
def test_an_error_page_has_the_shape_that_was_asked_for(qq: QQ, display: str) -> None:
    page = qq.authorize(redirect_uri="http://evil.test/", display=display)

    assert ("qq--mobile" in page.text) is (display == "mobile")


def test_a_banned_app_is_called_an_app(qq: QQ) -> None:
    qq.change(banned=True)
    page = requests.get(
        f"{qq.town.provider}/oauth2.0/authorize",
        params=qq.query(),
        headers={"Accept-Language": "zh-CN"},
        timeout=10,
    )

    assert "这个应用已被封禁" in page.text
    assert "公众号" not in page.text
