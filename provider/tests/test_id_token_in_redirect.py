"""An id_token that comes with the redirect (OpenID Connect Core §3.2, §3.3), as some frameworks want it, over HTTP."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from answer_modes import told
from browser import hidden
from standard_client import CHALLENGE, VERIFIER, Browser, Client, verified

BOTH = ["authorization_code", "refresh_token", "implicit"]


def client_of(world: Any, **fields: Any) -> Client:
    return Client(world, **{"grant_types": BOTH, **fields})


def asked(client: Client, response_type: str, **query: Any) -> tuple[str, dict[str, str]]:
    query = {"scope": "openid profile", "nonce": "n-1", "state": "s", **query}
    return told(client.authorize(response_type=response_type, **query))


def claims_of(client: Client, token: str) -> dict[str, Any]:
    return dict(verified(client.town, token).claims)


def half(secret: str) -> str:
    digest = hashlib.sha256(secret.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_alone_it_says_all_that_the_scopes_allow(world: Any) -> None:
    """Nobody can ask userinfo without an access token (Core §5.4)."""
    client = client_of(world)

    way, answer = asked(client, "id_token")

    assert way == "fragment"
    assert set(answer) == {"id_token", "state", "iss"}
    claims = claims_of(client, answer["id_token"])
    assert (claims["sub"], claims["name"], claims["nonce"]) == ("zhangsan", "张三", "n-1")
    assert claims["iss"] == answer["iss"] == world.town.provider, "RFC 9207 §2.4"
    assert answer["state"] == "s"
    assert not {"at_hash", "c_hash"} & set(claims)
    assert world.town.api("GET", f"/apps/{client.app['appid']}/tokens") == []


@pytest.mark.parametrize("words", ["id_token token", "token id_token"])
def test_beside_an_access_token_each_is_tied_to_the_other(world: Any, words: str) -> None:
    client = client_of(world)

    way, answer = asked(client, words)

    assert way == "fragment"
    assert set(answer) == {"id_token", "access_token", "token_type", "expires_in", "scope", "state", "iss"}
    claims = claims_of(client, answer["id_token"])
    assert claims["at_hash"] == half(answer["access_token"])
    assert (claims["nonce"], answer["token_type"], answer["state"]) == ("n-1", "Bearer", "s")
    assert "name" not in claims
    assert client.userinfo(answer)["name"] == "张三"


@pytest.mark.parametrize("words", ["code id_token", "id_token code"])
def test_beside_a_code_it_is_tied_to_that_and_the_code_buys_tokens_once(world: Any, words: str) -> None:
    client = client_of(world)

    way, answer = asked(client, words)

    assert way == "fragment"
    assert set(answer) == {"code", "id_token", "state", "iss"}
    before = claims_of(client, answer["id_token"])
    assert before["c_hash"] == half(answer["code"])
    tokens = client.token(code=answer["code"]).json()
    after = claims_of(client, tokens["id_token"])
    same = ("iss", "sub", "aud", "nonce", "auth_time")
    assert {name: before.get(name) for name in same} == {name: after.get(name) for name in same}
    assert before["iss"] == answer["iss"]
    assert before["nonce"] == "n-1"
    assert tokens["refresh_token"]
    assert client.token(code=answer["code"]).json()["error"] == "invalid_grant"


def test_a_form_brings_it_to_the_server(world: Any) -> None:
    """As ASP.NET and express-openid-connect ask unless they are told otherwise."""
    way, answer = asked(client_of(world), "id_token", response_mode="form_post")

    assert way == "form_post"
    assert answer["id_token"].count(".") == 2


@pytest.mark.parametrize("words", ["id_token", "id_token token", "code id_token"])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"nonce": None}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"scope": "user_info"}, "invalid_request"),
        ({"response_mode": "query"}, "invalid_request"),
    ],
)
def test_it_takes_a_nonce_the_scope_and_no_query(
    world: Any, words: str, wrong: dict[str, Any], error: str
) -> None:
    way, answer = asked(client_of(world), words, **wrong)

    assert way == "fragment"
    assert answer["error"] == error
    assert not {"id_token", "access_token", "code"} & set(answer)


@pytest.mark.parametrize(
    ("grants", "words"),
    [
        (["authorization_code"], "id_token"),
        (["authorization_code"], "id_token token"),
        (["authorization_code"], "code id_token"),
        (["implicit"], "code id_token"),
        (BOTH, "code token"),
        (BOTH, "code id_token token"),
        (BOTH, "id_token id_token"),
        (BOTH, "id_token "),
        (BOTH, "none"),
    ],
)
def test_what_the_app_may_not_have_or_nobody_has_is_refused(
    world: Any, grants: list[str], words: str
) -> None:
    _, answer = asked(client_of(world, grant_types=grants), words)

    assert answer["error"] == "unsupported_response_type"
    assert not {"id_token", "access_token", "code"} & set(answer)


def test_a_code_beside_it_needs_pkce_where_a_code_alone_does(world: Any) -> None:
    client = client_of(world, policies={"require_pkce": True})

    assert asked(client, "code id_token")[1]["error"] == "invalid_request"
    _, answer = asked(client, "code id_token", code_challenge=CHALLENGE, code_challenge_method="S256")
    assert client.token(code=answer["code"], code_verifier=CHALLENGE).json()["error"] == "invalid_grant"
    assert client.token(code=answer["code"], code_verifier=VERIFIER).status_code == 200


def test_without_a_login_nobody_gets_one(world: Any) -> None:
    browser = Browser(client_of(world))

    _, answer = told(browser.ask(response_type="id_token", nonce="n", prompt="none"))

    assert answer["error"] == "login_required"


def test_a_person_gets_it_by_the_pages_too(world: Any) -> None:
    browser = Browser(client_of(world))

    page = browser.log_in(browser.ask(response_type="id_token", nonce="n"))
    sent = {"consent_nonce": hidden(page.text)["consent_nonce"], "decision": "approve"}
    _, answer = told(browser.post(page.url, data=sent, allow_redirects=False, timeout=10))

    assert claims_of(browser.client, answer["id_token"])["sub"] == "zhangsan"


def test_it_stands_in_no_trace(world: Any) -> None:
    client = client_of(world)
    _, answer = asked(client, "code id_token", state="traced")

    [flow] = world.town.api("GET", "/flows", params={"world": client.app["world"], "state": "traced"})
    document = world.town.api("GET", f"/flows/{flow['id']}/export.json")

    assert answer["id_token"] not in str(document)
    assert answer["code"] not in str(document)
