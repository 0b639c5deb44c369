"""The state: bound to its visitor, spent once, one for each tab (S0 §5.3)."""

from __future__ import annotations

from typing import Any

from ninestep.records import World
from ninestep.store import Store

CALLBACK = "/auth/wechat/callback"


def test_a_callback_without_a_code_is_400(visitor: Any) -> None:
    answer = visitor.get(CALLBACK)

    assert answer.status_code == 400
    assert "授权失败：没有收到授权码" in answer.text


def test_a_wrong_state_is_400(visitor: Any, neighbours: Any) -> None:
    visitor.start()

    answer = visitor.get(CALLBACK, query_string={"code": neighbours.code(), "state": "0" * 32})

    assert answer.status_code == 400
    assert "授权失败：state参数不匹配" in answer.text
    assert neighbours.calls == []


def test_a_wrong_state_is_told_to_json_callers_in_the_seeds_words(visitor: Any, neighbours: Any) -> None:
    answer = visitor.get(
        CALLBACK, query_string={"code": "x", "state": "y"}, headers={"Accept": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.get_json() == {"error": "invalid_state", "message": "授权状态验证失败，可能存在安全风险"}


def test_a_missing_state_is_a_wrong_state(visitor: Any, neighbours: Any) -> None:
    visitor.start()

    answer = visitor.get(CALLBACK, query_string={"code": neighbours.code()})

    assert "授权失败：state参数不匹配" in answer.text


def test_the_same_callback_twice_is_400_and_sends_no_second_code(visitor: Any, neighbours: Any) -> None:
    started, code = visitor.start(), neighbours.code()
    assert visitor.come_back(started, code=code).status_code == 303

    answer = visitor.come_back(started, code=code)

    assert answer.status_code == 400
    assert len(neighbours.asked("/sns/oauth2/access_token")) == 1


def test_a_repeated_exchange_header_does_not_reopen_a_spent_state(visitor: Any, neighbours: Any) -> None:
    started = visitor.start()
    query, header = (
        {"state": started.state, "code": neighbours.code()},
        {"X-Ninestep-Exchange": "chosen-by-me"},
    )
    visitor.get(CALLBACK, query_string=query, headers=header)

    answer = visitor.get(CALLBACK, query_string={**query, "code": neighbours.code()}, headers=header)

    assert answer.status_code == 400


def test_a_state_of_another_browser_is_refused_and_stays_good_for_its_own(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    started = visitor.start()
    attacker = client.visitor()
    attacker.start()

    stolen = attacker.get(CALLBACK, query_string={"state": started.state, "code": neighbours.code("mallory")})

    assert stolen.status_code == 400
    assert visitor.come_back(started, code=neighbours.code()).status_code == 303


def test_a_browser_that_never_started_here_is_refused(visitor: Any, client: Any, neighbours: Any) -> None:
    started = visitor.start()

    answer = client.visitor().get(CALLBACK, query_string={"state": started.state, "code": neighbours.code()})

    assert answer.status_code == 400
    assert neighbours.calls == []


def test_a_state_of_one_site_is_no_state_of_the_other(visitor: Any, neighbours: Any) -> None:
    started = visitor.start("/zhihu/login")

    answer = visitor.come_back(started, code=neighbours.code())

    assert answer.status_code == 400


def test_two_tabs_each_come_back_with_their_own_state(visitor: Any, neighbours: Any) -> None:
    first, second = visitor.start(), visitor.start()

    answers = [visitor.come_back(tab, code=neighbours.code()).status_code for tab in (first, second)]

    assert answers == [303, 303]


def test_a_parameter_that_comes_twice_counts_as_missing(visitor: Any, neighbours: Any) -> None:
    started = visitor.start()

    twice = visitor.get(f"{CALLBACK}?state={started.state}&state=x&code={neighbours.code()}")
    codes = visitor.get(f"{CALLBACK}?state={started.state}&code=a&code=b")

    assert (twice.status_code, codes.status_code) == (400, 400)
    assert "没有收到授权码" in codes.text
    assert neighbours.calls == []


def test_odd_bytes_and_long_values_are_refused_like_any_wrong_state(visitor: Any) -> None:
    for state in ("%ff%fe", "%00", "张三", "x" * 7900):
        assert visitor.get(f"{CALLBACK}?code=x&state={state}").status_code == 400


def test_the_state_is_not_kept_in_plain_text(visitor: Any, client: Any) -> None:
    started = visitor.start()

    assert started.state not in client.everything_in_redis()


def test_a_login_outlives_every_world_of_the_town(visitor: Any, neighbours: Any, store: Store) -> None:
    """What the client keeps lies where no world does, whatever a world is called."""
    started = visitor.start()
    store.make_world(World(name="client", created_at=0, last_used=0))
    store.delete_world("client")

    assert visitor.come_back(started, code=neighbours.code()).status_code == 303
