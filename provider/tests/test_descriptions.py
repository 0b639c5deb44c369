"""``error_description`` of standard apps: it tells a developer which field was wrong, what was sent, and what would do."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ninestep.dialects.standard.error_description import MOST
from ninestep_provider.dialects.standard import descriptions
from standard_client import Client

pytestmark = pytest.mark.thorough


@pytest.fixture
def client(world: Any) -> Client:
    return Client(world)


def told(client: Client, **changes: Any) -> tuple[str, str]:
    """(error, description) of a token request with these changes."""
    form = {"code": client.answer()["code"], **changes} if "code" not in changes else changes
    answer: dict[str, str] = client.token(**form).json()
    return answer["error"], answer["error_description"]


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"scope": "openid profil"}, ["profil", "blanks"]),
        ({"scope": "openid,profile"}, ["openid,profile", "blanks"]),
        ({"response_type": None}, ["response_type is missing"]),
        ({"response_type": "Code"}, ["implicit", "grant_types"]),
        ({"prompt": "none login"}, ["prompt", "none login"]),
        ({"max_age": "1h"}, ["max_age", "seconds", "1h"]),
        ({"claims": "{"}, ["claims", "JSON"]),
        ({"response_mode": "frag"}, ["response_mode", "fragment"]),
        ({"request": "e30."}, ["request objects", "/oauth/par"]),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, ["code_challenge", "43"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_redirect_with_an_error_says_what_would_be_right(
    client: Client, wrong: dict[str, Any], names: list[str]
) -> None:
    answer = client.answer(**wrong)

    assert "error" in answer
    assert all(name in answer["error_description"] for name in names), answer


def test_a_secret_of_another_app_is_called_wrong_and_not_shown(world: Any, client: Client) -> None:
    foreign = Client(world).app["secret"]

    error, says = told(client, client_secret=foreign)

    assert (error, "client_secret" in says) == ("invalid_client", True)
    assert foreign not in says
    assert "methods" not in says, "Authlib's words would send one to look for another method"


def test_an_app_that_proves_itself_otherwise_is_led_to_that_field(client: Client) -> None:
    error, says = told(client, client_secret=None)

    assert error == "invalid_client"
    assert "token_endpoint_auth_method" in says


def test_a_client_id_with_a_typing_error_is_shown(client: Client) -> None:
    error, says = told(client, client_id="my-aqq")

    assert error == "invalid_client"
    assert "my-aqq" in says
    assert "ninestep app list" in says


def test_each_way_to_spoil_a_code_has_a_sentence_of_its_own(world: Any, client: Client) -> None:
    code = client.answer()["code"]
    other = Client(world)

    slash = told(client, code=code, redirect_uri=client.app["redirect_uris"][0] + "/")
    foreign = told(other, code=code)
    missing = told(client, code=None)
    unknown = told(client, code="nosuchcode")
    assert client.token(code=code).status_code == 200
    twice = told(client, code=code)
    late = client.answer()["code"]
    world.advance("11m")
    expired = told(client, code=late)

    assert [slash[0], foreign[0], unknown[0], twice[0], expired[0]] == ["invalid_grant"] * 5
    assert "redirect_uri" in slash[1]
    assert "another client_id" in foreign[1]
    assert missing == ("invalid_request", "code is missing")
    assert "never given" in unknown[1]
    assert "before" in twice[1]
    assert "expired" in expired[1]
    assert code not in "".join([*slash, *foreign, *twice])


def test_a_body_that_is_no_form_is_told_the_one_that_counts(client: Client) -> None:
    for path in ("token", "par", "revoke", "introspect", "device_authorization"):
        answer = requests.post(f"{client.town.provider}/oauth/{path}", json={}, timeout=10).json()

        assert answer["error"] == "invalid_request"
        assert "application/x-www-form-urlencoded, not application/json" in answer["error_description"]


def test_two_ways_and_two_values_are_named(client: Client) -> None:
    address, me = f"{client.town.provider}/oauth/token", (client.app["appid"], client.app["secret"])
    both = {"grant_type": "authorization_code", "client_id": me[0], "client_secret": me[1]}
    twice = [("grant_type", "refresh_token"), ("scope", "a"), ("scope", "b")]

    ways = requests.post(address, data=both, auth=me, timeout=10).json()
    values = requests.post(address, data=twice, auth=me, timeout=10).json()
    nothing = requests.post(address, data={"code": "x"}, auth=me, timeout=10).json()

    assert ways["error_description"] == "two ways to authenticate"
    assert values["error_description"] == "sent more than once: scope"
    assert "grant_type is missing" in nothing["error_description"]


def test_a_pushed_request_is_told_as_much(client: Client) -> None:
    form = {
        "client_id": client.app["appid"],
        "client_secret": client.app["secret"],
        "redirect_uri": client.app["redirect_uris"][0],
        "response_type": "code",
        "scope": "profil",
    }

    answer = requests.post(f"{client.town.provider}/oauth/par", data=form, timeout=10).json()

    assert answer["error"] == "invalid_scope"
    assert "profil" in answer["error_description"]


def test_a_registration_names_every_value_that_is_possible(client: Client) -> None:
    sent = {"redirect_uris": ["http://127.0.0.1/cb"], "grant_types": ["code"]}

    says = requests.post(f"{client.town.provider}/oauth/register", json=sent, timeout=10).json()

    assert says["error_description"].endswith("grant-type:token-exchange"), "not cut"


def test_no_sentence_has_what_the_rfc_forbids() -> None:
    """RFC 6749 §5.2; whatever was sent."""
    odd = 'a"b\\c\u4e2d\r\n\x00' * 200
    for reason in descriptions.SAYS:
        said = descriptions.describe(reason, odd)

        assert 0 < len(said) <= MOST
        assert all(" " <= c <= "~" and c not in '"\\' for c in said), reason
