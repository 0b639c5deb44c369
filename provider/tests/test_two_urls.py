"""The provider as a container next to it meets it: back channels by the inside address, everything else public."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet

pytestmark = pytest.mark.thorough

PUBLIC, INSIDE = "http://127.0.0.1:9000", "http://provider:9000"
RESOURCE, RESOURCE_INSIDE = "http://127.0.0.1:9001", "http://resource-api:9001"
CALLBACK = "http://127.0.0.1/callback"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FRONT = {"authorization_endpoint", "end_session_endpoint"}


@pytest.fixture
def compose(start: Any) -> Any:
    """As docker-compose.yml sets it."""
    return start(
        provider_internal_url=INSIDE,
        resource_internal_url=RESOURCE_INSIDE,
        bind="0.0.0.0",
        exposure="loopback",
        allowed_hosts=("provider", "resource-api", "host.docker.internal"),
    )


def metadata(control: Any, base: str) -> dict[str, Any]:
    answer = control.client.get("/.well-known/openid-configuration", base_url=base)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def endpoints(document: dict[str, Any]) -> dict[str, str]:
    return {
        name: value
        for name, value in document.items()
        if isinstance(value, str) and name.endswith(("_endpoint", "jwks_uri"))
    }


def test_a_container_is_told_the_public_issuer_and_back_channels_that_it_reaches(compose: Any) -> None:
    document = metadata(compose, INSIDE)

    assert document["issuer"] == PUBLIC
    for name, url in endpoints(document).items():
        base = PUBLIC if name in FRONT else RESOURCE_INSIDE if name == "userinfo_endpoint" else INSIDE
        assert url.startswith(f"{base}/"), name
    assert {"token_endpoint", "jwks_uri", "registration_endpoint"} <= set(endpoints(document))


@pytest.mark.parametrize(
    ("internal", "asked"),
    [
        ("http://provider", "http://provider:80"),
        ("http://provider:80", "http://provider"),
        ("http://Provider:9000", "http://provider:9000"),
    ],
)
def test_an_inside_address_may_leave_its_port_unsaid(start: Any, internal: str, asked: str) -> None:
    control = start(provider_internal_url=internal)

    assert metadata(control, asked)["token_endpoint"] == f"{internal}/oauth/token"
    assert metadata(control, PUBLIC)["token_endpoint"] == f"{PUBLIC}/oauth/token"


@pytest.mark.parametrize("base", [PUBLIC, "http://localhost:9000", "http://host.docker.internal:9000"])
def test_whoever_asks_by_another_name_is_told_public_addresses_alone(compose: Any, base: str) -> None:
    document = metadata(compose, base)

    assert document["issuer"] == PUBLIC
    assert {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in endpoints(document).values()} == {
        PUBLIC,
        RESOURCE,
    }


def test_one_name_for_both_sides_is_the_issuer_everywhere(start: Any) -> None:
    """For a library that reads the metadata at the issuer alone (OpenID Connect Discovery §4.3)."""
    control = start(provider_url=INSIDE, resource_url=RESOURCE_INSIDE)

    document = metadata(control, INSIDE)

    assert document["issuer"] == INSIDE
    assert {f"http://{urlsplit(url).netloc}" for url in endpoints(document).values()} == {
        INSIDE,
        RESOURCE_INSIDE,
    }


def test_both_documents_differ_in_nothing_but_addresses(compose: Any) -> None:
    inside, public = metadata(compose, INSIDE), metadata(compose, PUBLIC)

    assert inside.keys() == public.keys()
    assert {name for name in inside if inside[name] != public[name]} == endpoints(public).keys() - FRONT


def test_a_name_that_nobody_set_is_not_answered(compose: Any) -> None:
    answer = compose.client.get("/.well-known/openid-configuration", base_url="http://evil.example:9000")

    assert answer.status_code == 421


def test_a_server_in_a_container_logs_a_person_in_whose_browser_is_outside(compose: Any) -> None:
    """Its proofs and assertions are for the addresses that it was told; all that it gets is of the public issuer."""
    key = ECKey.generate_key("P-256")
    app = compose(
        "POST",
        "/apps",
        {
            "dialect": "standard",
            "redirect_uris": [CALLBACK],
            "consent": {"mode": "auto", "user": "zhangsan"},
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key.as_dict(private=False)]},
            "id_token_signed_response_alg": "ES256",
            "access_token_format": "jwt",
            "dpop": True,
        },
    )
    told = metadata(compose, INSIDE)
    endpoint, now = told["token_endpoint"], int(time.time())
    asked = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    answer = compose.stage(urlsplit(told["authorization_endpoint"]).path, asked).headers["Location"]
    code = dict(parse_qsl(urlsplit(answer).query))
    assert code["iss"] == PUBLIC
    claims = {"iss": app["appid"], "sub": app["appid"], "aud": endpoint, "exp": now + 60, "jti": "one"}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    proof = {"jti": secrets.token_hex(), "htm": "POST", "htu": endpoint, "iat": now}
    sent = {
        "grant_type": "authorization_code",
        "code": code["code"],
        "redirect_uri": CALLBACK,
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"]),
    }

    tokens = compose.client.post(
        urlsplit(endpoint).path,
        base_url=INSIDE,
        data=sent,
        headers={"DPoP": jws.serialize_compact(header, json.dumps(proof), key, algorithms=["ES256"])},
    ).get_json()

    found = compose.client.get(urlsplit(told["jwks_uri"]).path, base_url=INSIDE).get_json()
    keys = KeySet.import_key_set(found)
    for name in ("id_token", "access_token"):
        assert jwt.decode(tokens[name], keys, algorithms=["ES256"]).claims["iss"] == PUBLIC
    assert tokens["token_type"] == "DPoP"


def test_a_device_in_a_container_shows_an_address_for_its_users_browser(compose: Any) -> None:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    app = compose(
        "POST",
        "/apps",
        {"dialect": "standard", "redirect_uris": [CALLBACK], "grant_types": [grant], "kind": "native"},
    )
    endpoint = metadata(compose, INSIDE)["device_authorization_endpoint"]

    told = compose.client.post(
        urlsplit(endpoint).path, base_url=INSIDE, data={"client_id": app["appid"]}
    ).get_json()

    assert told["verification_uri"].startswith(f"{PUBLIC}/")
