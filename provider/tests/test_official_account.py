"""An official account's less common days: snapshot pages, test accounts, third-party platforms, other browsers."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from browser import Browser

CALLBACK = "http://127.0.0.1/callback"
WECHAT_ON_A_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 MicroMessenger/8.0.49 NetType/WIFI"
)


class Account:
    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        defaults: dict[str, Any] = {"dialect": "wechat", "redirect_uris": [CALLBACK], "open_platform": "p"}
        self.app = town.api("POST", "/apps", {**defaults, "consent": {"mode": "ask"}, **fields})
        self.appid, self.world = self.app["appid"], self.app["world"]

    def link(self, **changes: str) -> dict[str, str]:
        link = {"appid": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        return {**link, "scope": "snsapi_userinfo", "state": "s", **changes}

    def open(self, browser: Browser, **changes: str) -> requests.Response:
        return browser.get(f"{self.town.provider}/connect/oauth2/authorize", **self.link(**changes))

    def log_in(self, browser: Browser, uid: str, **changes: str) -> requests.Response:
        """Through the login page, and the consent page where there is one."""
        answer = browser.submit(browser.follow(self.open(browser, **changes)), persona=uid)
        if "/connect/consent" in answer.headers.get("Location", ""):
            answer = browser.submit(browser.follow(answer), decision="approve")
        return answer

    def tokens(self, answer: requests.Response) -> dict[str, Any]:
        query = {"appid": self.appid, "secret": self.app["secret"], "grant_type": "authorization_code"}
        found = self._get(
            f"{self.town.provider}/sns/oauth2/access_token", {**query, "code": sent(answer)["code"]}
        )
        return dict(json.loads(found.content))

    def profile(self, tokens: dict[str, Any]) -> dict[str, Any]:
        query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        return dict(json.loads(self._get(f"{self.town.resource}/sns/userinfo", query).content))

    def _get(self, url: str, query: dict[str, str]) -> requests.Response:
        found: requests.Response = self.town.http.get(url, params=query, timeout=10)
        return found


def sent(answer: requests.Response) -> dict[str, str]:
    """What the redirect carries; blanks kept."""
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True))


def assert_page(answer: requests.Response, text: str, number: int | None = None) -> None:
    """wire.md A.1.2: HTTP 200, the platform's exact words, and no redirect."""
    assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert text in answer.text
    assert number is None or f"错误码:{number}" in re.sub(r"<[^>]+>", "", answer.text)


# -- snapshot pages (wire.md A.7)


def test_a_snapshot_page_gives_a_virtual_user_without_asking_anybody(town: Any) -> None:
    account = Account(town)

    tokens = account.tokens(account.open(Browser(), forceSnapShot="true"))
    profile = account.profile(tokens)

    assert list(tokens)[-2:] == ["unionid", "is_snapshotuser"]
    assert tokens["is_snapshotuser"] == 1
    assert (profile["nickname"], profile["openid"]) == ("微信用户", tokens["openid"])
    assert profile["unionid"] == tokens["unionid"]


def test_a_persona_of_snapshot_pages_is_never_met_in_person(town: Any) -> None:
    account = Account(town)
    town.api("POST", "/users", {"uid": "fleeting", "snapshot": True}, params={"world": account.world})

    first = account.tokens(account.log_in(Browser(), "fleeting"))
    second = account.tokens(account.log_in(Browser(), "fleeting"))

    assert first["is_snapshotuser"] == second["is_snapshotuser"] == 1
    assert first["openid"] != second["openid"]


def test_virtual_users_are_nobody_to_choose_and_everybody_else_has_no_such_member(town: Any) -> None:
    account = Account(town)
    account.open(Browser(), forceSnapShot="true")

    page = Browser()
    chosen = page.follow(account.open(page))
    real = account.tokens(account.log_in(Browser(), "zhangsan"))

    assert "snapshot-" not in chosen.text
    assert "is_snapshotuser" not in real
    users = town.api("GET", "/users", params={"world": account.world})
    assert not [user for user in users if user["uid"].startswith("snapshot-")]


@pytest.mark.parametrize(
    "changes", [{"forceSnapShot": "false"}, {"forceSnapShot": ""}, {"scope": "snsapi_base"}]
)
def test_without_the_wish_or_the_scope_there_is_no_snapshot(town: Any, changes: dict[str, str]) -> None:
    account = Account(town)

    answer = account.open(Browser(), **{"forceSnapShot": "true", **changes})

    assert "/connect/login" in answer.headers["Location"]


def test_a_virtual_user_goes_with_its_world(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens(account.open(Browser(), forceSnapShot="true"))

    town.api("DELETE", f"/worlds/{account.world}")

    assert account.profile(tokens)["errcode"] == 40001


# -- followers (wire.md D, page 10006)


@pytest.fixture
def sandbox(town: Any) -> Account:
    return Account(town, policies={"followers_only": True})


def test_only_followers_may_authorize_a_test_account(sandbox: Account) -> None:
    assert_page(sandbox.log_in(Browser(), "wangwu"), "必须关注此测试号", 10006)

    sandbox.town.api("PUT", f"/apps/{sandbox.appid}/followers/wangwu")
    assert sent(sandbox.log_in(Browser(), "wangwu"))["code"]

    sandbox.town.api("DELETE", f"/apps/{sandbox.appid}/followers/wangwu")
    assert_page(sandbox.log_in(Browser(), "wangwu"), "必须关注此测试号", 10006)


def test_a_persona_follows_by_habit_until_it_is_said_otherwise(sandbox: Account) -> None:
    def followers() -> set[str]:
        return {user["uid"] for user in sandbox.town.api("GET", f"/apps/{sandbox.appid}/followers")}

    assert "zhangsan" in followers()
    assert "wangwu" not in followers()
    sandbox.town.api("DELETE", f"/apps/{sandbox.appid}/followers/zhangsan")
    sandbox.town.api("PUT", f"/apps/{sandbox.appid}/followers/wangwu")
    assert "zhangsan" not in followers()
    assert "wangwu" in followers()


def test_silent_armed_and_automatic_logins_ask_for_followers_too(sandbox: Account) -> None:
    assert_page(sandbox.log_in(Browser(), "wangwu", scope="snsapi_base"), "必须关注此测试号", 10006)
    sandbox.town.api("POST", f"/apps/{sandbox.appid}/next", {"user": "wangwu"})
    assert_page(sandbox.open(Browser()), "必须关注此测试号", 10006)
    sandbox.town.api("PATCH", f"/apps/{sandbox.appid}", {"consent": {"mode": "auto", "user": "wangwu"}})
    assert_page(sandbox.open(Browser()), "必须关注此测试号", 10006)


def test_what_a_stranger_was_refused_leaves_no_consent_behind(sandbox: Account) -> None:
    sandbox.log_in(Browser(), "wangwu")

    assert sandbox.town.api("GET", "/grants", params={"world": sandbox.world}) == []


def test_followers_of_an_app_or_user_that_is_not_there(sandbox: Account) -> None:
    sandbox.town.api("GET", "/apps/wx0/followers", status=404)
    sandbox.town.api("PUT", f"/apps/{sandbox.appid}/followers/nobody", status=422)


# -- other browsers, third-party platforms


def test_where_only_wechat_may_open_it_another_browser_is_told_so(town: Any) -> None:
    account = Account(town, policies={"require_micromessenger": True}, consent={"mode": "auto"})
    phone = Browser()
    phone.http.headers["User-Agent"] = WECHAT_ON_A_PHONE

    assert_page(account.open(Browser()), "请在微信客户端打开链接")
    assert sent(account.open(phone))["code"]


def test_a_third_party_platform_gets_the_appid_back(town: Any) -> None:
    account = Account(town, consent={"mode": "auto"})

    answer = sent(account.open(Browser(), component_appid="wxcomponent"))

    assert list(answer) == ["code", "state", "appid"]
    assert answer["appid"] == account.appid
    assert "appid" not in sent(account.open(Browser()))


def test_a_third_party_platform_without_authorization_is_10015(town: Any) -> None:
    account = Account(town, policies={"component_authorized": False}, consent={"mode": "auto"})

    assert_page(
        account.open(Browser(), component_appid="wxcomponent"),
        "公众号未授权第三方平台，请检查授权状态",
        10015,
    )
    assert sent(account.open(Browser()))["code"]


def test_under_the_tutorial_the_same_refusals_speak_oauth(town: Any) -> None:
    account = Account(town, fidelity="tutorial", policies={"followers_only": True})

    answer = account.log_in(Browser(), "wangwu")

    assert answer.status_code == 400
    assert "access_denied" in answer.text
    assert "Location" not in answer.headers
