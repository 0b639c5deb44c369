"""Faults as the town's own client and a person at the console meet them."""

from __future__ import annotations

from contextlib import closing
from typing import Any
from urllib.parse import urldefrag

import pytest
import requests
from ninestep.faults import kinds

FIELDS = {
    "token": ("access_token", "openid", "expires_in", "scope"),
    "userinfo": ("openid", "nickname", "headimgurl"),
    "authorize": (),
}
FIELD_BY_FIELD = ("missing_field", "wrong_type")
EXTRA: dict[str, dict[str, Any]] = {
    "delay": {"seconds": 0.2},
    "status": {"status": 503},
    "error": {"error": "server_error"},
    "extra_field": {"field": "expires_in", "value": {"a": ["nothing"]}},
}


def cases() -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for endpoint, names in FIELDS.items():
        for kind in kinds.kinds_at(endpoint):
            if kind in FIELD_BY_FIELD or kind in kinds.ONLY_OF:
                continue
            whens = [{"when": when} for when in ("before", "after")] if kind in kinds.EITHER else [{}]
            found += [(endpoint, {"kind": kind, **EXTRA.get(kind, {}), **when}) for when in whens]
        found += [(endpoint, {"kind": kind, "field": name}) for kind in FIELD_BY_FIELD for name in names]
    return found


@pytest.mark.thorough
@pytest.mark.parametrize(("endpoint", "fault"), cases())
def test_our_client_survives_every_fault_and_logs_in_afterwards(
    meituan: Any, endpoint: str, fault: dict[str, Any]
) -> None:
    """It may fail to log in, and says so on a page; it never breaks, and the next login is as good as any."""
    meituan.fault(endpoint, **fault)
    with closing(requests.Session()) as http:
        http.headers["Accept"] = "text/html"

        def log_in() -> requests.Response:
            armed = {"user": "zhangsan", "decision": "approve"}
            meituan.town.api("POST", f"/apps/{meituan.appid}/next", armed)
            return http.get(f"{meituan.url}/login/wechat", timeout=20)

        try:
            page = log_in()
        except requests.RequestException:
            assert endpoint == "authorize"  # there the browser is who is cut off
            assert fault["kind"] in ("drop", "truncated")
        else:
            ours = page.url.startswith(meituan.url)
            assert page.status_code < 500 or not ours, page.text
        [armed] = meituan.town.api("GET", f"/apps/{meituan.appid}/faults")
        assert armed["hits"] == 1
        meituan.town.api("DELETE", f"/apps/{meituan.appid}/next")

        again = log_in()
        assert urldefrag(again.url)[0] == f"{meituan.url}/me", again.text


@pytest.mark.browser
def test_the_form_offers_what_fits_the_endpoint_and_the_kind(page: Any, world: Any, seen: Any) -> None:
    page.goto(f"{world.town.provider}/_mock/console/faults?world={world.name}")
    kind, error = page.get_by_test_id("co-kind"), page.get_by_test_id("co-error")
    offered = "select => [...select.options].map(option => option.value)"

    page.get_by_test_id("co-endpoint").select_option("refresh")
    assert "refresh_expired" in error.evaluate(offered)
    assert "code_used" not in error.evaluate(offered)
    page.get_by_test_id("co-endpoint").select_option("login")
    assert kind.evaluate(offered) == kinds.kinds_at("login")
    assert not error.is_visible()

    page.get_by_test_id("co-endpoint").select_option("userinfo")
    kind.select_option("delay")
    page.get_by_test_id("co-seconds").fill("0.5")
    page.get_by_test_id("co-after").fill("1")
    page.get_by_test_id("co-fault-new").click()

    row = page.get_by_test_id("co-fault-row")
    row.wait_for()
    assert row.get_attribute("data-kind") == "delay"
    [fault] = world.town.api("GET", f"/apps/{world.appid}/faults")
    assert (fault["seconds"], fault["after"], fault["endpoint"]) == (0.5, 1, "userinfo")
    assert seen.errors == []
