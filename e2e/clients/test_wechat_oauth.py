"""wechat-oauth of npm, unmodified; its HTTP library reads no HTTPS_PROXY, so `ninestep env --node` leads it here."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "wechat_oauth"


@pytest.fixture
def account(new_app: Any) -> Any:
    return new_app(kind="official_account", dialect="wechat", open_platform="p")


@pytest.fixture
def mini(new_app: Any) -> Any:
    return new_app(kind="mini_program", dialect="wechat", open_platform="p")


def code(sdk: Program, app: Any, person: Any, scope: str = "snsapi_userinfo") -> str:
    said = person.visit(sdk("authorizeURL", app=app.told(), scope=scope))
    assert said["state"] == "st"
    return str(said["code"])


def refused(sdk: Program, name: str, **given: Any) -> int:
    """The number in the SDK's own error."""
    with pytest.raises(Raised) as caught:
        sdk(name, **given)
    assert caught.value.kind == "WeChatAPIError"
    number: int = caught.value.fields["code"]
    return number


def test_it_logs_in_and_reads_the_profile(sdk: Program, account: Any, person: Any) -> None:
    profile = sdk("getUserByCode", app=account.told(), code=code(sdk, account, person))

    assert person.seen[0].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert profile["nickname"] == "张三"
    assert len(profile["unionid"]) == 28


def test_it_logs_in_on_a_website_by_its_qr_page(sdk: Program, new_app: Any, person: Any) -> None:
    website = new_app(kind="website", dialect="wechat")
    said = person.visit(sdk("authorizeURLForWebsite", app=website.told()))

    assert sdk("getUserByCode", app=website.told(), code=said["code"])["nickname"] == "张三"


def test_its_token_is_verified_until_it_expires(sdk: Program, account: Any, person: Any) -> None:
    token = sdk("getAccessToken", app=account.told(), code=code(sdk, account, person))["data"]
    of = {"app": account.told(), "openid": token["openid"], "token": token["access_token"]}

    assert sdk("verifyToken", **of)["errcode"] == 0
    assert refused(sdk, "verifyToken", **{**of, "openid": "o" * 28}) == 40003
    account.advance("2h1m")
    assert refused(sdk, "verifyToken", **of) == 42001


def test_an_old_token_is_refreshed_by_itself_before_the_profile(
    sdk: Program, account: Any, person: Any
) -> None:
    told = account.told()
    token = sdk("getAccessToken", app=told, code=code(sdk, account, person))["data"]
    account.advance("2h1m")
    assert refused(sdk, "getUser", app=told, openid=token["openid"]) == 42001

    sdk("forget", app=told, openid=token["openid"])

    assert sdk("getUser", app=told, openid=token["openid"], lang="zh_CN")["nickname"] == "张三"


def test_a_refresh_gives_what_a_login_gave(sdk: Program, account: Any, person: Any) -> None:
    told = account.told()
    token = sdk("getAccessToken", app=told, code=code(sdk, account, person))["data"]

    again = sdk("refreshAccessToken", app=told, token=token["refresh_token"])["data"]

    same = {"access_token", "expires_in", "refresh_token", "openid", "scope"}
    assert same <= again.keys()
    assert {again[name] == token[name] for name in same} == {True}
    assert refused(sdk, "refreshAccessToken", app=told, token="") == 41003
    assert refused(sdk, "refreshAccessToken", app=told, token="wrong") == 40030
    assert refused(sdk, "refreshAccessToken", app=account.told(appid="wx" + "0" * 16), token="wrong") == 40013


def test_codes_that_buy_nothing_are_its_own_errors(sdk: Program, account: Any, person: Any) -> None:
    told, used = account.told(), code(sdk, account, person)
    sdk("getAccessToken", app=told, code=used)
    late = code(sdk, account, person)
    account.advance("5m1s")
    account.change(consent={"mode": "deny"})
    denied = code(sdk, account, person)

    assert refused(sdk, "getAccessToken", app=told, code=used) == 40163
    assert refused(sdk, "getAccessToken", app=told, code=late) == 40029
    assert refused(sdk, "getAccessToken", app=told, code=denied) == 40029
    assert refused(sdk, "getAccessToken", app=told, code="") == 41008
    assert refused(sdk, "getAccessToken", app=account.told(secret="0" * 32), code=late) == 40125


def test_a_base_login_shows_no_profile(sdk: Program, account: Any, person: Any) -> None:
    assert (
        refused(sdk, "getUserByCode", app=account.told(), code=code(sdk, account, person, "snsapi_base"))
        == 48001
    )


def test_a_mini_program_logs_in_and_decrypts(sdk: Program, mini: Any, new_app: Any) -> None:
    given = mini.ask("POST", "/js_codes", {"user": "zhangsan"})["js_code"]
    session = sdk("getSessionKey", app=mini.told(mini=True), code=given)["data"]
    sealed = mini.ask("POST", "/mini_program/zhangsan/user_info")
    key = session["session_key"]

    assert (
        sdk("decrypt", app=mini.told(mini=True), sessionKey=key, sealed=sealed)["openId"] == session["openid"]
    )
    other = new_app(kind="mini_program", dialect="wechat").told(mini=True)
    with pytest.raises(Raised, match="Invalid Watermark"):
        sdk("decrypt", app=other, sessionKey=key, sealed=sealed)
    assert refused(sdk, "getSessionKey", app=mini.told(mini=True), code=given) == 40163
