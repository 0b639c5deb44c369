"""What the client records: its own copies of every exchange of a login, in one flow (design.md §7)."""

from __future__ import annotations

from typing import Any

LOGIN = {"login.started": 1, "callback.received": 1, "code.redeemed": 1, "profile.read": 1}


def test_a_login_is_four_exchanges_in_one_flow(visitor: Any, client: Any) -> None:
    flow = visitor.log_in().flow

    assert client.names(flow) == LOGIN
    assert {(e.service, e.app, e.outcome) for e in client.exchanges(flow)} == {
        ("client_app", client.settings.meituan_appid, "ok")
    }


def test_the_callback_answers_with_its_flow(visitor: Any, neighbours: Any) -> None:
    started = visitor.start()

    assert visitor.come_back(started, code=neighbours.code()).headers["X-Ninestep-Flow"] == started.flow


def test_a_call_carries_the_name_of_its_exchange(visitor: Any, client: Any, neighbours: Any) -> None:
    flow = visitor.log_in().flow

    recorded = {e.exchange for e in client.exchanges(flow) if e.channel == "back"}

    assert recorded == {call.headers["x-ninestep-exchange"] for call in neighbours.calls}


def test_the_back_channel_copies_hold_what_was_asked_and_answered_with_secrets_masked(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    flow = visitor.log_in().flow
    (redeemed,) = [e for e in client.exchanges(flow) if e.name == "code.redeemed"]

    assert redeemed.request.method == "POST"
    assert redeemed.request.url == neighbours.url + "/sns/oauth2/access_token"
    assert redeemed.response.status == 200
    assert {"client_secret", "code", "access_token", "refresh_token", "openid"} <= {
        v.kind for v in redeemed.values
    }
    text = str(client.exchanges(flow))
    assert [s for s in [*neighbours.secrets(), visitor.cookie("mt_login").value] if s in text] == []


def test_the_checks_of_the_callback_are_recorded_by_who_made_them(visitor: Any, client: Any) -> None:
    flow = visitor.log_in().flow
    (callback,) = [e for e in client.exchanges(flow) if e.name == "callback.received"]

    assert [(c.name, c.ok) for c in callback.checks] == [
        ("code or error arrived", True),
        ("state matches", True),
        ("state unused", True),
        ("issuer is the provider", True),
    ]


def test_an_altered_state_is_a_failed_check_in_the_flow_of_this_browser(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    started = visitor.start()

    visitor.get("/auth/wechat/callback", query_string={"code": neighbours.code(), "state": "f" * 32})

    (callback,) = [e for e in client.exchanges(started.flow) if e.name == "callback.received"]
    assert (callback.outcome, callback.error) == ("refused", "invalid_state")
    assert [c.name for c in callback.checks if not c.ok] == ["state matches"]


def test_a_replayed_callback_is_a_failed_check_in_its_flow(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    started = visitor.log_in()

    visitor.come_back(started, code=neighbours.code())

    last = client.exchanges(started.flow)[-1]
    assert [c.name for c in last.checks if not c.ok] == ["state unused"]


def test_two_logins_are_two_flows(visitor: Any) -> None:
    assert visitor.log_in().flow != visitor.log_in().flow


def test_a_refresh_and_its_call_are_told_in_the_flow_of_the_login(visitor: Any, client: Any) -> None:
    flow = visitor.log_in().flow
    client.advance(7000)

    visitor.press("/me", "/me/refresh-profile")

    assert client.names(flow) == {**LOGIN, "token.refreshed": 1, "profile.read": 2, "session.read": 1}


def test_a_neighbour_that_does_not_answer_is_a_failed_exchange(client: Any, neighbours: Any) -> None:
    alone = client.variant(provider_internal_url="http://127.0.0.1:1").visitor()
    started = alone.start()

    alone.come_back(started, code=neighbours.code())

    outcomes = {e.name: e.outcome for e in client.exchanges(started.flow)}
    assert outcomes == {"login.started": "ok", "code.redeemed": "failed", "callback.received": "failed"}


def test_times_are_those_of_the_worlds_clock(visitor: Any, client: Any) -> None:
    client.advance(86400)

    flow = visitor.log_in().flow

    assert {round(e.at) for e in client.exchanges(flow)} == {round(client.now())}


def test_an_app_that_the_town_does_not_know_logs_in_untold(client: Any, neighbours: Any) -> None:
    stranger = client.variant(meituan_appid="wxffffffffffffffff").visitor()
    answer = stranger.get("/login/wechat")

    assert answer.status_code == 302
    assert "X-Ninestep-Flow" not in answer.headers


def test_an_app_that_moves_to_another_world_is_followed(client: Any, store: Any) -> None:
    from ninestep.records import App, Clock

    town = client.parts.town
    before = town.moment(client.settings.meituan_appid)
    store.save_app(App(appid=client.settings.meituan_appid, secret="", world="w-other", name="x"))
    store.move_clock(lambda clock: Clock(offset=5000), "w-other")

    after = town.moment(client.settings.meituan_appid)

    assert (before.world, after.world) == ("w-test", "w-other")
    assert after.now - before.now > 4999
