"""知乎 (seed S1): the generic flow with client_id, client_secret, PKCE and a session of its own."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

CALLBACK = "/auth/zhihu/callback"


def log_in(visitor: Any, **query: str) -> Any:
    code = visitor.client.neighbours.code(scope="user_info")
    return visitor.come_back(visitor.start("/zhihu/login"), CALLBACK, code=code, **query)


def test_the_page_says_what_zhihu_will_get(visitor: Any) -> None:
    page = visitor.get("/zhihu").text

    assert "知乎将获取你的头像和昵称" in page
    assert 'data-testid="zh-login-wechat" href="/zhihu/login"' in page


def test_the_request_is_the_seeds_with_pkce(visitor: Any, client: Any) -> None:
    started = visitor.start("/zhihu/login")

    assert started.location.startswith(f"{client.settings.provider_url}/oauth/authorize?")
    challenge = started.query.pop("code_challenge")
    assert len(challenge) == 43
    assert started.query == {
        "response_type": "code",
        "client_id": "zhihu",
        "redirect_uri": client.settings.client_url + CALLBACK,
        "scope": "user_info",
        "state": started.state,
        "code_challenge_method": "S256",
    }


def test_the_exchange_posts_the_same_redirect_uri_and_the_verifier(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    started, code = visitor.start("/zhihu/login"), neighbours.code(scope="user_info")

    visitor.come_back(started, CALLBACK, code=code)

    (call,) = neighbours.asked("/oauth/token")
    verifier = call.form.pop("code_verifier")
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert hashed == started.query["code_challenge"]
    assert call.method == "POST"
    assert call.form == {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": started.query["redirect_uri"],
        "client_id": "zhihu",
        "client_secret": client.settings.zhihu_client_secret,
    }


def test_the_profile_is_asked_for_with_bearer_alone(visitor: Any, neighbours: Any) -> None:
    log_in(visitor)

    (call,) = neighbours.asked("/userinfo")
    assert call.query == {}
    assert call.headers["authorization"].startswith("Bearer 83_")


def test_the_user_is_logged_in_by_a_session(visitor: Any) -> None:
    answer = log_in(visitor)

    assert (answer.status_code, answer.location) == (303, "/zhihu/me")
    page = visitor.get("/zhihu/me").text
    assert 'data-testid="zh-name">张三<' in page
    assert visitor.cookie("mt_login") is None


def test_the_session_gets_a_new_id_and_the_old_one_is_nobody(visitor: Any, client: Any) -> None:
    visitor.get("/zhihu")
    before = visitor.cookie("mt_session").value

    log_in(visitor)

    assert visitor.cookie("mt_session").value != before
    thief = client.visitor()
    thief.http.set_cookie("mt_session", before, domain="127.0.0.1")
    assert thief.get("/zhihu/me").location == "/zhihu"


def test_logging_out_ends_it(visitor: Any) -> None:
    log_in(visitor)

    assert visitor.press("/zhihu/me", "/zhihu/logout").location == "/zhihu"
    assert visitor.get("/zhihu/me").location == "/zhihu"


def test_the_same_person_is_another_user_at_meituan(visitor: Any, client: Any) -> None:
    log_in(visitor)
    visitor.log_in()

    assert client.parts.accounts.count() == 2


@pytest.mark.parametrize("named", [{"iss": "http://evil.example"}, {"iss": ""}, {}])
def test_an_answer_of_another_issuer_or_of_none_is_refused(
    visitor: Any, neighbours: Any, named: dict[str, str]
) -> None:
    sent = {"state": visitor.start("/zhihu/login").state, "code": neighbours.code(scope="user_info"), **named}

    answer = visitor.get(CALLBACK, query_string=sent, headers={"Accept": "text/html"})

    assert answer.location == "/zhihu?notice=other"
    assert neighbours.calls == []


def test_the_right_issuer_is_welcome(visitor: Any, client: Any) -> None:
    assert log_in(visitor, iss=client.settings.provider_url).location == "/zhihu/me"


@pytest.mark.parametrize(
    ("status", "error", "notice"),
    [
        (401, "invalid_client", "invalid_client"),
        (400, "invalid_grant", "invalid_grant"),
        (400, "unsupported_grant_type", "other"),
        (400, "<odd>", "other"),
    ],
)
def test_an_oauth_error_is_told_in_plain_words(
    visitor: Any, neighbours: Any, status: int, error: str, notice: str
) -> None:
    neighbours.fail("/oauth/token", {"error": error}, status=status)

    answer = log_in(visitor)

    assert answer.location == f"/zhihu?notice={notice}"
    assert 'data-testid="mt-notice"' in visitor.get(answer.location).text


def test_a_token_of_another_type_is_not_used(visitor: Any, neighbours: Any) -> None:
    neighbours.fail("/oauth/token", {"access_token": "a", "token_type": "mac", "expires_in": 1})

    assert log_in(visitor).location == "/zhihu?notice=other"
    assert neighbours.asked("/userinfo") == []


def test_a_wrong_state_is_told_on_zhihus_own_page(visitor: Any) -> None:
    answer = visitor.get(CALLBACK, query_string={"code": "x", "state": "y"})

    assert answer.status_code == 400
    assert 'data-testid="zh-login"' in answer.text
    assert "授权失败：state参数不匹配" in answer.text


def test_a_server_error_starts_zhihus_login_again(visitor: Any, client: Any, neighbours: Any) -> None:
    client.advance(0)
    neighbours.fail("/oauth/token", "busy", status=503)
    waiting = log_in(visitor).location
    client.advance(3)

    assert visitor.start(waiting + "/again").query["client_id"] == "zhihu"
