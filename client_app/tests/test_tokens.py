"""The token manager and the tokens at rest (S0 §6.2 to §6.4)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ninestep_client_app.errors import NeedReauth

REFRESH, USERINFO = "/sns/oauth2/refresh_token", "/sns/userinfo"


@pytest.fixture
def me(visitor: Any, client: Any) -> str:
    """A logged-in user; the world's clock stands still."""
    client.advance(0)
    visitor.log_in()
    found: str = visitor.get("/api/me").get_json()["user"]["id"]
    return found


def refresh_profile(visitor: Any) -> Any:
    return visitor.press("/me", "/me/refresh-profile")


def test_the_record_has_the_seeds_four_fields(client: Any, me: str) -> None:
    raw = client.store.redis.get(client.parts.vault.key(me, "wechat"))

    record = msgspec.json.decode(raw)

    assert set(record) == {"user_id", "encrypted_tokens", "expires_at", "created_at"}
    assert record["user_id"] == me
    assert record["expires_at"] == pytest.approx(client.now() + 7200, abs=1)


def test_no_token_lies_in_redis_in_plain_text(client: Any, me: str, neighbours: Any) -> None:
    dump = client.everything_in_redis()

    assert neighbours.secrets()
    assert [secret for secret in neighbours.secrets() if secret in dump] == []


def test_a_rotated_key_still_opens_what_the_old_one_closed(visitor: Any, client: Any, me: str) -> None:
    rotated = client.variant(token_keys=("a new key for tests, long enough", *client.settings.token_keys))

    assert rotated.parts.vault.read(me, "wechat") is not None


def test_a_lost_key_is_as_good_as_no_tokens(client: Any, me: str) -> None:
    assert (
        client.variant(token_keys=("another key for tests, long enough",)).parts.vault.read(me, "wechat")
        is None
    )


@pytest.mark.parametrize(("left", "refreshes"), [(301, 0), (299, 1)])
def test_a_token_is_refreshed_when_less_than_300_s_remain(
    visitor: Any, client: Any, neighbours: Any, me: str, logged: Any, left: int, refreshes: int
) -> None:
    client.advance(7200 - left)

    assert refresh_profile(visitor).location == "/me?refreshed="

    assert len(neighbours.asked(REFRESH)) == refreshes
    assert len(logged("Token即将过期，自动刷新...")) == refreshes
    assert client.metrics()["tokenRefreshes"] == refreshes


def test_the_refresh_goes_before_the_call(visitor: Any, client: Any, neighbours: Any, me: str) -> None:
    client.advance(7200 - 299)

    refresh_profile(visitor)

    assert [call.path for call in neighbours.calls][-2:] == [REFRESH, USERINFO]


def test_a_new_refresh_token_is_stored(visitor: Any, client: Any, neighbours: Any, me: str) -> None:
    neighbours.rotates = True
    before = client.parts.vault.read(me, "wechat").tokens
    client.advance(7000)

    refresh_profile(visitor)

    after = client.parts.vault.read(me, "wechat")
    assert after.tokens.refresh_token != before.refresh_token
    assert after.tokens.access_token != before.access_token
    assert after.expires_at == pytest.approx(client.now() + 7200, abs=1)


def test_an_unchanged_refresh_token_is_kept(visitor: Any, client: Any, me: str) -> None:
    before = client.parts.vault.read(me, "wechat").tokens
    client.advance(7000)

    refresh_profile(visitor)

    assert client.parts.vault.read(me, "wechat").tokens.refresh_token == before.refresh_token


def test_no_stored_token_needs_a_new_authorization(visitor: Any, client: Any, me: str) -> None:
    client.store.redis.delete(client.parts.vault.key(me, "wechat"))

    with pytest.raises(NeedReauth, match="需要重新授权"):
        client.parts.manager.valid(me, client.parts.sites["wechat"].platform)
    assert refresh_profile(visitor).location == "/login?notice=NEED_REAUTH"


def test_a_failed_refresh_clears_the_tokens_and_leads_to_a_new_login(
    visitor: Any, client: Any, neighbours: Any, me: str, logged: Any
) -> None:
    client.advance(7200)
    neighbours.kill_refresh_tokens()

    answer = refresh_profile(visitor)

    assert (answer.status_code, answer.location) == (303, "/login?notice=NEED_REAUTH")
    assert "登录已过期，请重新登录" in visitor.get(answer.location).text
    assert len(neighbours.asked(REFRESH)) == 1
    assert logged("Token刷新失败，需要重新授权")
    assert client.parts.vault.read(me, "wechat") is None
    assert visitor.cookie("mt_login") is None


@pytest.mark.parametrize("errcode", [42001, 40001])
def test_a_call_that_finds_the_token_dead_refreshes_once_and_tries_once_more(
    visitor: Any, client: Any, neighbours: Any, me: str, errcode: int
) -> None:
    neighbours.fail(USERINFO, {"errcode": errcode, "errmsg": "no"})

    assert refresh_profile(visitor).location == "/me?refreshed="

    assert [call.path for call in neighbours.calls][-3:] == [USERINFO, REFRESH, USERINFO]


def test_a_second_refusal_is_an_error_and_no_second_refresh(
    visitor: Any, client: Any, neighbours: Any, me: str
) -> None:
    neighbours.fail(USERINFO, {"errcode": 42001, "errmsg": "access_token expired"}, times=2)

    assert refresh_profile(visitor).location == "/login?notice=NEED_REAUTH"

    assert [call.path for call in neighbours.calls][-3:] == [USERINFO, REFRESH, USERINFO]


def test_a_call_beyond_the_scope_is_told_on_the_page_and_not_retried(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.log_in(scope="snsapi_base")

    answer = refresh_profile(visitor)

    assert answer.location == "/me?notice=insufficient_scope"
    assert "用户未授权此权限，请重新授权" in visitor.get(answer.location).text
    assert len(neighbours.asked(USERINFO)) == 1
    assert neighbours.asked(REFRESH) == []


def test_a_busy_resource_server_is_told_on_the_page_and_keeps_the_login(
    visitor: Any, neighbours: Any, me: str
) -> None:
    neighbours.fail(USERINFO, "busy", status=503)

    answer = refresh_profile(visitor)

    assert answer.location == "/me?notice=server_error"
    assert "服务暂时不可用，请稍后再试" in visitor.get(answer.location).text


def test_a_changed_profile_is_copied(visitor: Any, neighbours: Any, me: str) -> None:
    neighbours.fail(USERINFO, {"openid": "o-zhangsan", "nickname": "张三丰", "headimgurl": ""})

    refresh_profile(visitor)

    assert visitor.get("/api/me").get_json()["user"] == {"id": me, "nickname": "张三丰", "avatar": ""}


def test_a_slow_failed_refresh_does_not_clear_the_tokens_of_a_newer_login(
    visitor: Any, client: Any, me: str
) -> None:
    stale = client.parts.vault.read(me, "wechat")
    visitor.log_in()

    assert client.parts.vault.clear(me, "wechat", stale) is False
    assert client.parts.vault.replace(me, "wechat", stale, stale.tokens, client.now()) is False
    assert client.parts.vault.read(me, "wechat").raw != stale.raw


@pytest.mark.parametrize(
    ("later", "state", "text"),
    [
        (0, "valid", "有效，约 120 分钟后过期"),
        (7000, "expiring", "即将过期，下次使用前会自动刷新"),
        (7300, "expired", "已过期，下次使用前会自动刷新"),
    ],
)
def test_the_page_tells_how_long_the_token_lasts_and_not_what_it_is(
    visitor: Any, client: Any, neighbours: Any, me: str, later: int, state: str, text: str
) -> None:
    client.advance(later)

    page = visitor.get("/me").text

    assert f'data-testid="mt-token-status" data-state="{state}">{text}<' in page
    assert [secret for secret in neighbours.secrets() if secret in page] == []


def test_the_refresh_button_needs_the_form(visitor: Any, me: str) -> None:
    assert visitor.post("/me/refresh-profile").status_code == 400
