"""Weibo (wire.md F): JSON as plain text, errors in HTTP 400 and 403, no refresh token."""

from __future__ import annotations

from typing import Any

import pytest
from ninestep_client_app.errors import NeedReauth

CALLBACK = "/auth/weibo/callback"
TOKEN, SHOW = "/oauth2/access_token", "/2/users/show.json"


def arrive(visitor: Any, **query: str) -> Any:
    return visitor.come_back(visitor.start("/login/weibo"), CALLBACK, **query)


def refused(number: int, path: str = TOKEN) -> dict[str, Any]:
    return {"error": "a word", "error_code": number, "request": path, "error_uri": path}


def test_the_request_has_the_platforms_parameters_and_asks_for_no_scope(visitor: Any, client: Any) -> None:
    started = visitor.start("/login/weibo")

    assert started.location.startswith(f"{client.settings.provider_url}/oauth2/authorize?")
    assert started.query == {
        "client_id": "1357924680",
        "redirect_uri": client.settings.client_url + CALLBACK,
        "response_type": "code",
        "state": started.state,
    }


def test_the_code_is_posted_with_the_same_redirect_uri(visitor: Any, client: Any, neighbours: Any) -> None:
    code = neighbours.code(scope="")

    arrive(visitor, code=code)

    (call,) = neighbours.asked(TOKEN)
    assert (call.method, call.query) == ("POST", {})
    assert call.form == {
        "grant_type": "authorization_code",
        "client_id": "1357924680",
        "client_secret": client.settings.weibo_secret,
        "code": code,
        "redirect_uri": client.settings.client_url + CALLBACK,
    }


def test_the_profile_is_that_of_the_tokens_uid(visitor: Any, neighbours: Any) -> None:
    visitor.log_in_with("weibo")

    (call,) = neighbours.asked(SHOW)
    assert (call.method, call.query["uid"]) == ("GET", "1000000001")
    user = visitor.get("/api/me").get_json()["user"]
    assert (user["nickname"], user["avatar"][-13:]) == ("张三的微博", "/zhangsan/180")


def test_two_logins_are_one_local_user_and_another_person_is_another(visitor: Any, client: Any) -> None:
    visitor.log_in_with("weibo")
    first = visitor.user()
    again, other = client.visitor(), client.visitor()
    again.log_in_with("weibo")
    other.log_in_with("weibo", "lisi")

    assert again.user() == first
    assert other.user() != first


def test_a_profile_of_somebody_else_logs_nobody_in(visitor: Any, neighbours: Any, client: Any) -> None:
    neighbours.fail(SHOW, {"id": 9, "idstr": "9", "screen_name": "别人"})

    assert arrive(visitor, code=neighbours.code(scope="")).location == "/login?notice=other&via=weibo"
    assert client.parts.accounts.count() == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("path", "status", "number", "notice", "meaning"),
    [
        (TOKEN, 400, 21322, "invalid_client", "回调地址不一致"),
        (TOKEN, 400, 21324, "invalid_client", "client_id或client_secret错误"),
        (TOKEN, 400, 21326, "invalid_client", "应用没有权限"),
        (TOKEN, 400, 21337, "invalid_client", "应用没有权限"),
        (TOKEN, 400, 21325, "invalid_grant", "授权码或授权无效"),
        (TOKEN, 400, 21330, "access_denied", "用户或授权服务器拒绝"),
        (TOKEN, 400, 21323, "other", "请求不合法"),
        (TOKEN, 400, 21328, "other", "不支持的grant_type"),
        (SHOW, 403, 10014, "invalid_client", "应用没有该API的权限"),
        (SHOW, 400, 20003, "other", "用户不存在"),
        (SHOW, 403, 21321, "other", "未审核的应用使用人数超限"),
        (SHOW, 400, 29999, "other", "未知错误"),
    ],
)
def test_a_number_is_a_friendly_sentence_on_the_page_and_itself_in_the_log(
    visitor: Any, neighbours: Any, logged: Any, path: str, status: int, number: int, notice: str, meaning: str
) -> None:
    neighbours.fail(path, refused(number, path), status=status)

    answer = arrive(visitor, code=neighbours.code(scope=""))
    page = visitor.get(answer.location).text

    assert answer.location == f"/login?notice={notice}&via=weibo"
    assert 'data-testid="mt-notice-action" href="/login/weibo"' in page
    assert str(number) not in page
    assert [entry["event"] for entry in logged("微博接口错误")] == [f"微博接口错误: {number} - {meaning}"]
    (entry,) = logged("OAuth登录错误")
    assert str(number) in entry["message"]


def test_a_number_as_text_means_the_same(visitor: Any, neighbours: Any) -> None:
    neighbours.fail(TOKEN, {**refused(0), "error_code": "21325"}, status=400)

    answer = arrive(visitor, code=neighbours.code(scope=""))

    assert answer.location == "/login?notice=invalid_grant&via=weibo"


@pytest.mark.parametrize("document", [{}, {"error": "x"}, {"error_code": True}, {"error_code": "x" * 50}])
def test_an_error_status_alone_is_an_error(visitor: Any, neighbours: Any, document: dict[str, Any]) -> None:
    neighbours.fail(TOKEN, document, status=400)

    answer = arrive(visitor, code=neighbours.code(scope=""))

    assert answer.location == "/login?notice=other&via=weibo"


@pytest.mark.parametrize(("status", "number"), [(400, 21331), (403, 10023), (503, 0)])
def test_a_busy_platform_may_be_tried_again(
    visitor: Any, neighbours: Any, client: Any, status: int, number: int
) -> None:
    client.advance(0)
    neighbours.fail(TOKEN, refused(number), status=status)
    answer = arrive(visitor, code=neighbours.code(scope=""))
    assert answer.location.startswith("/login/retry/")

    client.advance(4)
    again = visitor.start(f"{answer.location}/again")

    assert "/oauth2/authorize?" in again.location
    assert visitor.come_back(again, CALLBACK, code=neighbours.code(scope="")).location == "/me"


def test_the_platforms_refusal_is_friendly_and_its_number_is_in_the_log(
    visitor: Any, neighbours: Any, logged: Any
) -> None:
    answer = arrive(
        visitor,
        error="access_denied",
        error_code="21330",
        error_uri="/oauth2/authorize",
        error_description="user denied your request.",
    )

    assert answer.location == "/login?notice=access_denied&via=weibo"
    (entry,) = logged("OAuth登录错误")
    assert (entry["code"], "21330" in entry["message"]) == ("access_denied", True)
    assert neighbours.calls == []


def test_a_code_that_the_platform_repeats_is_not_in_the_log(
    visitor: Any, neighbours: Any, logged: Any, client: Any
) -> None:
    code = neighbours.code(scope="")
    neighbours._codes.clear()

    arrive(visitor, code=code)

    assert logged("微博接口错误")
    assert code not in str(logged())
    assert code not in client.everything_in_redis()


def test_a_token_is_used_to_its_end_and_then_only_a_new_login_helps(
    visitor: Any, neighbours: Any, client: Any
) -> None:
    client.advance(0)
    visitor.log_in_with("weibo")
    user, platform = visitor.user(), client.parts.sites["weibo"].platform

    client.advance(7200 - 10)
    assert visitor.press("/me", "/me/refresh-profile").location == "/me?refreshed="
    assert 'data-state="valid">有效，约 0 分钟后过期' in visitor.get("/me").text

    client.advance(20)
    assert 'data-state="over">已过期，下次使用前需要重新授权' in visitor.get("/me").text
    with pytest.raises(NeedReauth):
        client.parts.manager.valid(user, platform)
    assert visitor.press("/me", "/me/refresh-profile").location == "/login?notice=NEED_REAUTH"
    assert len(neighbours.asked(TOKEN)) == 1


def test_a_token_that_died_early_needs_a_new_login_and_no_second_call(visitor: Any, neighbours: Any) -> None:
    visitor.log_in_with("weibo")
    neighbours.expire_access_tokens()

    assert visitor.press("/me", "/me/refresh-profile").location == "/login?notice=NEED_REAUTH"
    assert len(neighbours.asked(SHOW)) == 2
    assert len(neighbours.asked(TOKEN)) == 1


def test_no_secret_is_in_the_trace_or_at_rest(visitor: Any, neighbours: Any, client: Any) -> None:
    started = visitor.log_in_with("weibo")

    dump = client.everything_in_redis()
    assert [secret for secret in neighbours.secrets() if secret in dump] == []
    names = client.names(started.flow)
    assert (names["code.redeemed"], names["profile.read"]) == (1, 1)
