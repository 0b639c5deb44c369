"""Clients that register themselves (RFC 7591) over HTTP, and log in with what they were given."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ninestep.settings import ProviderSettings, SettingsError
from ninestep_provider.dialects.standard import registration
from registering import WHO, Registered, register
from signing import EC, public
from standard_client import CALLBACK


def test_a_client_registers_and_logs_in(world: Any) -> None:
    client = Registered(world)

    assert client.told["client_secret_expires_at"] == 0
    assert client.told["token_endpoint_auth_method"] == "client_secret_basic"
    assert client.told["grant_types"] == ["authorization_code", "refresh_token"]
    assert client.told["response_types"] == ["code"]
    assert client.told["client_name"] == "自己来的"
    assert client.told["client_id_issued_at"] > 1_700_000_000
    code = client.answer(scope="openid profile")["code"]
    auth = (client.told["client_id"], client.told["client_secret"])
    tokens = client.token(auth=auth, code=code).json()
    assert client.userinfo(tokens)["sub"] == "zhangsan"
    assert client.app["world"] == world.name


def test_the_secret_is_told_once_and_nobody_stores_the_answer(world: Any) -> None:
    answer = register(world)

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert len(answer.json()["client_secret"]) >= 32


def test_without_a_world_it_is_the_towns(world: Any) -> None:
    answer = requests.post(f"{world.town.provider}/oauth/register", json=WHO, timeout=10)

    appid = answer.json()["client_id"]
    assert world.town.api("GET", f"/apps/{appid}")["world"] == "town"
    world.town.api("DELETE", f"/apps/{appid}")


@pytest.mark.parametrize(
    ("metadata", "kind", "public_one"),
    [
        ({}, "web", False),
        ({"token_endpoint_auth_method": "none"}, "spa", True),
        ({"application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"]}, "native", True),
        ({"redirect_uris": ["com.example.app:/cb"]}, "native", True),
        ({"grant_types": ["client_credentials"], "redirect_uris": None}, "machine", False),
        (
            {
                "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
                "redirect_uris": None,
                "token_endpoint_auth_method": "none",
            },
            "native",
            True,
        ),
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": public(EC)}, "web", False),
    ],
)
def test_its_kind_follows_from_what_it_says(
    world: Any, metadata: dict[str, Any], kind: str, public_one: bool
) -> None:
    told = register(world, **metadata).json()

    app = world.town.api("GET", f"/apps/{told['client_id']}")
    assert (app["kind"], app["type"]) == (kind, "public" if public_one else "confidential")
    secret = told["token_endpoint_auth_method"].startswith("client_secret")
    assert ("client_secret" in told) is ("client_secret_expires_at" in told) is secret


def test_what_it_asked_for_is_in_effect(world: Any) -> None:
    told = register(
        world,
        grant_types=["authorization_code", "implicit"],
        response_types=["code", "token"],
        scope="openid email address",
        id_token_signed_response_alg="ES256",
        require_pushed_authorization_requests=True,
        post_logout_redirect_uris=["http://127.0.0.1/bye"],
        jwks=public(EC),
        token_endpoint_auth_method="client_secret_post",
        logo_uri="https://cdn.example/logo.png",
        contacts=["a@example.test"],
    ).json()

    app = world.town.api("GET", f"/apps/{told['client_id']}")
    assert app["grant_types"] == told["grant_types"] == ["authorization_code", "implicit"]
    assert told["scope"] == " ".join(app["scopes"]) == "openid email"
    assert app["id_token_signed_response_alg"] == told["id_token_signed_response_alg"] == "ES256"
    assert app["policies"]["require_par"] is told["require_pushed_authorization_requests"] is True
    assert app["post_logout_redirect_uris"] == told["post_logout_redirect_uris"] == ["http://127.0.0.1/bye"]
    assert app["jwks"] == told["jwks"] == public(EC)
    assert app["token_endpoint_auth_method"] == "client_secret_post"
    assert "logo_uri" not in told, "nothing is fetched from anywhere"


def test_who_asks_for_no_scopes_is_held_to_none(world: Any) -> None:
    """RFC 7591 §3.2.1 tells what is registered. idpyoidc takes a scope that it did not ask for as an order."""
    client = Registered(world)

    assert "scope" not in client.told
    auth = (client.told["client_id"], client.told["client_secret"])
    tokens = client.token(auth=auth, code=client.answer(scope="openid read")["code"]).json()
    assert tokens["scope"] == "openid read"


def test_an_address_of_keys_that_nobody_needs_is_ignored(world: Any) -> None:
    """RFC 7591 §2: relying parties send it always; the answer tells that it was not taken."""
    answer = register(world, jwks_uri="https://keys.example/")

    assert answer.status_code == 201
    assert "jwks_uri" not in answer.json()


def test_who_lists_all_that_it_could_do_gets_what_there_is(world: Any) -> None:
    """RFC 7591 §2: a server may substitute what it does not have; mod_auth_openidc registers in this way."""
    told = register(
        world,
        grant_types=["authorization_code", "implicit", "refresh_token"],
        response_types=["code", "id_token", "id_token token", "code id_token", "code token"],
    ).json()

    app = world.town.api("GET", f"/apps/{told['client_id']}")
    assert told["response_types"] == ["code", "id_token", "id_token token", "code id_token"], "in its order"
    assert app["grant_types"] == told["grant_types"] == ["authorization_code", "implicit", "refresh_token"]


def test_what_nobody_has_takes_its_grant_with_it(world: Any) -> None:
    both = ["authorization_code", "implicit"]

    told = register(world, grant_types=both, response_types=["code", "code token"]).json()

    assert told["response_types"] == ["code"]
    assert told["grant_types"] == ["authorization_code"]


def test_two_clients_share_no_secret(world: Any) -> None:
    assert len({register(world).json()["client_secret"] for _ in range(3)}) == 3


def test_nobody_chooses_who_it_is_or_what_its_secret_is(world: Any) -> None:
    """RFC 9700 §4.15.1: a client_id that is a user's name would make the one pass for the other."""
    chosen = {"client_id": "zhangsan", "client_secret": "s" * 40, "sub": "zhangsan", "client_id_issued_at": 1}

    told = register(world, **chosen).json()

    assert told["client_id"] != register(world, **chosen).json()["client_id"] != "zhangsan"
    assert told["client_secret"] != chosen["client_secret"]
    assert told["client_id_issued_at"] > 1
    assert "sub" not in told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["not an address"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK + "#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [7]}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"{CALLBACK}&n={n}" for n in range(101)]}, "invalid_redirect_uri"),
        (
            {"redirect_uris": [CALLBACK, "com.example.app:/cb"], "application_type": "app"},
            "invalid_client_metadata",
        ),
        ({"grant_types": ["magic"]}, "invalid_client_metadata"),
        ({"grant_types": "authorization_code"}, "invalid_client_metadata"),
        (
            {"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"},
            "invalid_client_metadata",
        ),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"response_types": ["code id_token"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"], "response_types": ["code"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        (
            {"application_type": "native", "token_endpoint_auth_method": "client_secret_basic"},
            "invalid_client_metadata",
        ),
        ({"jwks": public(EC), "jwks_uri": "https://keys.example/"}, "invalid_client_metadata"),
        (
            {"jwks_uri": "https://keys.example/", "token_endpoint_auth_method": "private_key_jwt"},
            "invalid_client_metadata",
        ),
        ({"jwks": {"keys": [EC.as_dict(private=True)]}}, "invalid_client_metadata"),
        ({"scope": "address phone"}, "invalid_client_metadata"),
        ({"scope": ["openid"]}, "invalid_client_metadata"),
        ({"subject_type": "pairwise"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"client_name": "名" * 129}, "invalid_client_metadata"),
        ({"require_pushed_authorization_requests": "yes"}, "invalid_client_metadata"),
    ],
)
def test_what_cannot_be_is_refused_in_the_rfcs_words_and_leaves_nothing(
    world: Any, changes: dict[str, Any], error: str
) -> None:
    before = len(world.town.api("GET", "/apps", params={"world": world.name}))

    answer = register(world, **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    says = answer.json()["error_description"]
    assert says
    assert says.isascii()
    assert '"' not in says
    assert len(world.town.api("GET", "/apps", params={"world": world.name})) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 50_000])
def test_a_body_that_is_no_object_is_refused(world: Any, body: bytes) -> None:
    answer = requests.post(
        f"{world.town.provider}/oauth/register",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_form_of_another_site_registers_nothing(world: Any) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = requests.post(
            f"{world.town.provider}/oauth/register",
            data='{"redirect_uris":["http://127.0.0.1/cb"]}',
            headers={"Content-Type": kind},
            timeout=10,
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_world_that_is_not_there_is_told(world: Any) -> None:
    answer = requests.post(
        f"{world.town.provider}/oauth/register", json=WHO, params={"world": "nowhere"}, timeout=10
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def metadata_of(control: Any) -> dict[str, Any]:
    return dict(control.client.get("/.well-known/openid-configuration").get_json())


@pytest.mark.parametrize(
    ("settings", "is_open"),
    [
        ({}, True),
        ({"registration": "closed"}, False),
        ({"bind": "0.0.0.0", "admin_token": "a" * 32}, False),
        ({"bind": "0.0.0.0", "admin_token": "a" * 32, "registration": "open"}, True),
        ({"bind": "0.0.0.0", "exposure": "loopback"}, True),
    ],
)
def test_it_is_open_where_only_loopback_reaches_the_town_or_as_the_setting_says(
    start: Any, settings: dict[str, Any], is_open: bool
) -> None:
    control = start(**settings)

    answer = control.client.post("/oauth/register", json=WHO, base_url="http://127.0.0.1")

    assert answer.status_code == (201 if is_open else 403)
    assert ("client_id" if is_open else "error") in answer.get_json()
    assert ("registration_endpoint" in metadata_of(control)) is is_open


def test_the_setting_is_one_of_two_words() -> None:
    with pytest.raises(SettingsError, match="REGISTRATION"):
        ProviderSettings(registration="yes")


def test_they_are_limited_in_number(control: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = control("POST", "/apps", {"dialect": "standard"})
    monkeypatch.setattr(registration, "MOST_APPS", 3)

    def status() -> int:
        query = {"world": app["world"]}
        return int(control.client.post("/oauth/register", json=WHO, query_string=query).status_code)

    assert [status() for _ in range(4)] == [201, 201, 403, 403]
