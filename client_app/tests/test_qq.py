"""QQ Connect (wire.md E): a token in a query string, an openid in a callback, errors by number in HTTP 200."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ninestep_client_app.login.qq import read

CALLBACK = "/auth/qq/callback"
TOKEN, ME, INFO = "/oauth2.0/token", "/oauth2.0/me", "/user/get_user_info"


def arrive(visitor: Any, **query: str) -> Any:
    return visitor.come_back(visitor.start("/login/qq"), CALLBACK, **query)


def refused(number: int, words: str = "no") -> str:
    return f'callback( {{"error":{number},"error_description":"{words}"}} );\n'


def test_the_request_has_the_platforms_parameters(visitor: Any, client: Any) -> None:
    started = visitor.start("/login/qq")

    assert started.location.startswith(f"{client.settings.provider_url}/oauth2.0/authorize?")
    assert started.query == {
        "response_type": "code",
        "client_id": "101234567",
        "redirect_uri": client.settings.client_url + CALLBACK,
        "state": started.state,
        "scope": "get_user_info",
    }


def test_the_code_is_posted_with_the_same_redirect_uri(visitor: Any, client: Any, neighbours: Any) -> None:
    code = neighbours.code(scope="")

    arrive(visitor, code=code)

    (call,) = neighbours.asked(TOKEN)
    assert call.form == {
        "grant_type": "authorization_code",
        "client_id": "101234567",
        "client_secret": client.settings.qq_secret,
        "code": code,
        "redirect_uri": client.settings.client_url + CALLBACK,
    }


def test_whose_token_it_is_and_then_the_profile(visitor: Any, neighbours: Any) -> None:
    visitor.log_in_with("qq")

    assert [call.path for call in neighbours.calls] == [TOKEN, ME, INFO]
    me, info = neighbours.calls[1:]
    assert info.query == {
        "access_token": me.query["access_token"],
        "oauth_consumer_key": "101234567",
        "openid": "Q-zhangsan",
    }
    user = visitor.get("/api/me").get_json()["user"]
    assert (user["nickname"], user["avatar"][-12:]) == ("张三在QQ", "/zhangsan/40")


def test_two_logins_are_one_local_user_and_another_person_is_another(visitor: Any, client: Any) -> None:
    visitor.log_in_with("qq")
    first = visitor.user()
    again, other = client.visitor(), client.visitor()
    again.log_in_with("qq")
    other.log_in_with("qq", "lisi")

    assert again.user() == first
    assert other.user() != first


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('callback( {"client_id":"1","openid":"A"} );\n', {"client_id": "1", "openid": "A"}),
        ('callback({"error":100020});', {"error": 100020}),
        ('{"openid":"A"}', {"openid": "A"}),
        ("access_token=A&expires_in=7776000&refresh_token=B", {"access_token": "A", "expires_in": "7776000", "refresh_token": "B"}),
    ],
)  # fmt: skip
def test_an_answer_is_read_in_each_of_its_forms(text: str, document: dict[str, Any]) -> None:
    assert read(text) == document


@pytest.mark.parametrize("text", ["", "busy", "<html>", "callback( );", "callback( {", "{"])
def test_what_is_none_of_them_is_no_answer(visitor: Any, neighbours: Any, text: str) -> None:
    neighbours.fail(TOKEN, text)

    answer = arrive(visitor, code=neighbours.code(scope=""))

    assert answer.status_code == 303
    assert answer.location.startswith("/login/retry/")


@pytest.mark.parametrize("text", ["callback( [1] );\n", 'callback( "x" );', "callback( null );"])
def test_a_callback_without_an_object_is_no_answer(visitor: Any, neighbours: Any, text: str) -> None:
    neighbours.fail(ME, text)

    assert arrive(visitor, code=neighbours.code(scope="")).location.startswith("/login/retry/")


def test_json_with_a_life_as_text_is_good_too(visitor: Any, neighbours: Any, client: Any) -> None:
    client.advance(0)
    tokens = neighbours._mint({"uid": "zhangsan", "scope": ""})
    neighbours.fail(TOKEN, json.dumps({**tokens, "expires_in": "7776000"}))

    answer = arrive(visitor, code="any")

    assert answer.location == "/me"
    held = client.parts.vault.read(visitor.user(), "qq")
    assert held.expires_at == pytest.approx(client.now() + 7776000, abs=1)
    assert "有效，约 90 天后过期" in visitor.get("/me").text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("path", "number", "notice", "meaning"),
    [
        (TOKEN, 100001, "invalid_client", "缺少client_id参数"),
        (TOKEN, 100002, "invalid_client", "缺少client_secret参数"),
        (TOKEN, 100008, "invalid_client", "不存在的client_id"),
        (TOKEN, 100009, "invalid_client", "client_secret错误"),
        (TOKEN, 100010, "invalid_client", "回调地址不合法"),
        (TOKEN, 100011, "invalid_client", "应用未上线"),
        (TOKEN, 100005, "invalid_grant", "缺少code参数"),
        (TOKEN, 100019, "invalid_grant", "code换取access_token失败"),
        (TOKEN, 100020, "invalid_grant", "code重复使用"),
        (TOKEN, 100004, "other", "grant_type错误"),
        (ME, 100048, "other", "未知错误"),
        (INFO, 100030, "insufficient_scope", "用户未授权该API"),
        (INFO, 100031, "invalid_client", "应用没有该API的权限"),
        (INFO, 20999, "other", "未知错误"),
    ],
)
def test_a_number_is_a_friendly_sentence_on_the_page_and_itself_in_the_log(
    visitor: Any, neighbours: Any, logged: Any, path: str, number: int, notice: str, meaning: str
) -> None:
    neighbours.fail(path, {"ret": number, "msg": "no"} if path == INFO else refused(number))

    answer = arrive(visitor, code=neighbours.code(scope=""))
    page = visitor.get(answer.location).text

    assert answer.location == f"/login?notice={notice}&via=qq"
    assert 'data-testid="mt-notice-action" href="/login/qq"' in page
    assert str(number) not in page
    assert [entry["event"] for entry in logged("QQ接口错误")] == [f"QQ接口错误: {number} - {meaning}"]
    (entry,) = logged("OAuth登录错误")
    assert str(number) in entry["message"]


@pytest.mark.parametrize("number", [-1, -23])
def test_a_busy_platform_may_be_tried_again(visitor: Any, neighbours: Any, number: int) -> None:
    neighbours.fail(TOKEN, refused(number, "system is busy"))

    assert arrive(visitor, code=neighbours.code(scope="")).location.startswith("/login/retry/")


def test_the_same_number_for_wrong_parameters_is_none_to_try_again(visitor: Any, neighbours: Any) -> None:
    neighbours.fail(INFO, {"ret": -1, "msg": "client request's parameters are invalid, invalid openid"})

    answer = arrive(visitor, code=neighbours.code(scope=""))

    assert answer.location == "/login?notice=other&via=qq"


def test_a_token_of_another_client_logs_nobody_in(visitor: Any, neighbours: Any, client: Any) -> None:
    neighbours.fail(ME, 'callback( {"client_id":"100000009","openid":"Q-zhangsan"} );\n')

    answer = arrive(visitor, code=neighbours.code(scope=""))

    assert answer.location == "/login?notice=other&via=qq"
    assert neighbours.asked(INFO) == []
    assert client.parts.accounts.count() == 0


def test_a_cancelled_login_on_a_phone_is_a_refusal(visitor: Any, neighbours: Any) -> None:
    answer = arrive(visitor, usercancel="1")

    assert answer.location == "/login?notice=access_denied&via=qq"
    assert neighbours.calls == []


def test_a_number_in_the_place_of_the_error_is_told_in_the_log(visitor: Any, logged: Any) -> None:
    answer = arrive(visitor, error="100000", error_description="param response_type is wrong or lost ")

    assert answer.location == "/login?notice=other&via=qq"
    (entry,) = logged("OAuth登录错误")
    assert (entry["code"], "100000" in entry["message"]) == ("unknown_error", True)


def test_a_single_use_refresh_token_is_replaced_by_the_next(
    visitor: Any, neighbours: Any, client: Any
) -> None:
    client.advance(0)
    visitor.log_in_with("qq")
    user = visitor.user()
    for _ in range(2):
        before = client.parts.vault.read(user, "qq").tokens
        client.advance(7000)

        assert visitor.press("/me", "/me/refresh-profile").location == "/me?refreshed="

        after = client.parts.vault.read(user, "qq").tokens
        assert after.refresh_token != before.refresh_token
        assert after.openid == "Q-zhangsan"
    assert [call.form["grant_type"] for call in neighbours.asked(TOKEN)][1:] == ["refresh_token"] * 2


def test_a_dead_refresh_token_needs_a_new_login(visitor: Any, neighbours: Any, client: Any) -> None:
    client.advance(0)
    visitor.log_in_with("qq")
    client.advance(7200)
    neighbours.kill_refresh_tokens()

    assert visitor.press("/me", "/me/refresh-profile").location == "/login?notice=NEED_REAUTH"


def test_a_dead_access_token_is_refreshed_once(visitor: Any, neighbours: Any) -> None:
    visitor.log_in_with("qq")
    neighbours.expire_access_tokens()

    assert visitor.press("/me", "/me/refresh-profile").location == "/me?refreshed="
    assert [call.path for call in neighbours.calls][-3:] == [INFO, TOKEN, INFO]


def test_no_secret_is_in_the_trace_or_at_rest(visitor: Any, neighbours: Any, client: Any) -> None:
    started = visitor.log_in_with("qq")

    dump = client.everything_in_redis()
    assert len(neighbours.secrets()) > 4
    assert [secret for secret in neighbours.secrets() if secret in dump] == []
    names = client.names(started.flow)
    assert (names["code.redeemed"], names["token.inspected"], names["profile.read"]) == (1, 1, 1)
