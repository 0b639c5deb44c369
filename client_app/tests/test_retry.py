"""After a server_error the login starts again: up to three tries, 3 s × try apart on the world's clock (S0 §7.3)."""

from __future__ import annotations

import re
from typing import Any

import pytest

TOKEN = "/sns/oauth2/access_token"


@pytest.fixture(autouse=True)
def frozen(client: Any) -> None:
    client.advance(0)


def failed_try(visitor: Any, path: str = "/login/wechat") -> Any:
    neighbours = visitor.client.neighbours
    neighbours.fail(TOKEN, "busy", status=503)
    return visitor.come_back(visitor.start(path), code=neighbours.code())


def test_fail_twice_then_succeed_is_three_tries_at_0_3_and_9_seconds(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    first = failed_try(visitor)
    assert (first.status_code, first.location.startswith("/login/retry/")) == (303, True)
    assert "约 3 秒后" in visitor.get(first.location).text

    client.advance(3)
    second = failed_try(visitor, first.location + "/again")
    assert "约 6 秒后" in visitor.get(second.location).text
    assert "第 3 次，共 3 次" in visitor.get(second.location).text

    client.advance(6)
    third = visitor.come_back(visitor.start(second.location + "/again"), code=neighbours.code())

    assert third.location == "/me"
    assert len({call.form["code"] for call in neighbours.asked(TOKEN)}) == len(neighbours.asked(TOKEN)) == 3
    assert client.metrics() == {
        "authAttempts": 3,
        "authSuccess": 1,
        "authFailures": 2,
        "tokenRefreshes": 0,
        "errors": {"server_error": 2},
    }


def test_the_page_says_so_in_the_seeds_words(visitor: Any) -> None:
    page = visitor.get(failed_try(visitor).location).text

    assert "服务暂时不可用，请稍后再试" in page
    assert 'data-testid="mt-retry-again"' in page


def test_too_early_leads_back_to_the_page(visitor: Any, client: Any) -> None:
    waiting = failed_try(visitor).location
    client.advance(2)

    answer = visitor.get(waiting + "/again")

    assert (answer.status_code, answer.location) == (302, waiting)
    assert client.metrics()["authAttempts"] == 1


def test_the_script_can_ask_how_long_it_is(visitor: Any, client: Any) -> None:
    waiting = failed_try(visitor).location

    def seconds() -> int:
        return int(visitor.get(waiting, headers={"Accept": "application/json"}).get_json()["seconds"])

    assert seconds() == 3
    client.advance(3)
    assert seconds() == 0


def test_the_third_failure_is_the_last(visitor: Any, client: Any) -> None:
    first = failed_try(visitor)
    client.advance(3)
    second = failed_try(visitor, first.location + "/again")
    client.advance(6)

    third = failed_try(visitor, second.location + "/again")

    assert third.location == "/login?notice=server_error"


def test_the_scope_survives_the_restart(visitor: Any, client: Any) -> None:
    waiting = failed_try(visitor, "/login/wechat?scope=snsapi_base").location
    client.advance(3)

    assert visitor.start(waiting + "/again").query["scope"] == "snsapi_base"


def test_the_page_belongs_to_its_browser(visitor: Any, client: Any) -> None:
    waiting = failed_try(visitor).location
    stranger = client.visitor()
    stranger.get("/login")

    assert stranger.get(waiting).location == "/login"
    assert stranger.get(waiting + "/again").location == "/login"


def test_an_unknown_handle_leads_to_the_login_page(visitor: Any) -> None:
    assert visitor.get("/login/retry/nothing").location == "/login"


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": -1, "errmsg": "system error"},
        {"errcode": 45011, "errmsg": "api minute-quota reach limit"},
        {"access_token": "half an answer"},
        ["not", "an", "object"],
        "<html>not JSON</html>",
    ],
)
def test_an_answer_that_is_none_counts_as_a_server_error(visitor: Any, neighbours: Any, answer: Any) -> None:
    neighbours.fail(TOKEN, answer)

    answer = visitor.come_back(visitor.start(), code=neighbours.code())

    assert answer.location.startswith("/login/retry/")


def test_a_neighbour_that_is_away_counts_as_a_server_error_and_its_url_is_not_logged(
    client: Any, logged: Any
) -> None:
    alone = client.variant(provider_internal_url="http://127.0.0.1:1").visitor()

    answer = alone.come_back(alone.start(), code="0secretcode0secretcode")

    assert answer.location.startswith("/login/retry/")
    assert "0secretcode" not in str(logged())


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
def test_a_server_error_in_the_callback_starts_again_too(visitor: Any, neighbours: Any, error: str) -> None:
    assert visitor.come_back(visitor.start(), error=error).location.startswith("/login/retry/")
    assert neighbours.calls == []


def test_a_failing_userinfo_starts_again_and_leaves_no_user(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    neighbours.fail("/sns/userinfo", "busy", status=500)

    answer = visitor.come_back(visitor.start(), code=neighbours.code())

    assert answer.location.startswith("/login/retry/")
    assert client.parts.accounts.count() == 0


def test_a_json_caller_gets_503_and_where_to_try_again(visitor: Any, neighbours: Any) -> None:
    neighbours.fail(TOKEN, "busy", status=503)

    answer = visitor.come_back(visitor.start(), accept="application/json", code=neighbours.code())

    assert answer.status_code == 503
    assert answer.get_json()["error"] == "server_error"
    assert re.fullmatch(r"/login/retry/[\w-]+", answer.get_json()["retry"])
