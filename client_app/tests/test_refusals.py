"""When the user or the provider says no: one friendly sentence, one button (S0 §7.3)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ninestep_client_app import messages

CALLBACK = "/auth/wechat/callback"


@pytest.mark.parametrize("arrival", [{"error": "access_denied"}, {"code": "authdeny"}])
def test_a_refusal_leads_to_the_notice_with_login_again(
    visitor: Any, neighbours: Any, arrival: dict[str, str]
) -> None:
    answer = visitor.come_back(visitor.start(), **arrival)
    assert (answer.status_code, answer.location) == (303, "/login?notice=access_denied")

    page = visitor.get(answer.location).text

    assert 'data-testid="mt-notice-title">登录失败<' in page
    assert "您取消了授权，如需使用请重新登录" in page
    assert re.search(r'data-testid="mt-notice-action"[^>]*>重新登录<', page)
    assert neighbours.calls == []


def test_a_refusal_that_brings_the_state_alone_is_a_missing_code_and_counts_as_a_refusal(
    visitor: Any, client: Any
) -> None:
    answer = visitor.come_back(visitor.start())

    assert answer.status_code == 400
    assert "授权失败：没有收到授权码" in answer.text
    assert client.metrics()["errors"] == {"access_denied": 1}


def test_a_refusal_with_a_wrong_state_is_a_wrong_state(visitor: Any) -> None:
    answer = visitor.get(CALLBACK, query_string={"error": "access_denied", "state": "x"})

    assert answer.status_code == 400
    assert "state参数不匹配" in answer.text


@pytest.mark.parametrize(
    ("code", "text", "action"),
    [
        ("invalid_client", "应用配置错误，请联系技术支持", "重试"),
        ("access_denied", "您取消了授权，如需使用请重新登录", "重新登录"),
        ("invalid_grant", "授权已过期，请重新登录", "重试"),
        ("server_error", "服务暂时不可用，请稍后再试", "重试"),
        ("NEED_REAUTH", "登录已过期，请重新登录", "重试"),
        ("anything else", "登录过程中出现问题，请重试", "重试"),
    ],
)
def test_each_code_has_the_seeds_sentence(visitor: Any, code: str, text: str, action: str) -> None:
    page = visitor.get("/login", query_string={"notice": code}).text

    assert messages.friendly(code) == text
    assert 'data-testid="mt-notice-title">登录失败<' in page
    assert f'data-testid="mt-notice-message">{text}<' in page
    assert re.search(rf'data-testid="mt-notice-action" href="/login/wechat">{action}<', page)


@pytest.mark.parametrize(
    ("errcode", "text"),
    [
        (40001, "应用配置错误，请检查AppID和AppSecret"),
        (40013, "应用配置错误，请检查AppID和AppSecret"),
        (40029, "授权码已过期，请重新授权"),
        (42001, "Token已过期，需要刷新或重新授权"),
        (42002, "Token已过期，需要刷新或重新授权"),
        (50001, "用户未授权此权限，请重新授权"),
        (40003, "API调用失败: 不合法的OpenID"),
        (41001, "API调用失败: 缺少access_token参数"),
        (12345, "API调用失败: 未知错误"),
    ],
)
def test_each_wechat_number_has_the_seeds_exception(errcode: int, text: str) -> None:
    assert messages.exception("微信", errcode) == text


@pytest.mark.parametrize(
    ("errcode", "meaning"),
    [
        (40001, "AppSecret错误或者AppSecret不属于这个公众号"),
        (40002, "不合法的凭证类型"),
        (40003, "不合法的OpenID"),
        (40013, "不合法的AppID"),
        (40029, "不合法的oauth_code"),
        (41001, "缺少access_token参数"),
        (41002, "缺少appid参数"),
        (42001, "access_token超时"),
        (42002, "refresh_token超时"),
        (50001, "用户未授权该API"),
        (12345, "未知错误"),
    ],
)
def test_the_wechat_log_line_names_number_and_meaning(
    visitor: Any, neighbours: Any, logged: Any, errcode: int, meaning: str
) -> None:
    neighbours.fail("/sns/oauth2/access_token", {"errcode": errcode, "errmsg": "no"})

    visitor.come_back(visitor.start(), code=neighbours.code())

    assert [entry["event"] for entry in logged("微信API错误")] == [f"微信API错误: {errcode} - {meaning}"]


def test_the_words_on_the_pages_are_those_of_the_table(client: Any) -> None:
    words = client.app.extensions["ninestep.words"]

    for code, text in {**messages.FRIENDLY, messages.OTHER: messages.OTHERWISE}.items():
        assert words["zh-CN"][f"client.notice.{code}"] == text
    assert set(words["zh-CN"]) == set(words["en"])


@pytest.mark.parametrize(
    ("errcode", "notice"),
    [
        (40001, "invalid_client"),
        (40125, "invalid_client"),
        (40013, "invalid_client"),
        (40029, "invalid_grant"),
        (40163, "invalid_grant"),
        (40002, "other"),
    ],
)
def test_what_the_token_endpoint_refuses_is_told_in_plain_words_and_never_tried_again(
    visitor: Any, client: Any, neighbours: Any, logged: Any, errcode: int, notice: str
) -> None:
    neighbours.fail("/sns/oauth2/access_token", {"errcode": errcode, "errmsg": "refused, rid: 1-2-3"})

    answer = visitor.come_back(visitor.start(), code=neighbours.code())
    page = visitor.get(answer.location).text

    assert (answer.status_code, answer.location) == (303, f"/login?notice={notice}")
    assert not re.search(r"\b4\d{4}\b|invalid_\w+<|errcode|rid:", page)
    assert len(neighbours.asked("/sns/oauth2/access_token")) == 1
    assert logged(f"微信API错误: {errcode} - ")
    assert client.parts.accounts.count() == 0


def test_an_expired_code_can_be_tried_again_from_the_notice(visitor: Any, neighbours: Any) -> None:
    answer = visitor.come_back(visitor.start(), code="0unknown")
    again = re.search(r'data-testid="mt-notice-action" href="([^"]+)"', visitor.get(answer.location).text)

    assert again is not None
    assert visitor.come_back(visitor.start(again[1]), code=neighbours.code()).location == "/me"


@pytest.mark.parametrize("error", ["access_denied", "invalid_client", "unauthorized_client"])
def test_these_errors_are_one_attempt_and_no_more(visitor: Any, client: Any, error: str) -> None:
    answer = visitor.come_back(visitor.start(), error=error)

    assert answer.location.startswith("/login?notice=")
    assert client.metrics()["authAttempts"] == 1


def test_an_error_name_of_a_strangers_making_is_neither_counted_nor_shown(visitor: Any, client: Any) -> None:
    answer = visitor.come_back(visitor.start(), error="<script>x")

    assert answer.location == "/login?notice=other"
    assert client.metrics()["errors"] == {"unknown_error": 1}


def test_a_json_caller_hears_of_a_refusal_in_json(visitor: Any) -> None:
    answer = visitor.come_back(visitor.start(), accept="application/json", error="access_denied")

    assert answer.status_code == 400
    assert answer.get_json() == {"error": "access_denied", "message": "您取消了授权，如需使用请重新登录"}


def test_a_detailed_log_entry_is_written_for_each_failure(visitor: Any, logged: Any) -> None:
    visitor.come_back(visitor.start(), code="0unknown")

    (entry,) = logged("OAuth登录错误")
    assert entry["code"] == "invalid_grant"
    assert entry["message"] == "授权码已过期，请重新授权"
    assert "PlatformError" in entry["stack"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry["timestamp"])


# -- ⑦ goes wrong: nobody is half known (M103) --------------------------------------------------------------------


def test_an_expired_token_at_userinfo_is_refreshed_once_during_the_login(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    neighbours.fail("/sns/userinfo", {"errcode": 42001, "errmsg": "access_token expired"})

    visitor.log_in()

    assert len(neighbours.asked("/sns/oauth2/refresh_token")) == 1
    assert visitor.get("/api/me").get_json()["user"]["nickname"] == "张三"


def test_a_userinfo_that_stays_bad_makes_no_half_filled_user(
    visitor: Any, client: Any, neighbours: Any, logged: Any
) -> None:
    neighbours.fail("/sns/userinfo", {"errcode": 42001, "errmsg": "access_token expired"}, times=2)

    answer = visitor.come_back(visitor.start(), code=neighbours.code())

    assert answer.location == "/login?notice=NEED_REAUTH"
    assert logged("OAuth登录错误")[0]["message"] == "Token可能已过期"
    assert client.parts.accounts.count() == 0
    assert visitor.cookie("mt_login") is None


def test_a_userinfo_that_is_not_ok_at_all_makes_no_user(visitor: Any, client: Any, neighbours: Any) -> None:
    neighbours.fail("/sns/userinfo", {"message": "not here"}, status=404, times=2)

    answer = visitor.come_back(visitor.start(), code=neighbours.code())

    assert answer.location == "/login?notice=NEED_REAUTH"
    assert client.parts.accounts.count() == 0


def test_a_profile_of_somebody_else_is_refused(visitor: Any, client: Any, neighbours: Any) -> None:
    neighbours.fail("/sns/userinfo", {"openid": "o-mallory", "nickname": "Mallory"})

    answer = visitor.come_back(visitor.start(), code=neighbours.code())

    assert answer.location == "/login?notice=other"
    assert client.parts.accounts.count() == 0
