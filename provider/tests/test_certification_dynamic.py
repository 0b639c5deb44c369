"""What the OpenID Foundation's certification asks of discovery and of clients that register themselves (Config and
Dynamic OP), as far as no other test does it. docs/certification.md has every module."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from registering import Registered, register
from signing import TYPE, public
from standard_client import CALLBACK, Client, get, verified

pytestmark = pytest.mark.thorough

QUERY = "http://127.0.0.1/cb?dummy1=lorem&dummy2=ipsum"
PLAIN = "http://127.0.0.1/cb"
NO_KID = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=False)
SECRET_PARTS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def found(world: Any) -> dict[str, Any]:
    document: dict[str, Any] = get(f"{world.town.provider}/.well-known/openid-configuration").json()
    return document


def test_the_metadata_have_what_a_provider_of_strangers_has_to_have(
    world: Any, found: dict[str, Any]
) -> None:
    assert found["issuer"] == world.town.provider
    assert set(found["response_types_supported"]) >= {"code", "id_token", "id_token token"}
    assert set(found["grant_types_supported"]) >= {"authorization_code", "implicit"}
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "none" not in found["id_token_signing_alg_values_supported"]
    assert "openid" in found["scopes_supported"]
    assert found["claims_parameter_supported"] is True
    assert found["ui_locales_supported"] == ["zh-CN", "en"]
    assert "registration_endpoint" in found
    for name, value in found.items():
        if name.endswith("_supported") and name.split("_")[-2] in ("types", "values", "methods", "modes"):
            assert isinstance(value, list), name
            assert len(set(value)) == len(value) > 0, name


def test_behind_tls_every_address_is_https(start: Any) -> None:
    """The certification wants nothing else; on loopback the town speaks http, and fails there."""
    urls = {"provider_url": "https://op.example", "resource_url": "https://api.example"}
    control = start(**urls, allowed_hosts=("op.example",))

    found = control.client.get("/.well-known/openid-configuration", base_url="https://op.example").get_json()

    assert found["issuer"] == "https://op.example"
    addresses = [value for name, value in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) > 8
    assert all(address.startswith(tuple(f"{url}/" for url in urls.values())) for address in addresses)


def test_each_key_can_be_told_from_the_others_and_is_public(found: dict[str, Any]) -> None:
    keys = get(found["jwks_uri"]).json()["keys"]

    assert len({key["kid"] for key in keys}) == len(keys)
    needed = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}
    for key in keys:
        assert set(key) == {"kty", "kid", "use", "alg", *needed[key["kty"]]}
        assert not SECRET_PARTS & set(key)


@pytest.mark.parametrize("alg", [None, "RS256"])
def test_who_registered_its_key_logs_in_with_it(world: Any, found: dict[str, Any], alg: str | None) -> None:
    """As the certification's own client: an RSA key without ``kid``, which also has contacts."""
    client = Registered(
        world,
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="private_key_jwt",
        jwks=public(NO_KID),
        contacts=["certification@example.test"],
        id_token_signed_response_alg=alg,
    )
    me, now = client.told["client_id"], int(time.time())
    claims = {"iss": me, "sub": me, "iat": now, "exp": now + 60}

    for audience in (found["token_endpoint"], found["issuer"]):
        signed = jwt.encode({"alg": "RS256"}, {**claims, "aud": audience, "jti": secrets.token_hex()}, NO_KID)
        proof = {"client_assertion": signed, "client_assertion_type": TYPE, "client_id": None}
        code = client.answer(scope="openid")["code"]
        tokens = client.token(code=code, client_secret=None, **proof).json()
        assert verified(world.town, tokens["id_token"]).header["alg"] == "RS256"
        assert client.userinfo(tokens) == {"sub": "zhangsan"}


@pytest.mark.parametrize(
    ("kind", "grants"),
    [
        ("code", ["authorization_code", "refresh_token"]),
        ("id_token", ["implicit"]),
        ("id_token token", ["implicit"]),
        ("code id_token", ["authorization_code", "implicit"]),
    ],
)
def test_who_registered_for_a_response_type_gets_it(world: Any, kind: str, grants: list[str]) -> None:
    """As the certification registers for each of its plans, with its secret where none is needed too."""
    client = Registered(
        world, grant_types=grants, response_types=[kind], token_endpoint_auth_method="client_secret_basic"
    )
    assert (client.told["response_types"], client.told["grant_types"]) == ([kind], grants)

    answer = client.answer(response_type=kind, scope="openid", nonce="n-1", redirect_uri=CALLBACK)

    names = {"token": "access_token"}
    wanted = {names.get(word, word) for word in kind.split()}
    assert wanted == {"code", "id_token", "access_token"} & set(answer)
    without = {
        "code": "id_token",
        "id_token": "code",
        "id_token token": "code",
        "code id_token": "code token",
    }
    other = client.answer(response_type=without[kind], scope="openid", nonce="n-1")
    assert other["error"] in ("unsupported_response_type", "unauthorized_client")


def test_an_id_token_without_a_signature_is_registered_by_nobody(world: Any) -> None:
    refused = register(world, id_token_signed_response_alg="none")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


def asked(client: Client, uri: str | None) -> requests.Response:
    return client.authorize(redirect_uri=uri, scope="openid")


def test_a_query_that_was_registered_stays_and_no_other_is_taken(world: Any) -> None:
    client = Registered(world, redirect_uris=[QUERY])

    assert asked(client, QUERY).headers["Location"].startswith(f"{QUERY}&code=")
    for wrong in (PLAIN, f"{PLAIN}?dummy1=lorem&dummy2=dolor", f"{PLAIN}?dummy2=ipsum&dummy1=lorem"):
        page = asked(client, wrong)
        assert (page.status_code, "Location" in page.headers) == (400, False), wrong


@pytest.mark.parametrize("added", ["?foo=bar", "?", "/more"])
def test_nothing_is_added_to_an_address(world: Any, added: str) -> None:
    page = asked(Registered(world, redirect_uris=[PLAIN]), PLAIN + added)

    assert (page.status_code, "Location" in page.headers) == (400, False)


def test_of_two_addresses_one_has_to_be_named(world: Any) -> None:
    page = asked(Registered(world, redirect_uris=[PLAIN, QUERY]), None)

    assert (page.status_code, "Location" in page.headers) == (400, False)


def test_an_address_with_a_fragment_cannot_be_registered(world: Any) -> None:
    refused = register(world, redirect_uris=[f"{PLAIN}#fragment"])

    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/json"
    assert refused.json()["error"] == "invalid_redirect_uri"


@pytest.mark.parametrize(
    "metadata",
    [
        {"jwks_uri": "https://client.example/keys", "token_endpoint_auth_method": "private_key_jwt"},
        {"subject_type": "pairwise", "sector_identifier_uri": "https://client.example/redirect_uris.json"},
    ],
)
def test_what_would_have_to_be_fetched_is_refused_in_so_many_words(
    world: Any, metadata: dict[str, Any]
) -> None:
    refused = register(world, **metadata)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert next(name for name in metadata if name in refused.json()["error_description"])
