"""When faults fire: in order, as often as asked, before or after the effect, and for nobody else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from browser import Browser
from fault_callers import CALLBACK, Caller, caller, get
from ninestep.records import Fault

MANY = 10_000


def statuses(one: Caller, calls: int) -> list[int]:
    return [one.prepare()().status_code for _ in range(calls)]


def test_faults_of_one_endpoint_fire_in_the_order_of_arming(town: Any) -> None:
    one = caller(town, "standard", "token")
    one.arm("token", status=501, times=2)
    one.arm("userinfo", status=599)
    one.arm("token", status=502)
    one.arm("token", status=503)

    assert statuses(one, 6) == [501, 501, 502, 503, 200, 200]
    assert [(fault["endpoint"], fault["hits"]) for fault in one.faults()] == [
        ("token", 2),
        ("userinfo", 0),
        ("token", 1),
        ("token", 1),
    ]


def test_a_fault_lets_its_first_requests_pass(town: Any) -> None:
    one = caller(town, "wechat", "token")
    one.arm("token", status=501, after=2)
    one.arm("token", status=502, after=1)

    assert statuses(one, 6) == [200, 200, 501, 200, 502, 200]


def test_one_fault_meets_one_of_many_who_ask_at_once(town: Any) -> None:
    one = caller(town, "standard", "token")
    calls = [one.prepare() for _ in range(12)]
    one.arm("token", status=503, times=1)
    together = threading.Barrier(len(calls))

    def ask(call: Any) -> int:
        together.wait(timeout=10)
        return int(call().status_code)

    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(ask, calls))

    assert sorted(answers) == [200] * 11 + [503]
    assert [fault["hits"] for fault in one.faults()] == [1]


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [{"status": 503}, {"error": "server_error"}, {"kind": "drop"}])
@pytest.mark.parametrize(("when", "spent"), [("before", False), ("after", True)])
def test_a_code_is_spent_behind_a_failure_that_came_after_the_effect(
    town: Any, kind: dict[str, Any], when: str, spent: bool
) -> None:
    one = caller(town, "standard", "token")
    call = one.prepare()
    one.arm("token", **kind, when=when)

    try:
        assert call().status_code >= 500
    except requests.ConnectionError:
        assert kind == {"kind": "drop"}

    second = call()
    assert second.status_code == (400 if spent else 200)
    assert second.json().get("error") == ("invalid_grant" if spent else None)


def test_the_trace_says_what_was_done_to_the_answer(town: Any) -> None:
    one = caller(town, "standard", "userinfo")
    missing, absent = (one.arm("userinfo", kind="missing_field", field=name) for name in ("avatar", "nobody"))
    dropped = one.arm("userinfo", kind="drop")
    one.prepare()()
    one.prepare()()
    with pytest.raises(requests.ConnectionError):
        one.prepare()()

    def told(fault: dict[str, Any]) -> tuple[Any, ...]:
        [exchange] = one.told_of(fault["id"])
        [note] = [note["detail"] for note in exchange["notes"] if note["rule"] == "fault"]
        return exchange.get("outcome", "ok"), exchange["response"].get("status", 0), note

    spoilt = {"kind": "missing_field", "when": "after"}
    assert told(missing) == ("ok", 200, {**spoilt, "field": "avatar", "changed": True})
    assert told(absent) == ("ok", 200, {**spoilt, "field": "nobody", "changed": False})
    assert told(dropped) == ("failed", 0, {"kind": "drop", "when": "before"})


@pytest.mark.parametrize(("value", "state"), [(None, "altered-s"), ("another", "another"), ("", None)])
def test_a_wrong_state_travels_through_login_and_consent(
    town: Any, value: str | None, state: str | None
) -> None:
    one = caller(town, "standard", "consent")
    one.arm("authorize", kind="wrong_state", **({} if value is None else {"value": value}))

    query = parse_qs(urlsplit(one.prepare()().headers["Location"]).query)

    assert query["code"]
    assert query.get("state") == ([state] if state else None)


def test_a_web_view_that_loses_its_cookie_is_logged_in_nowhere(town: Any) -> None:
    one = caller(town, "standard", "login")
    one.arm("login", kind="lose_cookie")
    query = {"client_id": one.appid, "redirect_uri": CALLBACK, "response_type": "code", "scope": "user_info"}
    browser = Browser()
    page = browser.follow(browser.get(f"{town.provider}/oauth/authorize", **query))

    lost = browser.follow(browser.submit(page, persona="zhangsan"))

    assert "/login?" in lost.headers["Location"]
    kept = browser.follow(browser.submit(browser.follow(lost), persona="zhangsan"))
    assert kept.status_code == 200


@pytest.mark.parametrize(
    ("kind", "fields", "meaning"),
    [
        ("extra_field", {"field": "expires_in", "value": "soon"}, "soon"),
        ("extra_field", {"field": "expires_in", "value": {"a": []}}, {"a": []}),
        ("extra_field", {"field": "expires_in", "value": 2**40}, 2**40),
    ],
)
def test_a_field_gets_whatever_value_it_is_given(
    town: Any, kind: str, fields: dict[str, Any], meaning: Any
) -> None:
    one = caller(town, "wechat", "token")
    one.arm("token", kind=kind, **fields)

    assert one.prepare()().json()["expires_in"] == meaning


def test_a_refused_authorize_request_uses_no_fault_up(town: Any) -> None:
    one = caller(town, "standard", "authorize")
    one.arm("authorize", status=503)

    wrong = {"client_id": one.appid, "redirect_uri": "http://elsewhere.test/", "response_type": "code"}
    assert get(f"{town.provider}/oauth/authorize", **wrong).status_code == 400
    assert [fault["hits"] for fault in one.faults()] == [0]
    assert one.prepare()().status_code == 503


def test_another_app_of_the_world_meets_no_fault(town: Any) -> None:
    one, other = caller(town, "website", "qr_poll"), caller(town, "website", "qr_poll")
    one.arm("qr_poll", status=503)

    assert other.prepare()().status_code == 200
    assert one.prepare()().status_code == 503


def test_a_mini_program_takes_token_for_its_js_code(town: Any) -> None:
    one = caller(town, "mini_program", "js_code")

    assert one.arm("token", status=503)["endpoint"] == "js_code"
    assert one.prepare()().status_code == 503


@pytest.mark.thorough
def test_ten_thousand_faults_cost_a_login_nothing(control: Any, trips: Any) -> None:
    """Neither another round trip nor a longer answer: a request reads the head of its own endpoint's queue."""
    app = control.wechat()
    redis, keys, world = control.store.redis, control.store.keys, app["world"]
    fault = Fault(id="", endpoint="refresh", kind="status", status=503)
    for number in range(0, MANY, 1000):
        some = [msgspec.structs.replace(fault, id=f"f{n}", seq=n) for n in range(number, number + 1000)]
        redis.hset(keys.faults(world, app["appid"]), mapping={f.id: msgspec.json.encode(f) for f in some})
        redis.zadd(keys.fault_queue(world), {f"refresh|{app['appid']}|{f.seq:012d}|{f.id}": 0 for f in some})
    control.login(app)
    trips.start()
    tokens = control.login(app, state="counted")
    counted = trips.count

    assert "openid" in tokens
    bare = control.wechat()
    control.login(bare)
    trips.start()
    control.login(bare, state="counted")
    assert counted == trips.count
    batch = control.store.batch()
    heads = control.store.read_armed(batch, world, app["appid"], "refresh")
    raw = batch.call("zrangebylex", keys.fault_queue(world), "[refresh|", "(refresh|~", "LIMIT", 0, 1)
    batch.run()
    assert heads.value
    assert len(raw.value) == 1
    assert redis.hlen(keys.faults(world, app["appid"])) == MANY
    control("DELETE", f"/apps/{app['appid']}/faults", status=204)
    assert control("GET", f"/apps/{app['appid']}/faults") == []
    assert not redis.exists(keys.fault_queue(world))
