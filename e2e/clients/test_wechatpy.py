"""wechatpy, unmodified, at https://open.weixin.qq.com and https://api.weixin.qq.com."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "wechatpy"


@pytest.fixture
def account(new_app: Any) -> Any:
    return new_app(kind="official_account", dialect="wechat", open_platform="p")


@pytest.fixture
def mini(new_app: Any) -> Any:
    return new_app(kind="mini_program", dialect="wechat", open_platform="p")


def code(sdk: Program, app: Any, person: Any, **more: Any) -> str:
    said = person.visit(sdk("authorize_url", app=app.told(**more)))
    assert said["state"] == "st"
    return str(said["code"])


def refused(sdk: Program, name: str, **given: Any) -> int | None:
    """The number in the SDK's own error."""
    with pytest.raises(Raised) as caught:
        sdk(name, **given)
    assert "WeChatException" in caught.value.kinds
    number: int | None = caught.value.fields["errcode"]
    return number


# -- an official account


def test_it_logs_in_and_reads_the_profile(sdk: Program, account: Any, person: Any) -> None:
    token, profile = sdk("log_in", app=account.told(), code=code(sdk, account, person))

    assert person.seen[0].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert profile["nickname"] == "张三"
    assert profile["openid"] == token["openid"]
    assert profile["unionid"] == token["unionid"]


def test_it_logs_in_on_a_website_by_its_qr_page(sdk: Program, new_app: Any, person: Any) -> None:
    website = new_app(kind="website", dialect="wechat")
    said = person.visit(sdk("qrconnect_url", app=website.told()))

    token, profile = sdk("log_in", app=website.told(), code=said["code"])

    assert said["state"] == "st"
    assert token["scope"] == "snsapi_login"
    assert profile["nickname"] == "张三"


def test_a_base_login_gives_an_openid_and_no_profile(sdk: Program, account: Any, person: Any) -> None:
    spoken = account.told(scope="snsapi_base")
    token = sdk("fetch_access_token", app=spoken, code=code(sdk, account, person, scope="snsapi_base"))

    user = {"openid": token["openid"], "access_token": token["access_token"]}
    assert token["scope"] == "snsapi_base"
    assert refused(sdk, "get_user_info", app=spoken, **user) == 48001


def test_a_refresh_keeps_the_token_alive_and_can_be_repeated(sdk: Program, account: Any, person: Any) -> None:
    told = account.told()
    token = sdk("fetch_access_token", app=told, code=code(sdk, account, person))
    account.advance("1h59m")
    again = sdk("refresh_access_token", app=told, refresh_token=token["refresh_token"])
    account.advance("1h59m")

    user = {"openid": token["openid"], "access_token": again["access_token"]}
    assert again["access_token"] == token["access_token"]
    assert sdk("get_user_info", app=told, **user)["nickname"] == "张三"
    assert (
        sdk("refresh_access_token", app=told, refresh_token=again["refresh_token"])["openid"]
        == user["openid"]
    )


def test_an_expired_token_is_its_own_error_and_a_refresh_replaces_it(
    sdk: Program, account: Any, person: Any
) -> None:
    told = account.told()
    token = sdk("fetch_access_token", app=told, code=code(sdk, account, person))
    user = {"openid": token["openid"], "access_token": token["access_token"]}
    assert sdk("check_access_token", app=told, **user) is True
    account.advance("2h1m")

    assert refused(sdk, "get_user_info", app=told, **user) == 42001
    assert refused(sdk, "check_access_token", app=told, **user) == 42001
    fresh = sdk("refresh_access_token", app=told, refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"]
    assert (
        sdk("get_user_info", app=told, **{**user, "access_token": fresh["access_token"]})["nickname"]
        == "张三"
    )


def test_a_refresh_token_that_is_none_is_its_own_error(sdk: Program, account: Any) -> None:
    assert refused(sdk, "refresh_access_token", app=account.told(), refresh_token="wrong") == 40030


def test_an_openid_of_somebody_else_is_its_own_error(sdk: Program, account: Any, person: Any) -> None:
    told = account.told()
    token = sdk("fetch_access_token", app=told, code=code(sdk, account, person))
    stranger = {"openid": "o" * 28, "access_token": token["access_token"]}

    assert refused(sdk, "check_access_token", app=told, **stranger) == 40003
    assert refused(sdk, "get_user_info", app=told, **stranger) == 40003


def test_a_code_is_spent_once(sdk: Program, account: Any, person: Any) -> None:
    told, good = account.told(), code(sdk, account, person)
    sdk("fetch_access_token", app=told, code=good)

    assert refused(sdk, "fetch_access_token", app=told, code=good) == 40163


def test_a_code_that_came_late_is_its_own_error(sdk: Program, account: Any, person: Any) -> None:
    late = code(sdk, account, person)
    account.advance("5m1s")

    assert refused(sdk, "fetch_access_token", app=account.told(), code=late) == 40029


def test_a_wrong_secret_is_its_own_error_and_spends_nothing(sdk: Program, account: Any, person: Any) -> None:
    good = code(sdk, account, person)

    assert refused(sdk, "fetch_access_token", app=account.told(secret="0" * 32), code=good) == 40125
    assert sdk("fetch_access_token", app=account.told(), code=good)["openid"]


def test_a_refusal_comes_back_as_a_code_that_buys_nothing(sdk: Program, account: Any, person: Any) -> None:
    account.change(consent={"mode": "deny"})
    denied = code(sdk, account, person)

    assert denied == "authdeny"
    assert refused(sdk, "fetch_access_token", app=account.told(), code=denied) == 40029


def test_a_platform_that_fails_is_its_own_error(sdk: Program, account: Any, person: Any) -> None:
    good = code(sdk, account, person)
    account.ask("POST", "/faults", {"endpoint": "token", "status": 502})

    assert refused(sdk, "fetch_access_token", app=account.told(), code=good) is None


# -- a mini program


def js_code(mini: Any, user: str = "zhangsan") -> str:
    return str(mini.ask("POST", "/js_codes", {"user": user})["js_code"])


def test_a_mini_program_logs_in(sdk: Program, mini: Any) -> None:
    given = js_code(mini)
    session = sdk("code_to_session", app=mini.told(), js_code=given)

    assert set(session) == {"session_key", "openid", "unionid"}
    assert refused(sdk, "code_to_session", app=mini.told(), js_code=given) == 40163


def test_what_the_page_encrypted_it_decrypts_with_the_session_key_and_no_other(
    sdk: Program, mini: Any, new_app: Any
) -> None:
    old = sdk("code_to_session", app=mini.told(), js_code=js_code(mini))
    session = sdk("code_to_session", app=mini.told(), js_code=js_code(mini))
    sealed = mini.ask("POST", "/mini_program/zhangsan/user_info")

    plain = sdk("decrypt", app=mini.told(), session_key=session["session_key"], sealed=sealed)
    with pytest.raises(Raised):
        sdk("decrypt", app=mini.told(), session_key=old["session_key"], sealed=sealed)
    other = new_app(kind="mini_program", dialect="wechat").told()
    with pytest.raises(Raised) as caught:
        sdk("decrypt", app=other, session_key=session["session_key"], sealed=sealed)

    assert plain["openId"] == session["openid"]
    assert plain["watermark"]["appid"] == mini.told()["appid"]
    assert caught.value.kind == "InvalidAppIdException"


def test_it_buys_a_phone_number_with_a_token_that_it_fetches_itself(sdk: Program, mini: Any) -> None:
    given = mini.ask("POST", "/mini_program/zhangsan/phone_number")["code"]

    answer = sdk("phone_number", app=mini.told(), code=given)

    assert answer["phone_info"]["countryCode"] == "86"
    assert answer["phone_info"]["watermark"]["appid"] == mini.told()["appid"]
    assert refused(sdk, "phone_number", app=mini.told(), code=given) == 40029


def test_a_server_token_that_expired_unnoticed_is_fetched_anew(sdk: Program, mini: Any) -> None:
    """By its own clock it is good: only the platform's 42001 tells, and wechatpy tries again with a new one."""
    first = sdk("client_access_token", app=mini.told())
    mini.advance("2h1m")
    given = mini.ask("POST", "/mini_program/zhangsan/phone_number")["code"]

    assert sdk("phone_number", app=mini.told(), code=given)["errcode"] == 0

    assert first["expires_in"] == 7200
    assert sdk("kept_access_token", app=mini.told()) != first["access_token"]


def test_a_server_token_needs_the_right_secret(sdk: Program, mini: Any) -> None:
    assert refused(sdk, "client_access_token", app=mini.told(secret="0" * 32)) == 40125
