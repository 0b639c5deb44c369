"""How a client proves itself: one way per request, and the one that it registered (RFC 6749 §2.3, RFC 7523), over HTTP."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any
from urllib.parse import quote_plus

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from signing import EC, OKP, RSA, STRANGER, TYPE, Signing, public
from standard_client import Client

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

ENDPOINTS = ("token", "revoke", "introspect", "par")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_signed_assertion_proves_the_client_with_every_algorithm(world: Any, alg: str) -> None:
    client = Signing(world)

    answer = client.redeem(client.assertion(alg))

    assert answer.status_code == 200, answer.text
    assert client.userinfo(answer.json())["id"] == "zhangsan"


def test_a_key_without_kid_is_found_by_trying(world: Any) -> None:
    client = Signing(world)

    assert client.redeem(client.assertion("ES256", header={})).status_code == 200
    assert (
        client.redeem(client.assertion("EdDSA", header={}), client_id=client.app["appid"]).status_code == 200
    )


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        ("{provider}", 200),
        ("{provider}/oauth/token", 200),
        ("{provider}/oauth/par", 200),
        (["https://else.example", "{provider}"], 200),
        ("https://else.example", 401),
        ("{provider}/", 401),
        ("", 401),
        ([], 401),
        (None, 401),
        (7, 401),
    ],
)
def test_an_assertion_is_for_this_server(world: Any, audience: Any, status: int) -> None:
    client = Signing(world)

    def put(text: Any) -> Any:
        return text.format(provider=client.town.provider) if isinstance(text, str) else text

    meant = [put(one) for one in audience] if isinstance(audience, list) else put(audience)
    answer = client.redeem(client.assertion(aud=meant))

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("changes", "check"),
    [  # times are of the collection, and a long run comes here hours later
        ({"iss": "somebody"}, "client assertion about itself"),
        ({"sub": "somebody"}, "client assertion about itself"),
        ({"iss": None}, "client assertion about itself"),
        ({"exp": int(time.time()) - 3600}, "client assertion in time"),
        ({"exp": int(time.time()) + 100_000}, "client assertion in time"),
        ({"exp": None}, "client assertion in time"),
        ({"exp": "soon"}, "client assertion in time"),
        ({"exp": True}, "client assertion in time"),
        ({"exp": float("nan")}, "client assertion in time"),
        ({"exp": float("inf")}, "client assertion in time"),
        ({"exp": 10**400}, "client assertion in time"),
        ({"iat": float("nan")}, "client assertion in time"),
        ({"nbf": int(time.time()) + 100_000}, "client assertion in time"),
        ({"iat": int(time.time()) + 100_000}, "client assertion in time"),
        ({"jti": None}, "client assertion not used before"),
        ({"jti": ""}, "client assertion not used before"),
        ({"jti": 7}, "client assertion not used before"),
        ({"jti": "j" * 300}, "client assertion not used before"),
    ],
)
def test_every_claim_counts(world: Any, changes: dict[str, Any], check: str) -> None:
    client = Signing(world)
    code = client.answer()["code"]

    refused = client.redeem(client.assertion(**changes), code=code, client_id=client.app["appid"])

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert client.checks()[check] is False
    assert client.redeem(client.assertion(), code=code).status_code == 200, "the code was not spent"


def forged(client: Signing, how: str) -> str:
    if how == "none":
        head, body = ({"alg": "none"}, client.claims())
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)
        ]
        return ".".join([*parts, ""])
    if how == "public key as secret":
        secret = OctKey.import_key(json.dumps(RSA.as_dict(private=False)))
        return jwt.encode({"alg": "HS256", "kid": "rsa"}, client.claims(), secret, algorithms=["HS256"])
    if how == "client_secret":
        secret = OctKey.import_key(client.app["secret"])
        return jwt.encode({"alg": "HS256"}, client.claims(), secret, algorithms=["HS256"])
    if how == "another's key":
        return client.assertion("ES256", STRANGER)
    if how == "unknown kid":
        return client.assertion("ES256", header={"kid": "gone"})
    if how == "RS512":
        return jwt.encode({"alg": "RS512", "kid": "rsa"}, client.claims(), RSA, algorithms=["RS512"])
    if how == "two":
        return f"{client.assertion()} {client.assertion()}"
    if how == "altered":
        head, body, signature = client.assertion().split(".")
        more = base64.urlsafe_b64encode(json.dumps(client.claims()).encode()).decode().rstrip("=")
        return f"{head}.{more}.{signature}"
    return how


FORGERIES = [
    *(
        "none",
        "public key as secret",
        "client_secret",
        "another's key",
        "unknown kid",
        "RS512",
        "altered",
        "two",
    ),
    *("a.b.c", "no jwt at all", "..", "é.é.é", "[" * 5000, "e30.e30.e30", "." * 200),
]


@pytest.mark.parametrize("how", FORGERIES, ids=lambda how: how[:20])
def test_no_forged_assertion_is_taken(world: Any, how: str) -> None:
    client = Signing(world)

    answer = client.redeem(forged(client, how), client_id=client.app["appid"])

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("kind", [None, "", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_an_assertion_names_its_type(world: Any, kind: str | None) -> None:
    client = Signing(world)

    answer = client.redeem(client.assertion(), client_assertion_type=kind)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_public_clients_assertion_is_no_proof_and_no_way_around_one(world: Any) -> None:
    client = Client(world, kind="spa")
    signing = Signing(world)

    answer = client.token(code="x", client_secret=None, client_assertion_type=TYPE, client_assertion="x")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    answer = signing.redeem(signing.assertion(), client_id=client.app["appid"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_assertion_counts_once_and_a_refused_one_is_not_spent(world: Any) -> None:
    client = Signing(world)
    assertion = client.assertion()
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"disabled": True})
    assert client.redeem(assertion, code="x").status_code == 401
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"disabled": False})

    code = client.answer()["code"]
    assert client.redeem(assertion, code=code).status_code == 200
    again = client.redeem(assertion)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert client.checks()["client assertion not used before"] is False


def test_what_an_assertion_says_besides_counts_nothing(world: Any) -> None:
    client = Signing(world)

    assert client.redeem(client.assertion(scope="everything", nobody_knows={"this": []})).status_code == 200


def test_two_clients_may_have_the_same_jti(world: Any) -> None:
    first, second = Signing(world), Signing(world)

    assert first.redeem(first.assertion(jti="one")).status_code == 200
    assert second.redeem(second.assertion(jti="one")).status_code == 200


def test_of_many_at_once_one_assertion_is_taken(world: Any) -> None:
    client = Signing(world, kind="machine", grant_types=["client_credentials"])
    for _ in range(5):
        assertion, barrier, told = client.assertion(), threading.Barrier(16), []

        def speak(
            assertion: str = assertion, barrier: threading.Barrier = barrier, told: list[int] = told
        ) -> None:
            barrier.wait()
            told.append(client.call(assertion, grant_type="client_credentials").status_code)

        crowd = [threading.Thread(target=speak) for _ in range(16)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
        assert sorted(told) == [200] + [401] * 15


def test_times_are_of_this_machine_unless_the_app_wants_the_worlds(world: Any) -> None:
    usual, virtual = Signing(world), Signing(world, policies={"jwt_time": "virtual"})
    world.advance("5h")

    assert usual.redeem(usual.assertion()).status_code == 200
    assert virtual.redeem(virtual.assertion()).status_code == 401
    then = int(time.time()) + 5 * 3600
    assert virtual.redeem(virtual.assertion(iat=then, exp=then + 60)).status_code == 200


@pytest.mark.parametrize("path", ENDPOINTS)
def test_assertions_are_taken_wherever_clients_prove_themselves(world: Any, path: str) -> None:
    client = Signing(world)
    tokens = client.redeem(client.assertion()).json()
    sent = {
        "token": {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        "par": {
            "client_id": client.app["appid"],
            "response_type": "code",
            "redirect_uri": client.app["redirect_uris"][0],
        },
    }.get(path, {"token": tokens["access_token"]})

    assert client.call(client.assertion(aud="https://else.example"), path, **sent).status_code == 401
    assert client.call(client.assertion(aud=f"{client.town.provider}/oauth/{path}"), path, **sent).ok


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("ways", ["basic and body", "basic and assertion", "body and assertion"])
def test_two_ways_at_once_are_a_wrong_request(world: Any, path: str, ways: str) -> None:
    client = Signing(world)
    own, secret = client.app["appid"], client.app["secret"]
    body = {"grant_type": "client_credentials", "token": "x", "response_type": "code"}
    auth = (own, secret) if "basic" in ways else None
    if "body" in ways:
        body |= {"client_id": own, "client_secret": secret}
    if "assertion" in ways:
        body |= {"client_assertion_type": TYPE, "client_assertion": client.assertion()}

    answer = requests.post(f"{client.town.provider}/oauth/{path}", data=body, auth=auth, timeout=10)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")


@pytest.mark.parametrize("method", METHODS)
def test_an_app_proves_itself_in_the_way_that_it_registered_and_in_no_other(world: Any, method: str) -> None:
    client = Signing(world, token_endpoint_auth_method=method)
    own, secret = client.app["appid"], client.app["secret"] or "x"

    def answer(way: str) -> requests.Response:
        sent = {"grant_type": "refresh_token", "refresh_token": "unknown", "client_id": own}
        if way == "private_key_jwt":
            return client.call(client.assertion(), **sent)
        if way == "client_secret_post":
            sent["client_secret"] = secret
        auth = (own, secret) if way == "client_secret_basic" else None
        return requests.post(client.endpoint, data=sent, auth=auth, timeout=10)

    told = {way: answer(way).json()["error"] for way in METHODS}
    assert told == {way: "invalid_grant" if way == method else "invalid_client" for way in METHODS}


def test_a_public_client_may_name_itself_in_a_header_with_an_empty_secret(world: Any) -> None:
    """RFC 6749 §2.3.1: an empty secret may be left out, so sending it changes nothing; a confidential app's is wrong."""
    device = "urn:ietf:params:oauth:grant-type:device_code"
    public, confidential = Client(world, kind="native", grant_types=[device]), Client(world)
    answers = []
    for client in (public, confidential):
        nobody, url = (client.app["appid"], ""), f"{client.town.provider}/oauth/token"
        form = {"grant_type": device, "device_code": "unknown"}
        answers.append(requests.post(url, form, auth=nobody, timeout=10))
        answers.append(requests.post(url, {**form, "client_id": nobody[0]}, auth=nobody, timeout=10))

    told = [(answer.status_code, answer.json()["error"]) for answer in answers]
    assert told == [(400, "invalid_grant")] * 2 + [(401, "invalid_client")] * 2


def test_basic_credentials_are_form_urlencoded(world: Any) -> None:
    secret = "a+b%c d/é:" + "x" * 10
    odd = "a+b%25c:/=&?" + "y" * 4
    client = Client(world)
    client.town.api(
        "PUT",
        f"/apps/{client.app['appid']}",
        {
            **{name: client.app[name] for name in ("world", "dialect", "kind", "redirect_uris", "consent")},
            "secret": odd,
        },
    )
    sent = {"grant_type": "refresh_token", "refresh_token": "unknown"}

    def error(basic: str) -> str:
        header = {"Authorization": "Basic " + base64.b64encode(basic.encode()).decode()}
        told = requests.post(f"{client.town.provider}/oauth/token", data=sent, headers=header, timeout=10)
        assert ("WWW-Authenticate" in told.headers) is (told.status_code == 401)
        return str(told.json()["error"])

    assert error(f"{client.app['appid']}:{quote_plus(odd)}") == "invalid_grant"
    assert error(f"{client.app['appid']}:{odd}") == "invalid_client"
    assert error(f"{client.app['appid']}:{quote_plus(secret)}") == "invalid_client"


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ", "Basic ###", "Basic " + base64.b64encode(b"no colon").decode(), "Basic /////w=="],
)
def test_a_basic_header_that_cannot_be_read_is_401_with_a_challenge(world: Any, header: str) -> None:
    client = Client(world)
    body = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": client.app["appid"]}

    answer = requests.post(
        f"{client.town.provider}/oauth/token", data=body, headers={"Authorization": header}, timeout=10
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"token_endpoint_auth_method": "private_key_jwt", "jwks": {}}, "jwks"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"jwks": {"keys": "x"}}, "jwks"),
        ({"jwks": {"keys": [EC.as_dict(private=True)]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "jwks"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256"}]}}, "jwks"),
        ({"jwks": public(EC, STRANGER)}, "jwks"),
        (
            {"kind": "spa", "token_endpoint_auth_method": "private_key_jwt", "jwks": public(EC)},
            "token_endpoint_auth_method",
        ),
        (
            {"dialect": "wechat", "token_endpoint_auth_method": "private_key_jwt", "jwks": public(EC)},
            "token_endpoint_auth_method",
        ),
        ({"jwks_uri": "https://keys.example/jwks"}, "jwks_uri"),
    ],
)
def test_what_can_be_registered(control: Any, fields: dict[str, Any], field: str) -> None:
    refused = control.refused("POST", "/apps", {"dialect": "standard", **fields})

    assert refused["field"] == field


def test_the_registered_keys_are_told_and_the_assertion_is_not(world: Any) -> None:
    client = Signing(world)
    assert client.town.api("GET", f"/apps/{client.app['appid']}")["jwks"] == public(RSA, EC, OKP)
    assertion = client.assertion()
    client.redeem(assertion)

    flow = client.world.flow()["id"]
    assert assertion not in json.dumps(client.town.api("GET", f"/flows/{flow}/export.json"))


def test_the_metadata_list_what_is_taken(world: Any) -> None:
    found = requests.get(f"{world.town.provider}/.well-known/openid-configuration", timeout=10).json()

    assert found["token_endpoint_auth_methods_supported"] == list(METHODS)
    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in found[f"{endpoint}_endpoint_auth_methods_supported"]
        assert found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] == [
            "RS256",
            "PS256",
            "ES256",
            "EdDSA",
        ]
