"""How answers travel: query, fragment, form_post (OAuth 2.0 Multiple Response Types, Form Post Response Mode), over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from answer_modes import MODES, told
from browser import hidden
from pushing import go, pushed
from standard_client import CALLBACK, Browser, Client


@pytest.mark.parametrize("mode", MODES)
def test_a_code_travels_as_asked(world: Any, mode: str) -> None:
    client = Client(world)

    way, answer = told(client.authorize(response_mode=mode, scope="openid"))

    assert way == mode
    assert set(answer) == {"code", "state", "iss"}
    assert client.token(code=answer["code"]).status_code == 200


def test_without_a_wish_a_code_is_in_the_query_and_a_token_in_the_fragment(world: Any) -> None:
    client = Client(world, kind="spa", grant_types=["implicit"])

    assert told(Client(world).authorize())[0] == "query"
    way, answer = told(client.authorize(response_type="token"))
    assert way == "fragment"
    assert "access_token" in answer


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
def test_a_token_travels_as_asked_and_never_in_the_query(world: Any, mode: str) -> None:
    client = Client(world, kind="spa", grant_types=["implicit"])

    way, answer = told(client.authorize(response_type="token", response_mode=mode))
    assert (way, "access_token" in answer) == (mode, True)

    way, answer = told(client.authorize(response_type="token", response_mode="query"))
    assert (way, answer["error"]) == ("fragment", "invalid_request")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"scope": "nothing"}, "invalid_scope"), ({"response_type": "magic"}, "unsupported_response_type")],
)
def test_an_error_travels_in_the_same_way(world: Any, mode: str, wrong: dict[str, str], error: str) -> None:
    way, answer = told(Client(world).authorize(response_mode=mode, **wrong))

    assert (way, answer["error"], answer["state"]) == (mode, error, "s")
    assert answer["iss"] == world.town.provider


@pytest.mark.parametrize("mode", MODES)
def test_so_do_a_users_no_and_a_login_that_would_need_a_page(world: Any, mode: str) -> None:
    client = Client(world)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "deny"}})
    assert told(client.authorize(response_mode=mode)) == (
        mode,
        {"error": "access_denied", "state": "s", "iss": world.town.provider},
    )
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
    way, answer = told(client.authorize(response_mode=mode, prompt="none"))
    assert (way, answer["error"]) == (mode, "login_required")


@pytest.mark.parametrize("mode", ["", "web_message", "form_post.jwt", "QUERY", "汉字"])
def test_an_unknown_mode_is_a_wrong_request(world: Any, mode: str) -> None:
    way, answer = told(Client(world).authorize(response_mode=mode))

    assert way == "query"
    assert ("error" in answer) is (mode != "")
    assert answer.get("error", "invalid_request") == "invalid_request"


def test_the_posting_page_keeps_the_policy_and_names_the_clients_origin_alone(world: Any) -> None:
    page = Client(world).authorize(response_mode="form_post", state='"><script>x</script>&a=b c+d')

    policy = page.headers["Content-Security-Policy"]
    assert re.search(r"form-action 'self' http://127\.0\.0\.1(;|$)", policy)
    assert "script-src 'self';" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "<script>x" not in page.text
    assert hidden(page.text)["state"] == '"><script>x</script>&a=b c+d'
    assert re.search(r"<noscript>\s*<button", page.text)
    script = re.search(r'<script type="module" src="(/assets/provider/form_post\.js[^"]*)"', page.text)
    assert script is not None
    assert requests.get(world.town.provider + script[1], timeout=10).status_code == 200


def test_a_consent_in_pages_is_posted(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    page = browser.log_in(browser.ask(response_mode="form_post"))
    nonce = page.text.split('name="consent_nonce"', 1)[1].split('value="', 1)[1].split('"', 1)[0]

    sent = browser.post(
        page.url, data={"consent_nonce": nonce, "decision": "approve"}, allow_redirects=False, timeout=10
    )

    way, answer = told(sent)
    assert way == "form_post"
    assert client.token(code=answer["code"]).status_code == 200


def test_step_mode_stops_before_it_is_posted(world: Any) -> None:
    client = Client(world)
    world.town.api("POST", f"/worlds/{world.name}/stepping", {"on": True})
    browser = requests.Session()
    query = {
        "client_id": client.app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "state": "s",
    }
    stop = browser.get(
        f"{world.town.provider}/oauth/authorize",
        params={**query, "response_mode": "form_post"},
        headers={"Accept": "text/html"},
        timeout=10,
    )
    assert "/step/" in stop.url

    token = hidden(stop.text)["csrf_token"]
    sent = browser.post(stop.url, data={"csrf_token": token}, allow_redirects=False, timeout=10)

    way, answer = told(sent)
    assert (way, answer["state"]) == ("form_post", "s")
    assert client.token(code=answer["code"]).status_code == 200


def test_a_pushed_mode_counts(world: Any) -> None:
    client = Client(world)

    assert told(go(client, pushed(client, response_mode="form_post")))[0] == "form_post"


def test_the_trace_knows_the_posted_code_and_does_not_tell_it(world: Any) -> None:
    client = Client(world)
    _, answer = told(client.authorize(response_mode="form_post"))
    client.token(code=answer["code"])

    flow = world.flow()
    document = client.town.api("GET", f"/flows/{flow['id']}/export.json")
    assert answer["code"] not in json.dumps(document)
    first, second = document["exchanges"]
    given = {v["hash"] for v in first["values"] if v["kind"] == "code"}
    assert given
    assert given == {v["hash"] for v in second["values"] if v["kind"] == "code"}


def test_the_other_dialects_know_no_modes(world: Any) -> None:
    world.town.api("PATCH", f"/apps/{world.appid}", {"scopes": ["snsapi_base", "snsapi_userinfo"]})
    query = {
        "appid": world.appid,
        "redirect_uri": "http://127.0.0.1/callback",
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": "s",
        "response_mode": "form_post",
    }
    answer = requests.get(
        f"{world.town.provider}/connect/oauth2/authorize", params=query, allow_redirects=False, timeout=10
    )

    assert answer.status_code == 302
    assert set(parse_qs(urlsplit(answer.headers["Location"]).query)) == {"code", "state"}


def test_the_metadata_list_them(world: Any) -> None:
    found = requests.get(f"{world.town.provider}/.well-known/openid-configuration", timeout=10).json()

    assert found["response_modes_supported"] == list(MODES)
