"""Faults through the control API: what can be asked for, and that it happens as often as it was asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ninestep.dialects.neutral import ENDPOINTS_OF


def code(control: Any, app: dict[str, Any]) -> str:
    return str(control("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"])


def test_a_fault_fires_once_counts_and_is_over(control: Any) -> None:
    app = control.wechat()
    made = control(
        "POST", f"/apps/{app['appid']}/faults", {"endpoint": "token", "error": "code_expired"}, status=201
    )
    given = code(control, app)

    assert (made["times"], made["hits"]) == (1, 0)
    assert control.redeem(app, given)["errcode"] == 40029
    assert control.redeem(app, given)["openid"]
    assert [fault["hits"] for fault in control("GET", f"/apps/{app['appid']}/faults")] == [1]


def test_a_bare_status_is_answered(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "status": 503, "times": None})

    assert [control.authorize(app).status_code for _ in range(3)] == [503, 503, 503]


def test_times_hold_for_many_at_once(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "status": 500, "times": 5})

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: control.authorize(app, state=str(n)).status_code, range(32)))

    assert answers.count(500) == 5
    assert answers.count(302) == 27


def test_faults_that_never_fired_are_told(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "status": 503})
    never = control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "refresh", "error": "busy"})
    control.authorize(app)

    assert control("GET", f"/apps/{app['appid']}/faults", unfired=1) == [never]


def test_faults_are_deleted_one_by_one_or_all(control: Any) -> None:
    app = control.wechat()
    path = f"/apps/{app['appid']}/faults"
    first, second = (control("POST", path, {"endpoint": "token", "status": 503}) for _ in range(2))

    control("DELETE", f"{path}/{first['id']}", status=204)
    control("DELETE", f"{path}/{first['id']}", status=204)
    assert control("GET", path) == [second]
    control("DELETE", path, status=204)

    assert control("GET", path) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"endpoint": "kitchen", "status": 500}, "endpoint"),
        ({"endpoint": "token"}, "error"),
        ({"endpoint": "token", "status": 500, "error": "busy"}, "error"),
        ({"endpoint": "token", "error": "fire"}, "error"),
        ({"endpoint": "userinfo", "error": "code_used"}, "error"),
        ({"endpoint": "token", "status": 200}, "status"),
        ({"endpoint": "token", "status": 600}, "status"),
        ({"endpoint": "token", "status": 500, "times": 0}, "times"),
        ({"endpoint": "token", "status": 500, "time": 1}, "time"),
        ({"endpoint": "token", "kind": "delays", "seconds": 1}, "kind"),
        ({"endpoint": "authorize", "kind": "malformed_json"}, "kind"),
        ({"endpoint": "token", "kind": "wrong_state"}, "kind"),
        ({"endpoint": "token", "kind": "delay"}, "seconds"),
        ({"endpoint": "token", "kind": "delay", "seconds": 11}, "seconds"),
        ({"endpoint": "token", "kind": "delay", "seconds": -1}, "seconds"),
        ({"endpoint": "token", "kind": "drop", "seconds": 1}, "seconds"),
        ({"endpoint": "token", "kind": "drop", "status": 500}, "status"),
        ({"endpoint": "token", "kind": "missing_field"}, "field"),
        ({"endpoint": "token", "kind": "extra_field", "field": "x" * 65}, "field"),
        ({"endpoint": "token", "kind": "extra_field", "field": "x", "value": "x" * 5000}, "value"),
        ({"endpoint": "token", "kind": "content_type", "value": "text/html\r\nSet-Cookie: a=b"}, "value"),
        ({"endpoint": "token", "kind": "content_type", "value": 7}, "value"),
        ({"endpoint": "token", "kind": "truncated", "when": "before"}, "when"),
        ({"endpoint": "token", "status": 500, "when": "never"}, "when"),
        ({"endpoint": "token", "status": 500, "after": -1}, "after"),
        ({"endpoint": "token", "status": 500, "times": 10**9}, "times"),
        ({"endpoint": "login", "error": "busy"}, "kind"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(control: Any, body: dict[str, Any], field: str) -> None:
    app = control.wechat()

    assert control.refused("POST", f"/apps/{app['appid']}/faults", body)["field"] == field


@pytest.mark.parametrize(
    ("body", "near"),
    [
        ({"endpoint": "tokens", "status": 500}, "token"),
        ({"endpoint": "token", "kind": "malformed", "times": 1}, "malformed_json"),
        ({"endpoint": "token", "error": "code_expire"}, "code_expired"),
    ],
)
def test_the_nearest_name_is_offered(control: Any, body: dict[str, Any], near: str) -> None:
    app = control.wechat()

    fix = control.refused("POST", f"/apps/{app['appid']}/faults", body)["fix"]

    assert fix.startswith(f"did you mean '{near}'?")


@pytest.mark.parametrize(
    ("error", "endpoint"),
    [
        (error, place)
        for error, places in ENDPOINTS_OF.items()
        for place in places
        if place in ("authorize", "token", "refresh")  # test_mini_program has WeChat's own
    ],
)
@pytest.mark.parametrize("dialect", ["wechat", "standard"])
def test_every_neutral_error_is_spelt_by_every_dialect(
    control: Any, dialect: str, error: str, endpoint: str
) -> None:
    """No 500 but where a server error was asked for; the caller gets the dialect's own refusal."""
    app = control.wechat(dialect=dialect)
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": endpoint, "error": error})
    id_name = "appid" if dialect == "wechat" else "client_id"
    query = {id_name: app["appid"], "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    query["scope"] = "snsapi_userinfo" if dialect == "wechat" else "user_info"
    form = {id_name: app["appid"], "grant_type": "refresh_token", "refresh_token": "r", "code": "c"}
    form["secret" if dialect == "wechat" else "client_secret"] = app["secret"]
    form["grant_type"] = "authorization_code" if endpoint == "token" else "refresh_token"
    wechat_path = "/sns/oauth2/access_token" if endpoint == "token" else "/sns/oauth2/refresh_token"
    if endpoint == "authorize":
        path = "/connect/oauth2/authorize" if dialect == "wechat" else "/oauth/authorize"
        response = control.client.get(path, query_string=query)
    else:
        response = control.client.post(wechat_path if dialect == "wechat" else "/oauth/token", data=form)

    [fault] = control("GET", f"/apps/{app['appid']}/faults")
    assert fault["hits"] == 1
    if error not in ("server_error", "busy", "quota"):
        assert response.status_code < 500
    if dialect == "wechat" and endpoint != "authorize":
        assert response.get_json(force=True)["errcode"]
