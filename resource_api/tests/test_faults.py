"""Faults of the resource API: each of its endpoints has its own, whatever way a token is verified."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from fault_callers import caller


def test_userinfo_and_check_do_not_meet_each_others_faults(town: Any) -> None:
    one = caller(town, "wechat", "check")
    one.arm("userinfo", status=503)
    assert one.prepare()().json()["errcode"] == 0

    one.arm("check", error="token_expired")
    assert one.prepare()().json()["errcode"] == 42001
    assert [fault["hits"] for fault in one.faults()] == [0, 1]


@pytest.mark.parametrize("way", ["store", "introspect"])
@pytest.mark.parametrize("kind", ["malformed_json", "missing_field", "drop"])
def test_a_fault_fires_once_whichever_way_the_token_is_verified(town: Any, way: str, kind: str) -> None:
    one = caller(town, "standard", "userinfo")
    town.api("PATCH", f"/apps/{one.appid}", {"policies": {"token_check": way}})
    one.arm("userinfo", kind=kind, **({"field": "name"} if kind == "missing_field" else {}))
    call = one.prepare()

    if kind == "drop":
        with pytest.raises(requests.ConnectionError):
            call()
    else:
        assert '"name"' not in call().text or kind == "malformed_json"
    assert set(call().json()) == {"id", "name", "avatar"}
    assert [fault["hits"] for fault in one.faults()] == [1]


def test_the_resource_servers_own_question_meets_no_fault_of_the_app(town: Any) -> None:
    """``introspect`` is about what the app asks itself: its token stays good at the resource server."""
    one = caller(town, "standard", "userinfo")
    town.api("PATCH", f"/apps/{one.appid}", {"policies": {"token_check": "introspect"}})
    one.arm("introspect", status=503)

    assert one.prepare()().json()["id"] == "zhangsan"
    assert [fault["hits"] for fault in one.faults(unfired=1)] == [0]


def test_a_token_that_nobody_knows_uses_no_fault_up(town: Any) -> None:
    one = caller(town, "standard", "userinfo")
    one.arm("userinfo", status=503)
    headers = {"Authorization": "Bearer nobody"}

    assert requests.get(f"{town.resource}/userinfo", headers=headers, timeout=10).status_code == 401
    assert one.prepare()().status_code == 503
