"""OpenID Connect on the wire: Core, Discovery, and JWT access tokens (RFC 9068), over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import pytest
import requests
from standard_client import ALGORITHMS, Browser, Client, answered, field_of, get, verified

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


@pytest.mark.parametrize("alg", ["", *ALGORITHMS])
def test_who_asks_for_openid_gets_an_id_token_of_the_apps_algorithm(world: Any, alg: str) -> None:
    client = Client(world, id_token_signed_response_alg=alg)

    tokens = client.login(nonce="n-1")

    token = verified(world.town, tokens["id_token"])
    assert token.header["alg"] == (alg or "RS256")
    assert token.header["kid"].startswith("ninestep-mock-")
    claims = token.claims
    assert claims["iss"] == world.town.provider
    assert claims["sub"] == "zhangsan"
    assert claims["aud"] == client.app["appid"]
    assert claims["nonce"] == "n-1"
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time.time()) < 60
    assert claims["auth_time"] <= claims["iat"]
    digest = hashlib.new("sha512" if alg == "EdDSA" else "sha256", tokens["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
    assert claims["at_hash"] == half


def test_a_header_leads_to_no_key_but_the_published_ones(world: Any) -> None:
    tokens = Client(world, access_token_format="jwt").login()

    for name in ("id_token", "access_token"):
        assert set(verified(world.town, tokens[name]).header) == {"alg", "kid", "typ"}


def test_who_does_not_ask_for_openid_gets_none(world: Any) -> None:
    assert "id_token" not in Client(world).login(scope="profile", nonce="n")


def test_claims_of_scopes_are_at_userinfo_alone_unless_the_app_wants_them_in_the_id_token(world: Any) -> None:
    usual = Client(world)
    tokens = usual.login(scope="openid profile email")
    assert "name" not in verified(world.town, tokens["id_token"]).claims
    told = usual.userinfo(tokens)
    assert told["sub"] == "zhangsan"
    assert told["name"] == "张三"
    assert told["email"] == "zhangsan@example.test"
    assert told["email_verified"] is True
    assert told["gender"] == "male"
    assert told["picture"].startswith(world.town.provider)

    both = Client(world, policies={"id_token_claims": "scopes"})
    assert both.id_token(scope="openid email")["email"] == "zhangsan@example.test"
    assert set(usual.userinfo(usual.login(scope="openid"))) == {"sub"}


def test_claims_can_be_asked_for_one_by_one(world: Any) -> None:
    client = Client(world)
    wanted = json.dumps({"id_token": {"email": {"essential": True}}, "userinfo": {"nickname": None}})

    tokens = client.login(scope="openid", claims=wanted)

    assert verified(world.town, tokens["id_token"]).claims["email"] == "zhangsan@example.test"
    assert client.userinfo(tokens) == {"sub": "zhangsan", "nickname": "张三"}
    renewed = client.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], redirect_uri=None
    ).json()
    assert client.userinfo(renewed) == {"sub": "zhangsan", "nickname": "张三"}


@pytest.mark.parametrize(
    "claims", ["x", "[]", '{"id_token": 1}', '{"userinfo": {"email": true}}', "[" * 2000]
)
def test_claims_that_cannot_be_read_are_an_invalid_request(world: Any, claims: str) -> None:
    answer = Client(world).answer(scope="openid", claims=claims)

    assert answer["error"] == "invalid_request"
    assert answer["state"] == "s"


def test_a_refresh_says_again_who_logged_in_and_when_but_has_no_nonce(world: Any) -> None:
    client = Client(world)
    tokens = client.login(nonce="n")
    before = verified(world.town, tokens["id_token"]).claims

    renewed = client.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], redirect_uri=None
    ).json()

    after = verified(world.town, renewed["id_token"]).claims
    for name in ("iss", "sub", "aud", "auth_time"):
        assert after[name] == before[name], name
    assert abs(after["iat"] - time.time()) < 60
    assert "nonce" not in after


@pytest.mark.parametrize("alg", ["", "ES256"])
def test_an_access_token_can_say_itself_what_it_allows(world: Any, alg: str) -> None:
    client = Client(world, access_token_format="jwt", id_token_signed_response_alg=alg)

    tokens = client.login(scope="openid profile")

    token = verified(world.town, tokens["access_token"])
    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    assert claims["client_id"] == client.app["appid"]
    assert claims["aud"] == world.town.resource
    assert claims["sub"] == "zhangsan"
    assert claims["scope"] == "openid profile"
    assert claims["jti"] != verified(world.town, client.login()["access_token"]).claims["jti"]
    assert client.userinfo(tokens)["name"] == "张三"
    client.town.api("DELETE", "/grants", params={"world": world.name, "user": "zhangsan"})
    assert client.userinfo(tokens) == {"error": "invalid_token"}


def test_the_jwt_of_a_machine_is_about_itself_and_has_no_user(world: Any) -> None:
    machine = Client(world, kind="machine", access_token_format="jwt")

    told = machine.token(grant_type="client_credentials", redirect_uri=None, scope="articles.read").json()

    claims = verified(world.town, told["access_token"]).claims
    assert claims["sub"] == claims["client_id"] == machine.app["appid"]
    assert set(claims) == {"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope"}
    assert claims["exp"] - claims["iat"] == told["expires_in"]


def test_no_other_jwt_of_the_town_is_an_access_token(world: Any) -> None:
    client = Client(world, access_token_format="jwt")

    told = client.userinfo({"access_token": client.login()["id_token"]})

    assert told == {"error": "invalid_token"}


def test_metadata_names_what_there_is_and_every_address_answers(world: Any) -> None:
    town = world.town
    openid = get(f"{town.provider}/.well-known/openid-configuration")
    oauth = get(f"{town.provider}/.well-known/oauth-authorization-server")

    assert openid.json() == oauth.json()
    assert openid.headers["Content-Type"] == "application/json"
    assert openid.headers["Access-Control-Allow-Origin"] == "*"
    found = openid.json()
    assert found["issuer"] == town.provider
    assert found["code_challenge_methods_supported"] == ["S256"]
    for name in (name for name in found if name.endswith(("_endpoint", "jwks_uri"))):
        assert get(found[name]).status_code != 404, name


def test_the_metadata_say_how_users_are_named_and_tokens_are_signed(world: Any) -> None:
    found = get(f"{world.town.provider}/.well-known/openid-configuration").json()

    assert found["subject_types_supported"] == ["public"]
    assert found["response_types_supported"] == [
        "code",
        "token",
        "id_token",
        "id_token token",
        "code id_token",
    ]
    assert found["id_token_signing_alg_values_supported"] == ALGORITHMS
    assert "RS256" in found["token_endpoint_auth_signing_alg_values_supported"]
    assert "none" not in found["token_endpoint_auth_signing_alg_values_supported"]
    assert set(found["scopes_supported"]) >= {"openid", "profile", "email", "offline_access"}
    assert set(found["claims_supported"]) >= {"sub", "iss", "auth_time", "nonce", "name", "email"}


@pytest.mark.parametrize(
    "path",
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks"],
)
def test_a_program_that_waits_for_the_town_may_look_without_reading(world: Any, path: str) -> None:
    """RFC 9110 §9.3.2: HEAD is answered as GET, without the body."""
    looked = requests.head(f"{world.town.provider}{path}", timeout=10)

    assert (looked.status_code, looked.content) == (200, b"")
    assert looked.headers["Content-Type"] == "application/json"


def test_the_key_set_tells_no_private_half(world: Any) -> None:
    keys = get(f"{world.town.provider}/oauth/jwks").json()["keys"]

    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert all(not {"d", "p", "q", "dp", "dq", "qi"} & set(key) for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)


def test_what_can_be_found_out_may_be_kept_a_while_and_says_nothing_empty(world: Any) -> None:
    found = get(f"{world.town.provider}/.well-known/openid-configuration")
    keys = get(found.json()["jwks_uri"])

    for answer in (found, keys):
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert all(value not in ([], "", None) for value in found.json().values())
    assert all(key["use"] == "sig" for key in keys.json()["keys"])


def test_prompt_none_answers_at_once_or_says_what_is_missing(world: Any) -> None:
    browser = Browser(Client(world))
    assert answered(browser.ask(prompt="none"))["error"] == "login_required"
    consent = browser.log_in(browser.ask())
    assert answered(browser.ask(prompt="none"))["error"] == "consent_required"
    assert browser.agree(consent)["code"]
    assert answered(browser.ask(prompt="none"))["code"]
    assert answered(browser.ask(prompt="none login"))["error"] == "invalid_request"
    assert answered(browser.ask(prompt="create"))["error"] == "invalid_request"


def test_prompt_consent_asks_also_who_agreed_before(world: Any) -> None:
    browser = Browser(Client(world))
    browser.agree(browser.log_in(browser.ask()))
    assert answered(browser.ask())["code"]

    page = browser.ask(prompt="consent")

    assert "/oauth/consent" in page.url
    assert browser.agree(page)["code"]


def test_offline_access_stands_on_the_consent_page(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    without = browser.log_in(browser.ask(scope="openid")).text
    browser.agree(browser.ask(scope="openid"))

    page = browser.ask(scope="openid offline_access")

    assert "/oauth/consent" in page.url, "what was agreed to before does not reach that far"
    assert "offline_access" in page.text
    assert "offline_access" not in without
    tokens = client.token(code=browser.agree(page)["code"]).json()
    assert (tokens["scope"], "refresh_token" in tokens) == ("openid offline_access", True)


def test_an_error_carries_nothing_that_no_standard_names(world: Any) -> None:
    for wrong in ({"scope": "unknown"}, {"prompt": "none login"}, {"claims": "x"}):
        told = Client(world).answer(**wrong)
        assert told.keys() >= {"error", "state", "iss"}
        assert told.keys() <= {"kept", "error", "error_description", "error_uri", "state", "iss"}


def test_two_spellings_of_one_character_are_two(world: Any) -> None:
    """Core §14: strings are compared code point by code point, and come back as they went."""
    composed, apart = "\u00e9", "e\u0301"
    client = Client(world)
    there = {"redirect_uris": ["http://127.0.0.1/caf%C3%A9"]}
    client.town.api("PATCH", f"/apps/{client.app['appid']}", there)

    for state in (composed, apart):
        assert client.answer(redirect_uri="http://127.0.0.1/caf%C3%A9", state=state)["state"] == state
    assert client.authorize(redirect_uri="http://127.0.0.1/cafe%CC%81").status_code == 400
    assert client.id_token(redirect_uri=None, nonce=apart, scope="openid")["nonce"] == apart


def test_prompt_login_wants_a_login_also_of_who_is_logged_in(world: Any) -> None:
    browser = Browser(Client(world))
    browser.agree(browser.log_in(browser.ask()))
    assert answered(browser.ask())["code"]
    world.advance("1m")

    page = browser.ask(prompt="login")

    assert "/oauth/login" in page.url
    skipped = browser.get(page.url.replace("/oauth/login", "/oauth/consent"), timeout=10)
    assert "/oauth/login" in skipped.url, "the consent page is no way round"
    assert browser.agree(browser.log_in(page))["code"]


def test_a_form_that_holds_a_password_is_answered_with_303(world: Any) -> None:
    """RFC 9700 §4.12: after 307 or 308 a browser would post the password on, to the client at the end."""
    client = Client(world)
    browser = Browser(client)
    browser.agree(browser.log_in(browser.ask()))
    page = browser.ask(prompt="login")
    form = {"username": "zhangsan", "password": "ninestep", "csrf_token": field_of(page, "csrf_token")}

    asked = browser.post(page.url, data=form, allow_redirects=False, timeout=10)

    assert asked.status_code == 303
    consent = browser.ask(prompt="consent")
    sent = {"consent_nonce": field_of(consent, "consent_nonce"), "decision": "approve"}
    answer = browser.post(consent.url, data=sent, allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    assert answered(answer)["code"]


def test_max_age_wants_a_login_of_who_came_long_ago_and_the_id_token_tells_when(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    browser.agree(browser.log_in(browser.ask()))
    world.advance("2h")

    code = answered(browser.ask(max_age="7260"))["code"]
    claims = verified(world.town, client.token(code=code).json()["id_token"]).claims
    assert 7190 <= claims["iat"] - claims["auth_time"] <= 7260
    assert answered(browser.ask(max_age="3600", prompt="none"))["error"] == "login_required"
    code = browser.agree(browser.log_in(browser.ask(max_age="3600")))["code"]
    claims = verified(world.town, client.token(code=code).json()["id_token"]).claims
    assert claims["iat"] - claims["auth_time"] <= 60
    assert answered(browser.ask(max_age="-1"))["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("name", "error"), [("request", "request_not_supported"), ("registration", "registration_not_supported")]
)
def test_what_is_not_supported_is_said(world: Any, name: str, error: str) -> None:
    assert Client(world).answer(**{name: "{}"})["error"] == error


def test_wishes_that_cannot_be_granted_are_no_errors(world: Any) -> None:
    wishes = {"display": "wap", "ui_locales": "tlh fr", "claims_locales": "tlh", "acr_values": "phr urn:x"}

    assert Client(world).answer(scope="openid", nobody_knows="this", **wishes)["code"]


def test_scopes_of_openid_connect_that_nobody_here_has_are_passed_over(world: Any) -> None:
    """Core §5.4 defines address and phone, and relying parties ask for all; the answer tells what was granted
    (RFC 6749 §3.3). A name that no standard has is still refused, and so are these without openid."""
    client = Client(world)

    tokens = client.login(scope="openid profile email address phone")

    assert tokens["scope"] == "openid profile email"
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = client.token(**refresh, redirect_uri=None, scope="openid profile email address phone").json()
    assert again["scope"] == "openid profile email"
    (flow,) = world.town.api("GET", "/flows", params={"app": client.app["appid"]})
    told = world.town.api("GET", f"/flows/{flow['id']}/findings")
    assert "scope_ignored" in {finding["rule"] for finding in told}
    assert client.answer(scope="openid profil")["error"] == "invalid_scope"
    assert client.answer(scope="user_info phone")["error"] == "invalid_scope"


@pytest.mark.parametrize("wanted", [{"value": "phr"}, {"values": ["phr", "phrh"]}])
def test_an_acr_that_is_a_must_fails_the_login_and_one_that_is_a_wish_does_not(
    world: Any, wanted: dict[str, Any]
) -> None:
    client = Client(world)

    def asked(**acr: Any) -> dict[str, str]:
        return client.answer(scope="openid", claims=json.dumps({"id_token": {"acr": acr}}))

    assert asked(**wanted, essential=True)["error"] == "unmet_authentication_requirements"
    assert asked(**wanted)["code"]
    assert asked(essential=True)["code"]


def test_a_claim_that_a_user_does_not_have_is_left_out_also_where_it_is_essential(world: Any) -> None:
    world.town.api("PUT", "/users/guest", {}, params={"world": world.name})
    client = Client(world)
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "guest"}})
    asked = {"birthdate": {"essential": True}, "nobody": {"essential": True}}

    tokens = client.login(scope="openid", claims=json.dumps({"userinfo": asked, "id_token": asked}))

    assert client.userinfo(tokens) == {"sub": "guest"}
    assert not {"birthdate", "nobody"} & set(verified(world.town, tokens["id_token"]).claims)


def test_the_picture_is_one(world: Any) -> None:
    client = Client(world)

    picture = get(client.userinfo(client.login())["picture"])

    assert picture.status_code == 200
    assert picture.headers["Content-Type"].startswith("image/")


def test_userinfo_says_in_which_form_it_speaks_and_may_be_posted(world: Any) -> None:
    client = Client(world)
    token, url = client.login()["access_token"], f"{world.town.resource}/userinfo"
    bearer = {"Authorization": f"Bearer {token}"}

    for answer in (
        get(url, headers=bearer),
        requests.post(url, headers=bearer, timeout=10),
        requests.post(url, data={"access_token": token}, timeout=10),
    ):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["sub"] == "zhangsan"


def test_a_login_hint_stands_first_and_in_the_form(world: Any) -> None:
    browser = Browser(Client(world))

    for hint in ("wangwu", "wangwu@example.test"):
        page = browser.ask(login_hint=hint).text
        assert page.index('value="wangwu"') < page.index('value="zhangsan"')
        assert (
            'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required value="wangwu"'
            in page
        )
    assert browser.ask(login_hint="nobody").status_code == 200


def test_select_account_shows_the_people_to_who_is_logged_in(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    browser.agree(browser.log_in(browser.ask()))
    world.advance("1m")

    page = browser.ask(prompt="select_account")

    assert "/oauth/login" in page.url
    browser.user = "lisi"
    code = browser.agree(browser.log_in(page))["code"]
    assert verified(world.town, client.token(code=code).json()["id_token"]).claims["sub"] == "lisi"


def test_an_id_token_hint_is_answered_for_its_own_user_alone(world: Any) -> None:
    client = Client(world)
    theirs = client.login()["id_token"]
    browser = Browser(client, "lisi")
    browser.agree(browser.log_in(browser.ask()))

    assert answered(browser.ask(prompt="none"))["code"]
    assert answered(browser.ask(prompt="none", id_token_hint=theirs))["error"] == "login_required"
    page = browser.ask(id_token_hint=theirs)
    assert "/oauth/login" in page.url
    wrong = browser.post(
        page.url,
        data={"persona": "lisi", "csrf_token": field_of(page, "csrf_token")},
        allow_redirects=False,
        timeout=10,
    )
    assert answered(wrong)["error"] == "login_required"
    browser.user = "zhangsan"
    code = browser.agree(browser.log_in(browser.ask(id_token_hint=theirs)))["code"]
    assert verified(world.town, client.token(code=code).json()["id_token"]).claims["sub"] == "zhangsan"
    assert answered(browser.ask(prompt="none", id_token_hint=theirs))["code"]


def test_an_expired_id_token_is_still_a_hint(world: Any) -> None:
    client = Client(world, policies={"jwt_time": "virtual"})
    theirs = client.login()["id_token"]
    world.advance("3h")

    assert client.answer(scope="openid", id_token_hint=theirs)["code"]


@pytest.mark.parametrize(
    "hint", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6aGFuZ3NhbiJ9.", "\u00e9" * 9]
)
def test_a_hint_of_somebody_else_is_an_invalid_request(world: Any, hint: str) -> None:
    assert Client(world).answer(scope="openid", id_token_hint=hint)["error"] == "invalid_request"


@pytest.mark.parametrize("sub", [{"value": "lisi"}, {"values": ["lisi", "wangwu"]}])
def test_claims_can_name_the_one_user_who_may_answer(world: Any, sub: dict[str, Any]) -> None:
    client = Client(world)
    wanted = json.dumps({"id_token": {"sub": sub}})
    assert client.answer(scope="openid", claims=wanted)["error"] == "login_required"
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "lisi"}})
    assert client.answer(scope="openid", claims=wanted)["code"]
    hint = client.login()["id_token"]
    other = json.dumps({"id_token": {"sub": {"value": "zhangsan"}}})
    assert client.answer(scope="openid", claims=other, id_token_hint=hint)["error"] == "login_required"


def test_the_clients_nonce_and_the_consent_forms_are_two_things(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    page = browser.log_in(browser.ask(nonce="nonce-of-the-client"))

    assert field_of(page, "consent_nonce") != "nonce-of-the-client"
    code = browser.agree(page)["code"]
    assert (
        verified(world.town, client.token(code=code).json()["id_token"]).claims["nonce"]
        == "nonce-of-the-client"
    )


@pytest.mark.parametrize(
    "claims",
    [
        r'{"id_token": {"\ud800": null}}',
        r'{"userinfo": {"\ud800": {"essential": true}}}',
        r'{"id_token": {"sub": {"value": "\ud800"}}}',
        '{"id_token": {"sub": {"values": [[], {}, null]}}}',
        '{"id_token": {"sub": {"values": {}}}}',
        '{"id_token": {"nobody": {"value": 1}}}',
    ],
)
def test_claims_of_any_kind_are_answered_as_json_or_as_a_redirect(world: Any, claims: str) -> None:
    client = Client(world)
    named = "sub" in claims and '"values": {}' not in claims

    answer = client.answer(scope="openid", claims=claims)

    assert answer.get("error") == ("login_required" if named else None)
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
    assert client.authorize(scope="openid", claims=claims).status_code == 302
