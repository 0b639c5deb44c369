"""What the OpenID Foundation's certification asks of a login (Basic, Form Post, Implicit, Hybrid OP), as far as no other
test does it. docs/certification.md has every module, with the test that stands for it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from answer_modes import told
from browser import hidden
from standard_client import CALLBACK, Browser, Client, answered, get, verified

pytestmark = pytest.mark.thorough

BOTH = ["authorization_code", "refresh_token", "implicit"]
KINDS = ("code", "id_token", "id_token token", "code id_token")
ABOUT_THE_LOGIN = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "c_hash", "sid"}
WHOLE = {  # every claim of the scope profile that a person can be given
    "name": "张三丰",
    "given_name": "三丰",
    "family_name": "张",
    "middle_name": "君宝",
    "nickname": "邋遢道人",
    "profile": "https://people.example/zhang",
    "website": "https://zhang.example",
    "sex": 1,
    "birthdate": "0000-04-09",
    "zoneinfo": "Asia/Shanghai",
    "locale": "zh-Hant",
    "updated_at": 1_700_000_000,
}
OF_PROFILE = {*WHOLE, "gender", "picture", "preferred_username"} - {"sex"}


def asked(client: Client, response_type: str = "code", **query: Any) -> tuple[str, dict[str, str]]:
    """(mode, the answer) for a request as the certification makes it."""
    usual = {"scope": "openid", "nonce": "n-1", "state": "s"}
    return told(client.authorize(response_type=response_type, **{**usual, **query}))


def claims_of(client: Client, token: str) -> dict[str, Any]:
    return dict(verified(client.town, token).claims)


def redeemed(client: Client, code: str) -> dict[str, Any]:
    """What its id_token says."""
    return claims_of(client, client.token(code=code).json()["id_token"])


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_login_tells_of_the_login_and_nothing_of_the_person(
    world: Any, kind: str, mode: str | None
) -> None:
    client = Client(world, grant_types=BOTH)

    way, answer = asked(client, kind, response_mode=mode)

    assert way == (mode or ("query" if kind == "code" else "fragment"))
    assert (answer["state"], answer["iss"]) == ("s", world.town.provider)
    tokens = [answer["id_token"]] if "id_token" in kind else []
    if "code" in kind:
        assert len(answer["code"]) * 8 >= 128
        redeemed_for = client.token(code=answer["code"]).json()
        assert redeemed_for["token_type"] == "Bearer"
        assert redeemed_for["expires_in"] == 3600
        tokens.append(redeemed_for["id_token"])
    told_of = [verified(world.town, token) for token in tokens]
    assert {(token.header["alg"], token.header["kid"] != "") for token in told_of} == {("RS256", True)}
    for token in told_of:
        assert set(token.claims) <= ABOUT_THE_LOGIN
        assert (token.claims["aud"], token.claims["nonce"]) == (client.app["appid"], "n-1")
    assert len({token.claims["sub"] for token in told_of}) == 1


def test_only_an_id_token_in_the_redirect_takes_a_nonce(world: Any) -> None:
    client = Client(world)

    _, answer = asked(client, nonce=None)

    assert "nonce" not in redeemed(client, answer["code"])


@pytest.mark.parametrize("mode", [None, "form_post"])
def test_who_says_no_response_type_is_told_so_where_the_answer_would_go(world: Any, mode: str | None) -> None:
    way, answer = told(Client(world).authorize(response_type=None, response_mode=mode, scope="openid"))

    assert way == (mode or "query")
    assert (answer["error"], answer["state"]) == ("invalid_request", "s")
    assert answer.keys() <= {"error", "error_description", "state", "iss"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_scopes_and_parameters_means_nothing(world: Any, kind: str) -> None:
    client = Client(world, grant_types=BOTH)
    query = {
        "state": "s",
        "scope": "email openid",
        "response_type": kind,
        "redirect_uri": CALLBACK,
        "nonce": "n-1",
        "client_id": client.app["appid"],
    }

    url = f"{world.town.provider}/oauth/authorize?{urlencode(query)}"
    _, answer = told(requests.get(url, allow_redirects=False, timeout=10))

    if kind == "id_token":  # nobody can ask userinfo
        assert claims_of(client, answer["id_token"])["email"] == "zhangsan@example.test"
        return
    tokens = client.token(code=answer["code"]).json() if "code" in answer else answer
    assert client.userinfo(tokens) == {
        "sub": "zhangsan",
        "email": "zhangsan@example.test",
        "email_verified": True,
    }
    assert not {"name", "email"} & set(claims_of(client, tokens["id_token"]))


def test_a_person_can_have_every_claim_of_the_scope_profile(world: Any) -> None:
    """Core §5.1; the certification warns of each that does not come. The town's own people have fewer."""
    client = Client(world)
    person = world.town.api("PUT", "/users/zhang", WHOLE, params={"world": world.name})
    assert {name: person[name] for name in WHOLE} == WHOLE
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "zhang"}})

    told_of = client.userinfo(client.login(scope="openid profile"))

    assert set(told_of) == {"sub", *OF_PROFILE}
    assert {name: told_of[name] for name in WHOLE if name != "sex"} == {
        name: value for name, value in WHOLE.items() if name != "sex"
    }
    supported = get(f"{world.town.provider}/.well-known/openid-configuration").json()["claims_supported"]
    assert set(supported) >= OF_PROFILE


@pytest.mark.parametrize(
    ("person", "email"),
    [
        ({}, {"email": "zhang@example.test", "email_verified": True}),
        ({"email_verified": False}, {"email": "zhang@example.test", "email_verified": False}),
        ({"email": "", "email_verified": True}, {}),
    ],
)
def test_an_address_is_verified_or_not_and_no_address_is_neither(
    world: Any, person: dict[str, Any], email: dict[str, Any]
) -> None:
    client = Client(world)
    world.town.api("PUT", "/users/zhang", person, params={"world": world.name})
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "zhang"}})

    assert client.userinfo(client.login(scope="openid email")) == {"sub": "zhang", **email}


@pytest.mark.parametrize(
    "wrong",
    [
        {"email_verified": "true"},
        {"updated_at": "2026-01-01"},
        {"updated_at": -1},
        {"updated_at": 1_700_000_000_000},
        {"birthdate": "9.4.1990"},
        {"birthdate": "1990-04"},
        {"birthdate": "1990-13-01"},
        {"birthdate": "1990\n"},
        {"birthdate": "١٩٩٠"},
        {"zoneinfo": 8},
        {"given_name": "三" * 257},
    ],
)
def test_a_claim_has_its_type(control: Any, wrong: dict[str, Any]) -> None:
    """Core §5.1: JSON's own booleans and numbers, and dates of one form."""
    assert control.refused("PUT", "/users/zhang", wrong)["field"] == next(iter(wrong))


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_a_must_comes_where_it_was_asked_for_and_nowhere_else(world: Any, kind: str) -> None:
    client = Client(world, grant_types=BOTH)
    place = "id_token" if kind == "id_token" else "userinfo"

    _, answer = asked(client, kind, claims=json.dumps({place: {"name": {"essential": True}}}))

    if kind == "id_token":
        assert claims_of(client, answer["id_token"])["name"] == "张三"
        return
    tokens = client.token(code=answer["code"]).json() if "code" in answer else answer
    assert client.userinfo(tokens) == {"sub": "zhangsan", "name": "张三"}
    assert "name" not in claims_of(client, tokens["id_token"])


@pytest.mark.parametrize("kind", KINDS)
def test_who_asks_how_strong_the_login_was_is_told_that_it_proved_nothing(world: Any, kind: str) -> None:
    """Core §2, §5.5.1.1: acr 0, also to who wished for more; a client that needs more has to look."""
    client = Client(world, grant_types=BOTH)
    found = get(f"{world.town.provider}/.well-known/openid-configuration").json()
    assert "acr" in found["claims_supported"]

    def acr(**query: Any) -> set[str]:
        _, answer = asked(client, kind, **query)
        tokens = [answer["id_token"]] if "id_token" in answer else []
        tokens += [client.token(code=answer["code"]).json()["id_token"]] if "code" in answer else []
        return {claims_of(client, token).get("acr", "") for token in tokens}

    assert acr() == {""}
    assert acr(acr_values=" ".join(found["acr_values_supported"])) == {"0"}
    assert acr(acr_values="phr 1") == {"0"}
    for wish in (None, {"essential": True}, {"value": "phr"}, {"essential": True, "values": ["phr", "0"]}):
        assert acr(claims=json.dumps({"id_token": {"acr": wish}})) == {"0"}, wish


@pytest.mark.parametrize(
    "again", [{"prompt": "none"}, {"max_age": "10000"}, {"prompt": "none", "id_token_hint": ""}]
)
def test_who_is_logged_in_is_not_asked_again_and_came_when_they_came(
    world: Any, again: dict[str, str]
) -> None:
    client = Client(world, policies={"jwt_time": "virtual"})
    browser = Browser(client)
    code = browser.agree(browser.log_in(browser.ask(max_age="15000")))["code"]
    hint = client.token(code=code).json()["id_token"]
    first = claims_of(client, hint)
    world.advance("1h")

    second = redeemed(client, answered(browser.ask(**{k: v or hint for k, v in again.items()}))["code"])

    assert [second[name] for name in ("sub", "auth_time")] == [first[name] for name in ("sub", "auth_time")]
    assert second["iat"] > first["iat"]


@pytest.mark.parametrize("again", [{"prompt": "login"}, {"max_age": "1"}])
def test_who_has_to_log_in_again_came_later(world: Any, again: dict[str, str]) -> None:
    client = Client(world, policies={"jwt_time": "virtual"})
    browser = Browser(client)
    first = redeemed(client, browser.agree(browser.log_in(browser.ask()))["code"])
    world.advance("2s")

    page = browser.ask(**again)

    assert "/oauth/login" in page.url
    second = redeemed(client, browser.agree(browser.log_in(page))["code"])
    assert second["sub"] == first["sub"]
    assert second["auth_time"] >= first["auth_time"] + 2


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_login_that_nobody_may_see_fails_with_the_state_whole(
    world: Any, kind: str, mode: str | None
) -> None:
    browser = Browser(Client(world, grant_types=BOTH))
    asking = {"response_type": kind, "nonce": "n-1", "prompt": "none", "state": "s" * 128}

    way, answer = told(browser.ask(**asking, **({"response_mode": mode} if mode else {})))

    assert way == (mode or ("query" if kind == "code" else "fragment"))
    assert (answer["error"], answer["state"]) == ("login_required", "s" * 128)
    assert answer.keys() <= {"error", "error_description", "state", "iss"}
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", answer.get("error_description", ""))


@pytest.mark.parametrize("mode", [None, "form_post"])
def test_a_request_in_the_body_of_a_post_leads_through_the_pages(world: Any, mode: str | None) -> None:
    """Core §3.1.2.1: both methods are a must."""
    client = Client(world)
    browser = Browser(client)
    form = {
        "client_id": client.app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        "nonce": "n-1",
        **({"response_mode": mode} if mode else {}),
    }

    login = browser.post(f"{world.town.provider}/oauth/authorize", data=form, timeout=10)

    assert "/oauth/login" in login.url
    page = browser.log_in(login)
    sent = {"consent_nonce": hidden(page.text)["consent_nonce"], "decision": "approve"}
    way, answer = told(browser.post(page.url, data=sent, allow_redirects=False, timeout=10))
    assert (way, answer["state"]) == (mode or "query", "s")
    assert redeemed(client, answer["code"])["nonce"] == "n-1"


@pytest.mark.parametrize(
    ("object_", "error"),
    [
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://client.example/r.jwt#digest"}, "request_uri_not_supported"),
    ],
)
def test_a_request_object_is_refused_and_brings_nobody_to_another_address(
    world: Any, object_: dict[str, str], error: str
) -> None:
    client = Client(world)

    _, answer = asked(client, **object_)
    assert answer["error"] == error
    assert "/oauth/par" in answer["error_description"]
    _, without = told(client.authorize(scope="openid", redirect_uri=None, state=None, **object_))
    assert without["error"] == error, "the parameters beside it may lack what stands in it"
    elsewhere = client.authorize(scope="openid", redirect_uri="https://elsewhere.example/cb", **object_)
    assert (elsewhere.status_code, "Location" in elsewhere.headers) == (400, False)
    known = get(f"{world.town.provider}/.well-known/openid-configuration").json()
    assert known["request_parameter_supported"] is known["request_uri_parameter_supported"] is False


@pytest.mark.parametrize("kind", ["code", "code id_token"])
def test_a_code_that_comes_again_after_half_a_minute_ends_what_it_gave(world: Any, kind: str) -> None:
    client = Client(world, grant_types=BOTH)
    _, answer = asked(client, kind)
    tokens = client.token(code=answer["code"]).json()
    assert client.userinfo(tokens)["sub"] == "zhangsan"
    world.advance("30s")

    again = client.token(code=answer["code"])

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.headers["Content-Type"] == "application/json"
    assert client.userinfo(tokens) == {"error": "invalid_token"}


def test_a_refresh_tells_the_same_person_at_a_later_time_and_is_for_its_client_alone(world: Any) -> None:
    client, other = Client(world, policies={"jwt_time": "virtual"}), Client(world)
    _, answer = asked(client, scope="openid offline_access")
    tokens = client.token(code=answer["code"]).json()
    first = claims_of(client, tokens["id_token"])
    foreign = other.refresh(tokens["refresh_token"])
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    world.advance("1s")

    sent = {"refresh_token": tokens["refresh_token"], "scope": "openid offline_access"}
    answer_ = client.token(grant_type="refresh_token", redirect_uri=None, **sent)

    assert answer_.status_code == 200
    assert (answer_.headers["Cache-Control"], answer_.headers["Pragma"]) == ("no-store", "no-cache")
    renewed = answer_.json()
    assert renewed["access_token"] != tokens["access_token"]
    assert renewed["token_type"] == "Bearer"
    second = claims_of(client, renewed["id_token"])
    same = ("iss", "sub", "aud", "auth_time")
    assert [second[name] for name in same] == [first[name] for name in same]
    assert second["iat"] > first["iat"]
    assert "azp" not in {**first, **second}
    assert client.userinfo(renewed)["sub"] == "zhangsan"
