"""A world's clock that jumps back, between any two steps: what was issued is good once and no more, what was taken back
stays taken back, and no token says that something happened after it was made."""

from __future__ import annotations

import time
from typing import Any

import pytest
from key_holder import Holder, holder
from pushing import go, pushed
from signing import Signing
from standard_client import Browser, Client, answered, verified

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

BACK = "-1h"


def renewed(client: Client, refresh_token: str) -> Any:
    return client.token(grant_type="refresh_token", refresh_token=refresh_token, redirect_uri=None)


def in_order(client: Client, id_token: str) -> None:
    """OpenID Connect Core §2: nobody logs in after the token that tells of it."""
    claims = verified(client.town, id_token).claims
    assert claims["auth_time"] <= claims["iat"] < claims["exp"], claims


@pytest.mark.parametrize("policies", [{}, {"jwt_time": "virtual"}], ids=["real", "virtual"])
def test_a_code_is_good_once(world: Any, policies: dict[str, str]) -> None:
    client = Client(world, policies=policies)
    code = client.answer(scope="openid")["code"]
    world.advance(BACK)

    tokens = client.token(code=code).json()

    in_order(client, tokens["id_token"])
    assert client.userinfo(tokens)["sub"] == "zhangsan"
    assert client.token(code=code).json()["error"] == "invalid_grant"
    assert client.userinfo(tokens) == {"error": "invalid_token"}, "who came second ended it"


@pytest.mark.parametrize("policies", [{}, {"jwt_time": "virtual"}], ids=["real", "virtual"])
def test_a_refresh_token_is_good_once(world: Any, policies: dict[str, str]) -> None:
    client = Client(world, policies=policies)
    tokens = client.login()
    world.advance(BACK)

    fresh = renewed(client, tokens["refresh_token"]).json()

    in_order(client, fresh["id_token"])
    assert client.userinfo(fresh)["sub"] == client.userinfo(tokens)["sub"]
    assert renewed(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.userinfo(fresh) == {"error": "invalid_token"}


def test_a_token_lives_by_the_clock_as_it_is_now(world: Any) -> None:
    client = Client(world, ttl={"access": 600})
    tokens = client.login()
    world.advance("11m")
    assert client.userinfo(tokens) == {"error": "invalid_token"}

    world.advance("-2m")

    assert client.userinfo(tokens)["sub"] == "zhangsan"


def test_what_was_revoked_stays_so_and_a_new_consent_counts(world: Any) -> None:
    client = Client(world)
    one, other, third = client.login(), client.login(), client.login()
    client.form("/oauth/revoke", token=one["access_token"])
    client.form("/oauth/revoke", token=other["refresh_token"])
    world.advance(BACK)
    assert client.userinfo(one) == client.userinfo(other) == {"error": "invalid_token"}
    assert renewed(client, other["refresh_token"]).json()["error"] == "invalid_grant"

    world.town.api("DELETE", "/grants", params={"world": world.name, "user": "zhangsan"})
    world.advance(BACK)

    assert client.userinfo(third) == {"error": "invalid_token"}
    assert renewed(client, third["refresh_token"]).json()["error"] == "invalid_grant"
    assert client.userinfo(client.login())["sub"] == "zhangsan"


def test_a_pushed_request_is_answered_once(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    world.advance(BACK)

    assert answered(go(client, uri))["code"]

    world.advance(BACK)
    again = go(client, uri)
    assert (again.status_code, again.headers.get("Location")) == (400, None)


def test_a_pushed_request_that_expired_is_not_remembered_as_such(world: Any) -> None:
    client = Client(world)
    uri = pushed(client)
    world.advance("2m")
    assert go(client, uri).status_code == 400

    world.advance("-2m")

    assert answered(go(client, uri))["code"], "a refusal spends nothing"


@pytest.mark.parametrize("policies", [{}, {"jwt_time": "virtual"}], ids=["real", "virtual"])
def test_an_assertion_counts_once(world: Any, policies: dict[str, str]) -> None:
    client = Signing(world, policies=policies)
    assertion = client.assertion(exp=int(time.time()) + 600)
    assert client.redeem(assertion).status_code == 200
    code = client.answer()["code"]

    world.advance("-5m")

    assert client.redeem(assertion, code=code).json()["error"] == "invalid_client"
    then = int(time.time()) - (300 if policies else 0)
    assert client.redeem(client.assertion(iat=then, exp=then + 60), code=code).status_code == 200


@pytest.mark.parametrize("policies", [{}, {"jwt_time": "virtual"}], ids=["real", "virtual"])
def test_a_proof_counts_once_and_one_from_ahead_not_at_all(world: Any, policies: dict[str, str]) -> None:
    one: Holder = holder(world, policies=policies)
    first, code, other = one.proof(one.endpoint), one.code(), one.code()
    assert one.redeem(code, first).status_code == 200

    world.advance("-30s")
    assert one.redeem(other, first).json()["error"] == "invalid_dpop_proof"
    world.advance("-10m")
    late = one.redeem(other, one.proof(one.endpoint))
    if policies:  # by the world's clock it was made ten minutes from now
        assert late.json()["error"] == "invalid_dpop_proof"
        late = one.redeem(other, one.proof(one.endpoint, iat=int(time.time()) - 630))
    assert late.status_code == 200, "a refusal spent the code"
    assert late.json()["token_type"] == "DPoP"


def test_a_browsers_login_and_consent_stand(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    page = browser.log_in(browser.ask())
    world.advance(BACK)

    tokens = client.token(code=browser.agree(page)["code"]).json()

    in_order(client, tokens["id_token"])
    code = answered(browser.ask(prompt="none"))["code"]
    in_order(client, client.token(code=code).json()["id_token"])
