"""Pushed authorization requests (RFC 9126) over HTTP: checked at the back channel, named at the front, answered once."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from pushing import go, push, pushed
from signing import Signing
from standard_client import CALLBACK, CHALLENGE, Browser, Client, answered

PREFIX = "urn:ietf:params:oauth:request_uri:"


def test_a_pushed_request_is_named_for_ninety_seconds(world: Any) -> None:
    answer = push(Client(world))

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"request_uri", "expires_in"}
    assert told["expires_in"] == 90
    assert told["request_uri"].startswith(PREFIX)
    assert len(told["request_uri"]) > len(PREFIX) + 22  # 128 random bits


def test_the_browser_carries_the_name_alone_and_what_it_adds_counts_nothing(world: Any) -> None:
    client = Client(world)

    answer = answered(
        go(client, pushed(client), state="evil", scope="read", redirect_uri="http://evil.example/")
    )

    assert answer["state"] == "s"
    assert answer["iss"] == client.town.provider
    tokens = client.token(code=answer["code"]).json()
    assert tokens["scope"] == "openid profile"


def test_a_whole_login_in_pages_from_a_pushed_request(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    uri = pushed(client, nonce="n-1")
    page = browser.ask(request_uri=uri, redirect_uri=None, response_type=None, scope=None, state=None)

    answer = browser.agree(browser.log_in(page))

    assert client.token(code=answer["code"]).json()["id_token"]
    assert go(client, uri).status_code == 400, "it was answered"


def test_a_reload_spends_nothing_and_two_pages_give_one_answer(world: Any) -> None:
    client = Client(world)
    browser, uri = Browser(client), pushed(client)
    only = {"request_uri": uri, "redirect_uri": None, "response_type": None, "scope": None, "state": None}
    consent = browser.log_in(browser.ask(**only))
    again = browser.ask(**only)

    assert "code" in browser.agree(again)
    sent = {
        "consent_nonce": consent.text.split('name="consent_nonce"', 1)[1]
        .split('value="', 1)[1]
        .split('"', 1)[0]
    }
    late = browser.post(consent.url, data={**sent, "decision": "approve"}, allow_redirects=False, timeout=10)
    assert late.status_code == 409


def test_a_refusal_before_the_answer_spends_nothing(world: Any) -> None:
    client = Client(world)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
    uri = pushed(client, prompt="none")
    assert answered(go(client, uri))["error"] == "login_required"

    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "lisi"}})
    assert "code" in answered(go(client, uri))


def test_a_users_no_is_the_answer(world: Any) -> None:
    client = Client(world)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "deny"}})
    uri = pushed(client)

    assert answered(go(client, uri))["error"] == "access_denied"
    assert go(client, uri).status_code == 400


def test_it_is_answered_once(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    assert "code" in answered(go(client, uri))

    again = go(client, uri)

    assert again.status_code == 400
    assert "Location" not in again.headers
    assert "invalid_request_uri" in again.text


def test_a_spent_one_spends_no_armed_decision(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    go(client, uri)
    client.town.api("POST", f"/apps/{client.app['appid']}/next", {"user": "lisi", "decision": "approve"})

    go(client, uri)

    assert len(client.town.api("GET", f"/apps/{client.app['appid']}/next")) == 1


def test_of_many_at_once_one_gets_a_code(world: Any) -> None:
    client = Client(world)
    for _ in range(5):
        uri, barrier = pushed(client), threading.Barrier(16)
        told: list[requests.Response] = []

        def speak(
            uri: str = uri, barrier: threading.Barrier = barrier, told: list[requests.Response] = told
        ) -> None:
            barrier.wait()
            told.append(go(client, uri))

        crowd = [threading.Thread(target=speak) for _ in range(16)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
        codes = [answer for answer in told if "code=" in answer.headers.get("Location", "")]
        assert (len(codes), sum(answer.status_code == 400 for answer in told)) == (1, 15)


def test_it_expires_by_the_worlds_clock(world: Any) -> None:
    client = Client(world)
    world.freeze()
    uri = pushed(client)
    world.advance("89s")
    assert "code" in answered(go(client, pushed(client)))
    world.advance("1s")

    late = go(client, uri)

    assert late.status_code == 400
    assert "invalid_request_uri" in late.text


def test_it_is_bound_to_the_client_that_pushed_it(world: Any) -> None:
    one, other = Client(world), Client(world)
    uri = pushed(one)

    stolen = go(other, uri)

    assert stolen.status_code == 400
    assert "Location" not in stolen.headers
    assert "invalid_request_uri" in stolen.text
    assert "code" in answered(go(one, uri)), "it was not spent"


def test_what_changed_since_the_push_is_checked_again(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"redirect_uris": ["http://127.0.0.1/else"]})

    assert go(client, uri).status_code == 400


@pytest.mark.parametrize("uri", [PREFIX, PREFIX + "unknown", PREFIX + "x" * 5000, PREFIX + "汉字"])
def test_an_unknown_one_gets_a_page(world: Any, uri: str) -> None:
    answer = go(Client(world), uri)

    assert answer.status_code == 400
    assert "invalid_request_uri" in answer.text


@pytest.mark.parametrize("uri", ["https://client.example/request.jwt", "urn:example:x", "x"])
def test_no_request_is_fetched_from_elsewhere(world: Any, uri: str) -> None:
    client = Client(world)

    assert "code" not in answered(go(client, uri)), "what else the request needs is missing"
    assert client.answer(request_uri=uri)["error"] == "request_uri_not_supported"


@pytest.mark.parametrize("client_id", [None, "nobody"])
def test_a_name_without_its_client_gets_a_page(world: Any, client_id: str | None) -> None:
    client = Client(world)

    answer = go(client, pushed(client), client_id=client_id)

    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 400, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1/else"}, 400, "invalid_request"),
        ({"response_type": None}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"response_type": "magic"}, 400, "unsupported_response_type"),
        ({"scope": "nothing"}, 400, "invalid_scope"),
        ({"request_uri": PREFIX + "x"}, 400, "invalid_request"),
        ({"request": "x.y.z"}, 400, "request_not_supported"),
        ({"prompt": "none login"}, 400, "invalid_request"),
        ({"response_mode": "web_message"}, 400, "invalid_request"),
        ({"code_challenge": "x"}, 400, "invalid_request"),
        ({"state": ["a", "b"]}, 400, "invalid_request"),
        ({"state": "s" * 5000}, 400, "invalid_request"),
    ],
)
def test_everything_is_checked_at_the_push(
    world: Any, changes: dict[str, Any], status: int, error: str
) -> None:
    answer = push(Client(world), **changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"


def test_clients_prove_themselves_as_at_the_token_endpoint(world: Any) -> None:
    client, spa, signing = Client(world), Client(world, kind="spa"), Signing(world)
    assert push(client, auth=(client.app["appid"], client.app["secret"])).status_code == 201
    assert push(client, auth=(client.app["appid"], "wrong")).status_code == 401

    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    uri = pushed(spa, **challenge)
    assert "code" in answered(go(spa, uri))
    assert push(spa).json()["error"] == "invalid_request", "a public client needs PKCE here too"

    asked = {"client_id": signing.app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    told = signing.call(signing.assertion(), "par", **asked)
    assert "code" in answered(go(signing, told.json()["request_uri"]))


def test_the_request_names_its_client_also_where_a_header_proves_it(world: Any) -> None:
    client = Client(world)

    answer = push(client, auth=(client.app["appid"], client.app["secret"]), client_id=None)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_app_may_insist_on_it(world: Any) -> None:
    client = Client(world, policies={"require_par": True})

    assert client.answer()["error"] == "invalid_request"
    assert "code" in answered(go(client, pushed(client)))


def test_only_a_post_pushes(world: Any) -> None:
    assert requests.get(f"{world.town.provider}/oauth/par", timeout=10).status_code == 405


def test_the_trace_has_the_push_and_the_login_in_one_flow_without_a_secret(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    code = answered(go(client, uri))["code"]
    client.token(code=code)

    flow = world.flow()
    document = client.town.api("GET", f"/flows/{flow['id']}/export.json")
    assert [each["name"] for each in document["exchanges"]] == [
        "request.pushed",
        "authorize.requested",
        "code.redeemed",
    ]
    assert flow["outcome"] in ("", "ok")
    text = json.dumps(document)
    assert uri not in text
    assert uri.removeprefix(PREFIX) not in text
    assert client.app["secret"] not in text


def rules(client: Client) -> set[str]:
    found = client.town.api("GET", f"/flows/{client.world.flow()['id']}/findings")
    return {each["rule"] for each in found}


def test_the_doctor_reads_what_was_pushed(world: Any) -> None:
    client = Client(world)
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    for state, asked, missing in (
        ("a-long-enough-state", challenge, set()),
        ("", {}, {"state_missing", "pkce_missing"}),
    ):
        answered(go(client, pushed(client, state=state, **asked)))
        assert rules(client) & {"state_missing", "state_short", "pkce_missing"} == missing


def test_a_browser_test_of_it_asks_again_for_what_was_pushed(world: Any) -> None:
    client = Client(world)
    go(client, pushed(client, state="a-long-enough-state"))

    flow = world.flow()["id"]
    text = requests.get(f"{world.town.provider}/_mock/api/flows/{flow}/export.py", timeout=10).text
    assert "response_type=code" in text
    assert "request_uri" not in text
    assert "client_secret" not in text
    compile(text, "test_flow.py", "exec")


def test_a_wrong_state_by_a_fault_comes_back_from_a_pushed_request_too(world: Any) -> None:
    client = Client(world)
    browser, uri = Browser(client), pushed(client)
    client.town.api(
        "POST", f"/apps/{client.app['appid']}/faults", {"endpoint": "authorize", "kind": "wrong_state"}
    )
    only = {"request_uri": uri, "redirect_uri": None, "response_type": None, "scope": None, "state": None}

    answer = browser.agree(browser.log_in(browser.ask(**only)))

    assert answer["state"] == "altered-s"


def test_the_metadata_tell_of_it(world: Any) -> None:
    found = requests.get(f"{world.town.provider}/.well-known/oauth-authorization-server", timeout=10).json()

    assert found["pushed_authorization_request_endpoint"] == f"{world.town.provider}/oauth/par"
    assert found["require_pushed_authorization_requests"] is False
    assert found["request_uri_parameter_supported"] is False


def test_nothing_of_the_push_stands_in_the_redirect(world: Any) -> None:
    client = Client(world)

    location = urlsplit(go(client, pushed(client)).headers["Location"])

    assert dict(parse_qsl(location.query)).keys() == {"kept", "code", "state", "iss"}
