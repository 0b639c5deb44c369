"""node-easywechat and the node-socialite beneath it, unmodified; axios makes their calls, by HTTPS_PROXY."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "easywechat"


@pytest.fixture
def account(new_app: Any) -> Any:
    return new_app(kind="official_account", dialect="wechat", open_platform="p")


@pytest.fixture
def mini(new_app: Any) -> Any:
    return new_app(kind="mini_program", dialect="wechat", open_platform="p")


def code(sdk: Program, app: Any, person: Any, scope: str = "snsapi_userinfo") -> str:
    said = person.visit(sdk("redirect", app=app.told(), scope=scope))
    assert said["state"] == "st"
    return str(said["code"])


# -- an official account, a website


@pytest.mark.parametrize(
    ("kind", "scope"), [("official_account", "snsapi_userinfo"), ("website", "snsapi_login")]
)
def test_it_logs_in_with_wechat(sdk: Program, new_app: Any, person: Any, kind: str, scope: str) -> None:
    app = new_app(kind=kind, dialect="wechat", open_platform="p")

    found = sdk("user", app=app.told(), code=code(sdk, app, person, scope))

    assert found["nickname"] == "张三"
    assert found["id"] == found["token"]["openid"]
    assert found["raw"]["unionid"] == found["token"]["unionid"]


def test_codes_that_buy_nothing_are_its_own_errors(sdk: Program, account: Any, person: Any) -> None:
    late = code(sdk, account, person)
    account.advance("5m1s")
    account.change(consent={"mode": "deny"})
    denied = code(sdk, account, person)

    for bad in (late, denied):
        with pytest.raises(Raised, match=r'Authorize Failed: \{"errcode":40029'):
            sdk("user", app=account.told(), code=bad)


# -- QQ and Weibo


@pytest.mark.parametrize("name", ["qq", "weibo"])
def test_it_logs_in_with_qq_and_weibo(sdk: Program, new_app: Any, person: Any, name: str) -> None:
    app = new_app(dialect=name, kind="web")
    said = person.visit(sdk("socialRedirect", app=app.told(), name=name))

    found = sdk("socialUser", app=app.told(), name=name, code=said["code"])

    assert said["state"] == "st"
    assert found["nickname"] == "张三"
    assert found["id"]
    with pytest.raises(Raised):
        sdk("socialUser", app=app.told(), name=name, code=said["code"])


# -- a mini program


def test_a_mini_program_logs_in_and_decrypts(sdk: Program, mini: Any) -> None:
    given = mini.ask("POST", "/js_codes", {"user": "zhangsan"})["js_code"]
    session = sdk("codeToSession", app=mini.told(), code=given)
    sealed = mini.ask("POST", "/mini_program/zhangsan/user_info")

    plain = sdk("decryptSession", app=mini.told(), key=session["session_key"], sealed=sealed)
    with pytest.raises(Raised, match="Fail to decrypt data"):
        sdk("decryptSession", app=mini.told(), key="AAAAAAAAAAAAAAAAAAAAAA==", sealed=sealed)
    with pytest.raises(Raised, match='"errcode":40163'):
        sdk("codeToSession", app=mini.told(), code=given)

    assert plain["openId"] == session["openid"]


@pytest.mark.parametrize("stable", [False, True])
def test_it_buys_a_phone_number_with_a_token_that_it_fetches_itself(
    sdk: Program, mini: Any, stable: bool
) -> None:
    given = mini.ask("POST", "/mini_program/zhangsan/phone_number")["code"]

    answer = sdk("phone", app=mini.told(stable=stable), code=given)

    assert answer["phone_info"]["countryCode"] == "86"


def test_a_stable_token_stays_and_another_does_not(sdk: Program, mini: Any) -> None:
    for stable in (False, True):
        app = mini.told(stable=stable)
        assert (sdk("token", app=app) == sdk("refresh", app=app)) is stable


def test_a_wrong_secret_is_its_own_error(sdk: Program, mini: Any) -> None:
    with pytest.raises(Raised, match='"errcode":40125'):
        sdk("refresh", app=mini.told(secret="0" * 32))
