"""Tab Faults: a button arms what the API would arm, the page counts its hits, and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest
from console_pages import Pages, rows
from ninestep_provider.console.faults import READY


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat()
    return made


@pytest.fixture
def pages(control: Any, app: dict[str, Any]) -> Pages:
    return Pages(control.client, app["world"])


@pytest.mark.parametrize("name", READY)
def test_every_ready_made_button_arms_its_fault(
    control: Any, pages: Pages, app: dict[str, Any], name: str
) -> None:
    assert f'data-testid="co-fault-{name}"' in pages.get("/console/faults").text

    pages.done("/console/faults", app=app["appid"], ready=name)

    [fault] = control("GET", f"/apps/{app['appid']}/faults")
    assert READY[name].items() <= fault.items()


def test_the_next_token_call_fails_and_the_one_after_it_works(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    pages.done("/console/faults", app=app["appid"], ready="fail-next-token")
    code = control("POST", f"/apps/{app['appid']}/codes")["code"]
    query = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}

    assert control.stage("/sns/oauth2/access_token", query).status_code == 503
    [row] = rows(pages.get("/console/faults").text, "co-fault-row")
    assert (row["hits"], row["over"]) == ("1", "true")
    assert "access_token" in control.redeem(app, code)


def test_a_fault_of_ones_own_is_armed_until_it_is_deleted(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    page = pages.done(
        "/console/faults", app=app["appid"], endpoint="userinfo", error="", status="502", times=""
    )
    [fault] = control("GET", f"/apps/{app['appid']}/faults")
    assert (fault["endpoint"], fault["status"], fault["times"]) == ("userinfo", 502, None)
    assert rows(page, "co-fault-row") == [
        {"endpoint": "userinfo", "kind": "status", "hits": "0", "over": "false"}
    ]

    pages.done("/console/faults/delete", app=app["appid"], id=fault["id"])
    assert control("GET", f"/apps/{app['appid']}/faults") == []


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "userinfo", "kind": "delay", "seconds": "0.5", "after": "2"},
        {"endpoint": "token", "kind": "missing_field", "field": "openid"},
        {"endpoint": "token", "kind": "extra_field", "field": "x", "value": "<b>"},
        {"endpoint": "authorize", "kind": "wrong_state"},
        {"endpoint": "token", "kind": "status", "status": "503", "when": "after"},
    ],
)
def test_every_kind_can_be_armed_by_the_form(
    control: Any, pages: Pages, app: dict[str, Any], fields: dict[str, str]
) -> None:
    page = pages.done("/console/faults", app=app["appid"], times="1", **fields)

    [fault] = control("GET", f"/apps/{app['appid']}/faults")
    numbers = ("seconds", "after", "status")
    assert {n: float(v) if n in numbers else v for n, v in fields.items()}.items() <= fault.items()
    assert rows(page, "co-fault-row")[0]["kind"] == fields["kind"]
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("wrong", "field", "status"),
    [
        ({"kind": "delay", "seconds": "long"}, "seconds", 422),
        ({"kind": "delay", "seconds": ""}, "seconds", 422),
        ({"kind": "missing_field"}, "field", 422),
        ({"kind": "slow"}, "kind", 422),
        ({"kind": "drop", "when": "never"}, "when", 422),
        ({"kind": "drop", "after": "later"}, "after", 422),
        ({"endpoint": "nowhere", "error": "busy"}, "endpoint", 422),
        ({"error": "", "status": ""}, "error", 422),
        ({"error": "busy", "status": "500"}, "error", 422),
        ({"error": "refresh_expired"}, "error", 422),
        ({"error": "", "status": "200"}, "status", 422),
        ({"error": "", "status": "often"}, "status", 422),
        ({"error": "busy", "times": "0"}, "times", 422),
        ({"error": "busy", "times": "twice"}, "times", 422),
        ({"error": "busy", "app": "nobody"}, "app", 404),
    ],
)
def test_what_cannot_be_armed_is_said_at_the_field(
    control: Any, pages: Pages, app: dict[str, Any], wrong: dict[str, str], field: str, status: int
) -> None:
    fields = {"app": app["appid"], "endpoint": "token", "times": "3", **wrong}

    told = pages.refused("/console/faults", **fields)

    assert told[:2] == (status, field)
    assert control("GET", f"/apps/{app['appid']}/faults") == []
    if "times" not in wrong:
        assert 'value="3"' in told[2]
