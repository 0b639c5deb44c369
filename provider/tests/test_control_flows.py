"""The trace through the control API: flows, messages, the export, and waiting without sleeping."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ninestep.store.connection import connect


def flow_of(control: Any, app: dict[str, Any], **query: Any) -> dict[str, Any]:
    return dict(control("GET", "/flows", app=app["appid"], **query)[0])


def test_a_login_is_one_flow_found_by_world_app_and_state(control: Any) -> None:
    app = control.wechat()
    control.login(app, state="alpha")
    control.authorize(app, state="beta")

    newest, oldest = control("GET", "/flows", world=app["world"])

    assert control("GET", "/flows", app=app["appid"], state="alpha") == [oldest]
    assert control("GET", "/flows", world=app["world"], limit=1) == [newest]
    assert (oldest["ended"], oldest["outcome"], oldest["user"]) == (False, "", "zhangsan")
    assert control("GET", f"/flows/{oldest['id']}") == oldest
    assert control("GET", "/flows") == []  # the town's


def test_the_messages_of_a_silent_login(control: Any) -> None:
    app = control.wechat()
    control.login(app)
    flow = flow_of(control, app)

    messages = control("GET", f"/flows/{flow['id']}/messages")

    assert [message["step"] for message in messages] == [2, 4, 5, 6]
    [fifth] = control("GET", f"/flows/{flow['id']}/messages", step=5)
    assert (fifth["from"], fifth["to"]) == ("client_app", "provider")


def test_secrets_are_masked_unless_the_app_reveals_them(control: Any) -> None:
    plain, open_ = control.wechat(), control.wechat(policies={"reveal": True})

    for app in (plain, open_):
        token = control.login(app)["access_token"]
        flow = flow_of(control, app)
        response = control.ask("GET", f"/flows/{flow['id']}/messages")
        assert (token in response.text) == (app is open_)
        assert (app["secret"] in response.text) == (app is open_)
        assert "sealed" not in response.text


def test_the_mermaid_export_has_the_seeds_participants(control: Any) -> None:
    app = control.wechat()
    control.login(app)

    response = control.ask("GET", f"/flows/{flow_of(control, app)['id']}/export.mmd")

    lines = response.text.splitlines()
    assert lines[0] == "sequenceDiagram"
    assert sum("participant" in line for line in lines) == 4
    assert "charset=utf-8" in response.content_type


def test_waiting_ends_as_soon_as_it_happens(control: Any) -> None:
    app = control.wechat()
    code = control.authorize(app).headers["Location"].split("code=")[1].split("&")[0]
    flow, answer = flow_of(control, app), {}

    def wait() -> None:
        answer["messages"] = control("GET", f"/flows/{flow['id']}/messages", wait=20, until="step=6")

    waiting, began = threading.Thread(target=wait), time.monotonic()
    waiting.start()
    control.redeem(app, code)
    waiting.join(20)

    assert time.monotonic() - began < 10
    assert [message["step"] for message in answer["messages"]] == [2, 4, 5, 6]


def test_a_list_waits_for_the_first_flow_that_fits(control: Any) -> None:
    app, answer = control.wechat(), {}

    def wait() -> None:
        answer["flows"] = control("GET", "/flows", app=app["appid"], wait=20, until="messages=4")

    waiting = threading.Thread(target=wait)
    waiting.start()
    control.login(app)
    waiting.join(20)

    assert [flow["app"] for flow in answer["flows"]] == [app["appid"]]


def test_a_wait_that_is_in_vain_answers_what_there_is(control: Any) -> None:
    app = control.wechat()
    control.authorize(app)

    flow = control("GET", f"/flows/{flow_of(control, app)['id']}", wait=0.1, until="ended")

    assert flow["ended"] is False


def test_a_refusal_ends_its_flow(control: Any) -> None:
    app = control.wechat(consent={"mode": "deny"})
    control.authorize(app)

    flow = flow_of(control, app, wait=5, until="ended")

    assert (flow["ended"], flow["outcome"], flow["error"]) == (True, "refused", "access_denied")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"until": "soon"}, "until"),
        ({"until": "step=x"}, "until"),
        ({"wait": "long"}, "wait"),
        ({"wait": -1}, "wait"),
    ],
)
def test_a_wait_that_cannot_be_is_refused(control: Any, query: dict[str, Any], field: str) -> None:
    app = control.wechat()
    control.authorize(app)

    assert control.refused("GET", f"/flows/{flow_of(control, app)['id']}", **query)["field"] == field


@pytest.mark.parametrize("path", ["", "/messages", "/exchanges", "/export.mmd"])
def test_an_unknown_flow_is_404(control: Any, path: str) -> None:
    assert control.refused("GET", f"/flows/nowhere{path}", status=404)["field"] == "flow"


@pytest.mark.thorough
def test_forty_who_wait_hold_up_nobody(town: Any) -> None:
    """One poll each for the browsers of a big test run, more than a pool of threads usually has."""
    made = {
        "dialect": "wechat",
        "redirect_uris": ["http://127.0.0.1/cb"],
        "consent": {"mode": "auto", "user": "lisi"},
    }
    app = town.api("POST", "/apps", made)
    wanted = {"appid": app["appid"], "redirect_uri": "http://127.0.0.1/cb", "response_type": "code"}
    sent = town.http.get(
        f"{town.provider}/connect/oauth2/authorize",
        params={**wanted, "scope": "snsapi_base"},
        allow_redirects=False,
        timeout=10,
    )
    flow = sent.headers["X-Ninestep-Flow"]
    waiting = [http.client.HTTPConnection(urlsplit(town.provider).netloc, timeout=30) for _ in range(40)]
    for line in waiting:
        line.request("GET", f"/_mock/api/flows/{flow}?wait=25&until=step%3D6")
    with closing(connect(town.redis_url)) as redis:
        began = time.monotonic()
        while redis.info("clients")["blocked_clients"] < len(waiting):
            assert time.monotonic() - began < 20, "somebody has to wait before he may wait"

    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    asked = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    token = town.http.get(f"{town.provider}/sns/oauth2/access_token", params=asked, timeout=10)

    assert b"access_token" in token.content
    for line in waiting:
        assert 6 in json.loads(line.getresponse().read())["steps"]
        line.close()


@pytest.mark.parametrize("endpoint", ["token", "refresh"])
def test_a_broken_answer_is_told_in_the_flow_of_its_code_or_token(control: Any, endpoint: str) -> None:
    app = control.wechat()
    tokens = control.login(app) if endpoint == "refresh" else {}
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": endpoint, "status": 503})
    if endpoint == "token":
        back = control.authorize(app).headers["Location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        query = {"appid": app["appid"], "secret": app["secret"], "code": code}
        control.stage("/sns/oauth2/access_token", {**query, "grant_type": "authorization_code"})
    else:
        query = {"appid": app["appid"], "refresh_token": tokens["refresh_token"]}
        control.stage("/sns/oauth2/refresh_token", {**query, "grant_type": "refresh_token"})

    flow = flow_of(control, app)
    broken = control("GET", f"/flows/{flow['id']}/exchanges")[-1]

    names = {"token": "code.redeemed", "refresh": "token.refreshed"}
    assert (broken["name"], broken["outcome"], broken["error"]) == (names[endpoint], "failed", "http_503")
    assert broken["fault"]


def test_a_refusal_that_was_armed_names_who_refused(control: Any) -> None:
    app = control.wechat(consent={"mode": "ask"})
    control("POST", f"/apps/{app['appid']}/next", {"user": "lisi", "decision": "deny"})

    control.authorize(app)

    flow = flow_of(control, app)
    assert (flow["user"], flow["outcome"], flow["error"]) == ("lisi", "refused", "access_denied")
