"""A town that other machines reach: whoever has shown the admin token once, can follow every link of the pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

HTML = {"Accept": "text/html"}
BASE = "http://127.0.0.1:9000"
BEARER = {"Authorization": "Bearer geheim"}


@pytest.fixture
def exposed(start: Any) -> Any:
    return start(bind="0.0.0.0", admin_token="geheim")


@pytest.fixture
def entered(exposed: Any) -> FlaskClient:
    """A browser that has shown the token."""
    client: FlaskClient = exposed.client
    page = client.get("/_mock/enter", headers=HTML, base_url=BASE).text
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    sent = {"csrf_token": token, "token": "geheim"}
    assert client.post("/_mock/enter", data=sent, base_url=BASE).status_code == 303
    return client


def flow_of(exposed: Any) -> str:
    app = exposed.ask(
        "POST",
        "/apps",
        {
            "world": "town",
            "dialect": "wechat",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "consent": {"mode": "auto", "user": "zhangsan"},
        },
        headers=BEARER,
    ).get_json()
    return str(exposed.authorize(app).headers["X-Ninestep-Flow"])


def test_the_links_of_the_theatre_work_for_who_has_entered(exposed: Any, entered: FlaskClient) -> None:
    flow = flow_of(exposed)
    page = entered.get(f"/_mock/theatre/{flow}?tab=ledger", headers=HTML, base_url=BASE).text
    links = [unescape(link) for link in re.findall(r'href="(/_mock/api/[^"]+)"', page)]

    assert len(links) == 9
    for link in links:
        assert entered.get(link, base_url=BASE).status_code == 200, link


def test_a_browser_that_has_not_entered_reads_nothing(exposed: Any) -> None:
    flow = flow_of(exposed)

    for path in (f"/flows/{flow}/export.json", "/storage-state", "/worlds"):
        assert exposed.client.get(f"/_mock/api{path}", base_url=BASE).status_code == 401


def test_a_cookie_alone_changes_nothing(entered: FlaskClient) -> None:
    """A form of the pages has its own token; the API's calls that change something want the admin token."""
    for method, path in (
        ("POST", "/worlds"),
        ("DELETE", "/worlds/x"),
        ("PATCH", "/apps/x"),
        ("POST", "/reset"),
    ):
        answer = entered.open(f"/_mock/api{path}", method=method, json={}, base_url=BASE)
        assert answer.status_code == 401, path


def test_a_cookie_tells_no_page_of_somebody_elses(entered: FlaskClient) -> None:
    for header in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ):
        answer = entered.get("/_mock/api/storage-state", headers=header, base_url=BASE)
        assert answer.status_code in (401, 403), header


def test_no_page_of_another_site_may_hold_what_logs_a_browser_in(control: Any) -> None:
    answer = control.ask("GET", "/storage-state")

    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (answer.headers["X-Content-Type-Options"], answer.content_type) == ("nosniff", "application/json")
