"""DPoP (RFC 9449) over HTTP: tokens that are bound to a key, at the token endpoint and at userinfo."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from joserfc.jwk import ECKey, OKPKey, RSAKey
from key_holder import Holder, holder
from ninestep.oauth import dpop
from registering import Registered
from standard_client import PKCE, VERIFIER, Client, get, verified

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


KEYS = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
    "RS256": lambda: RSAKey.generate_key(2048),
    "PS256": lambda: RSAKey.generate_key(2048),
}


@pytest.mark.parametrize("alg", KEYS)
def test_a_token_is_bound_to_the_key_of_the_proof(world: Any, alg: str) -> None:
    one = Holder(Client(world, dpop=True), KEYS[alg](), alg)

    tokens = one.login()

    assert tokens["token_type"] == "DPoP"
    assert one.userinfo(tokens["access_token"]).json()["sub"] == "zhangsan"
    renewed = one.refresh(tokens["refresh_token"]).json()
    assert renewed["token_type"] == "DPoP"
    assert one.userinfo(renewed["access_token"]).status_code == 200


def test_a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound(world: Any) -> None:
    one = holder(world)
    token = one.login()["access_token"]

    refused = one.userinfo(token, "Bearer")
    assert refused.status_code == 401
    assert refused.json() == {"error": "invalid_token"}
    assert refused.headers["WWW-Authenticate"].startswith(
        'DPoP realm="ninestep", error="invalid_token", error_description="this token is bound to a key: '
    )
    assert one.userinfo(token, "Bearer", proof="none").status_code == 401
    sent = requests.get(f"{world.town.resource}/userinfo", params={"access_token": token}, timeout=10)
    assert sent.status_code == 401

    plain = Client(world)
    bearer = plain.login()["access_token"]
    assert Holder(plain).userinfo(bearer).status_code == 401
    assert plain.userinfo({"access_token": bearer})["sub"] == "zhangsan"


def test_another_key_opens_nothing(world: Any) -> None:
    one = holder(world)
    thief = Holder(one.client)
    token = one.login()["access_token"]

    stolen = thief.userinfo(token)

    assert (stolen.status_code, stolen.json()) == (401, {"error": "invalid_token"})
    assert one.userinfo(token).status_code == 200


def test_an_app_with_dpop_gets_nothing_without_a_proof_and_spends_nothing(world: Any) -> None:
    one = holder(world)
    code = one.code()

    refused = one.redeem(code, "")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert one.redeem(code).status_code == 200


def test_an_app_without_dpop_may_bring_a_proof(world: Any) -> None:
    one = holder(world, dpop=False)

    assert one.login()["token_type"] == "DPoP"
    assert one.client.login()["token_type"] == "Bearer"


def wrong_proofs(one: Holder) -> dict[str, str]:
    url, other = one.endpoint, ECKey.generate_key("P-256")
    private = {"header": {"jwk": one.key.as_dict(private=True)}}
    return {
        "no JWT": "x",
        "two proofs": f"{one.proof(url)}, {one.proof(url)}",
        "another type": one.proof(url, header={"typ": "JWT"}),
        "another method": one.proof(url, "GET"),
        "another address": one.proof(url + "/more"),
        "another host": one.proof("http://elsewhere.test/oauth/token"),
        "too old": one.proof(url, iat=int(time.time()) - 400),
        "from the future": one.proof(url, iat=int(time.time()) + 100),
        "iat as a text": one.proof(url, iat=str(int(time.time()))),
        "no iat": one.proof(url, iat=None),
        "no jti": one.proof(url, jti=None),
        "jti of half a character": one.proof(url, jti="\ud800"),
        "iat without end": one.proof(url, iat=10**400),
        "jti of a number": one.proof(url, jti=7),
        "no htu": one.proof(url, htu=None),
        "signed by another": one.proof(url, signer=other),
        "a private key": one.proof(url, **private),
        "no key": one.proof(url, header={"jwk": None}),
        "not signed": one.proof(url).rsplit(".", 1)[0] + ".",
        "long": one.proof(url, more="x" * 5000),
    }


WRONG = (
    *("no JWT", "two proofs", "another type", "another method", "another address", "another host", "too old"),
    *(
        "from the future",
        "iat as a text",
        "no iat",
        "no jti",
        "jti of half a character",
        "iat without end",
        "jti of a number",
        "no htu",
        "signed by another",
    ),
    *("a private key", "no key", "not signed", "long"),
)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_proof_is_refused_and_spends_nothing(world: Any, wrong: str) -> None:
    one = holder(world)
    proofs, code = wrong_proofs(one), one.code()

    refused = one.redeem(code, proofs[wrong])

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert one.redeem(code).status_code == 200


def test_a_secret_key_is_no_proof(world: Any) -> None:
    from joserfc.jwk import OctKey

    one = holder(world)
    shared = OctKey.import_key("k" * 32)
    header = {"alg": "HS256", "jwk": {"kty": "oct", "k": "a2tra2tra2tra2tra2tra2tra2tra2s"}}

    assert one.redeem(one.code(), one.proof(one.endpoint, header=header, signer=shared)).status_code == 400


@pytest.mark.parametrize("wrong", [{"ath": "x"}, {"ath": None}, {"htm": "POST"}, {"htu": "http://a.test/"}])
def test_at_protected_data_the_proof_is_of_this_call_and_this_token(
    world: Any, wrong: dict[str, Any]
) -> None:
    one = holder(world)
    token = one.login()["access_token"]

    refused = one.userinfo(token, **wrong)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_dpop_proof")
    assert one.userinfo(token, proof="none").json()["error"] == "invalid_dpop_proof"
    assert one.userinfo(token).status_code == 200


def test_a_query_does_not_matter_to_the_address(world: Any) -> None:
    one = holder(world)

    assert (
        one.userinfo(one.login()["access_token"], htu=f"{world.town.resource}/userinfo?a=1#b").status_code
        == 200
    )


def test_a_proof_counts_once_and_a_replay_spends_no_code(world: Any) -> None:
    one = holder(world)
    proof, code = one.proof(one.endpoint), one.code()
    assert one.redeem(one.code(), proof).status_code == 200

    replayed = one.redeem(code, proof)

    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_dpop_proof")
    assert one.redeem(code).status_code == 200
    token, url = one.login()["access_token"], f"{world.town.resource}/userinfo"
    again = one.proof(url, "GET", token)
    assert [one.userinfo(token, proof=again).status_code for _ in range(2)] == [200, 401]


def test_a_proof_that_came_with_a_refused_code_can_still_be_used(world: Any) -> None:
    one = holder(world)
    proof = one.proof(one.endpoint)
    assert one.redeem("unknown", proof).json()["error"] == "invalid_grant"

    assert one.redeem(one.code(), proof).status_code == 200


def test_of_many_who_send_one_proof_at_once_one_is_served(world: Any) -> None:
    one = holder(world)
    codes, proof = [one.code() for _ in range(8)], one.proof(one.endpoint)
    together = threading.Barrier(len(codes))

    def redeem(code: str) -> int:
        together.wait(timeout=10)
        return one.redeem(code, proof).status_code

    with ThreadPoolExecutor(len(codes)) as pool:
        assert sorted(pool.map(redeem, codes)) == [200] + [400] * 7


def test_a_public_clients_refresh_token_is_bound_and_a_confidential_ones_is_not(world: Any) -> None:
    spa, web = holder(world, kind="spa"), holder(world)
    for one, status in ((spa, 400), (web, 200)):
        tokens = one.login()
        other = Holder(one.client)

        answer = other.refresh(tokens["refresh_token"])

        assert answer.status_code == status
        if status == 400:
            assert answer.json()["error"] == "invalid_grant"
            assert one.refresh(tokens["refresh_token"]).status_code == 200, "the refusal spent nothing"
        else:
            assert other.userinfo(answer.json()["access_token"]).status_code == 200


def test_a_code_can_be_bound_to_a_key_from_the_start(world: Any) -> None:
    one = holder(world)
    code = one.code(dpop_jkt=one.key.thumbprint())

    assert Holder(one.client).redeem(code).json()["error"] == "invalid_grant"
    assert one.redeem(code).status_code == 200


def test_the_server_can_want_a_nonce_of_its_own(world: Any) -> None:
    one = holder(world, policies={"dpop_nonce": True})
    code = one.code()

    asked = one.redeem(code)
    assert (asked.status_code, asked.json()["error"]) == (400, "use_dpop_nonce")
    assert asked.headers["Cache-Control"] == "no-store"
    [nonce] = asked.raw.headers.getlist("DPoP-Nonce")
    assert one.redeem(code, one.proof(one.endpoint, nonce=nonce[:-1])).json()["error"] == "use_dpop_nonce"
    tokens = one.redeem(code, one.proof(one.endpoint, nonce=nonce)).json()
    token = tokens["access_token"]
    wanted = one.userinfo(token)
    assert (wanted.status_code, wanted.json()["error"]) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in wanted.headers["WWW-Authenticate"]
    assert one.userinfo(token, nonce=wanted.headers["DPoP-Nonce"]).status_code == 200
    world.advance("20m")
    late = one.userinfo(token, nonce=nonce)
    assert late.json()["error"] == "use_dpop_nonce"
    assert late.headers["DPoP-Nonce"] != nonce


def test_a_jwt_and_introspection_tell_the_key(world: Any) -> None:
    one = holder(world, access_token_format="jwt")
    token = one.login()["access_token"]

    bound = {"jkt": one.key.thumbprint()}
    assert verified(world.town, token).claims["cnf"] == bound
    told = one.client.form("/oauth/introspect", token=token).json()
    assert (told["cnf"], told["token_type"]) == (bound, "DPoP")


@pytest.mark.parametrize("way", ["store", "introspect"])
def test_whichever_way_the_token_is_verified(world: Any, way: str) -> None:
    one = holder(world, policies={"token_check": way})
    token = one.login()["access_token"]

    assert one.userinfo(token).status_code == 200
    assert one.userinfo(token, "Bearer").status_code == 401


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("machine", {"grant_type": "client_credentials", "scope": "articles.read"}),
        ("web", {"grant_type": "password", "username": "lisi", "password": "ninestep", "scope": "openid"}),
    ],
)
def test_other_grants_are_bound_too(world: Any, kind: str, form: dict[str, str]) -> None:
    one = holder(world, kind=kind, grant_types=[form["grant_type"]])
    proof = one.proof(one.endpoint)

    told = one.ask(proof, **form).json()

    assert told["token_type"] == "DPoP"
    assert one.ask(proof, **form).json()["error"] == "invalid_dpop_proof"
    assert one.client.form("/oauth/introspect", token=told["access_token"]).json()["token_type"] == "DPoP"


def test_a_proof_is_no_secret_left_in_the_trace(world: Any) -> None:
    one = holder(world)
    proof, token = one.proof(one.endpoint), ""
    token = one.redeem(one.code(), proof).json()["access_token"]
    one.userinfo(token)

    [flow] = world.town.api("GET", "/flows", params={"app": one.client.app["appid"]})
    text = requests.get(f"{world.town.provider}/_mock/api/flows/{flow['id']}/export.json", timeout=10).text
    assert proof not in text
    assert token not in text


def test_metadata_name_the_algorithms_and_a_fragment_is_bound_to_nothing(world: Any) -> None:
    found = get(f"{world.town.provider}/.well-known/openid-configuration").json()
    assert set(found["dpop_signing_alg_values_supported"]) == set(KEYS)
    with pytest.raises(AssertionError, match="dpop"):
        Client(world, dpop=True, kind="spa", grant_types=["implicit"])


def push(one: Holder, proof: str | None = None, **asked: Any) -> requests.Response:
    app = one.client.app
    form = {"client_id": app["appid"], "client_secret": app["secret"] or None, "response_type": "code"}
    form |= {
        "redirect_uri": app["redirect_uris"][0],
        "scope": "openid profile",
        "state": "s",
        **PKCE,
        **asked,
    }
    url = f"{one.town.provider}/oauth/par"
    headers = {"DPoP": one.proof(url) if proof is None else proof} if proof != "" else {}
    body = {name: value for name, value in form.items() if value is not None}
    return requests.post(url, data=body, headers=headers, timeout=10)


def code_of(one: Holder, answer: requests.Response) -> str:
    assert answer.status_code == 201, answer.text
    return one.client.answer(request_uri=answer.json()["request_uri"])["code"]


@pytest.mark.parametrize("way", ["a proof", "dpop_jkt", "both"])
def test_a_pushed_request_binds_the_code_to_the_key(world: Any, way: str) -> None:
    one = holder(world, kind="spa")
    asked = {} if way == "a proof" else {"dpop_jkt": one.key.thumbprint()}
    code = code_of(one, push(one, "" if way == "dpop_jkt" else None, **asked))

    assert Holder(one.client).redeem(code).json()["error"] == "invalid_grant"
    assert one.redeem(code).json()["token_type"] == "DPoP"


def test_an_app_that_need_not_bring_proofs_has_to_once_its_push_was_proven(world: Any) -> None:
    one = holder(world, dpop=False)
    code = code_of(one, push(one))

    assert one.client.token(code=code, code_verifier=VERIFIER).json()["error"] == "invalid_grant"
    assert one.redeem(code).status_code == 200


def test_a_push_whose_proof_and_dpop_jkt_are_of_two_keys_is_refused_and_spends_no_proof(world: Any) -> None:
    one = holder(world)
    proof = one.proof(f"{world.town.provider}/oauth/par")
    other = ECKey.generate_key("P-256").thumbprint()

    refused = push(one, proof, dpop_jkt=other)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert push(one, proof).status_code == 201


def test_a_proof_at_a_push_is_judged_as_elsewhere_and_counts_once(world: Any) -> None:
    one = holder(world)
    url = f"{world.town.provider}/oauth/par"
    for wrong in (one.proof(one.endpoint), one.proof(url, "GET"), one.proof(url, iat=1), "x"):
        refused = push(one, wrong)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    proof = one.proof(url)
    assert push(one, proof, scope="unknown").json()["error"] == "invalid_scope", "which spends no proof"
    assert push(one, proof).status_code == 201

    again = push(one, proof)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")


def test_a_push_needs_the_servers_nonce_where_it_wants_one(world: Any) -> None:
    one = holder(world, policies={"dpop_nonce": True})

    asked = push(one)

    assert (asked.status_code, asked.json()["error"]) == (400, "use_dpop_nonce")
    proof = one.proof(f"{world.town.provider}/oauth/par", nonce=asked.headers["DPoP-Nonce"])
    assert push(one, proof).status_code == 201


def test_a_nonce_is_good_at_the_server_that_gave_it(world: Any) -> None:
    one = holder(world, policies={"dpop_nonce": True})
    code = one.code()
    given = one.redeem(code).headers["DPoP-Nonce"]
    token = one.redeem(code, one.proof(one.endpoint, nonce=given)).json()["access_token"]

    told = one.userinfo(token, nonce=given)

    assert (told.status_code, told.json()["error"]) == (401, "use_dpop_nonce")
    assert one.userinfo(token, nonce=told.headers["DPoP-Nonce"]).status_code == 200


@pytest.mark.parametrize(
    ("spelled", "same"),
    [
        ("HTTP://127.0.0.1:{port}/oauth/token", True),
        ("http://127.0.0.1:{port}/oauth/%74oken", True),
        ("http://127.0.0.1:{port}/other/../oauth/./token", True),
        ("http://127.0.0.1:{port}/oauth%2ftoken", False),
        ("http://127.0.0.1:{port}/OAUTH/token", False),
        ("http://127.0.0.1:{port}//oauth/token", False),
        ("http://somebody@127.0.0.1:{port}/oauth/token", False),
        ("https://127.0.0.1:{port}/oauth/token", False),
    ],
)
def test_an_address_is_the_same_in_each_spelling_of_rfc_3986(world: Any, spelled: str, same: bool) -> None:
    one = holder(world)
    htu = spelled.format(port=urlsplit(world.town.provider).port)

    assert one.redeem(one.code(), one.proof(htu)).status_code == (200 if same else 400)


def test_a_nonce_cannot_be_foretold_without_the_towns_secret() -> None:
    ours, another = (dpop.nonce(secret, "provider", 0) for secret in ("ours", "another"))

    assert ours != another
    assert len(ours) == 32
    assert ours != dpop.nonce("ours", "provider", dpop.WINDOW)


def test_a_client_can_register_that_it_always_brings_a_proof(world: Any) -> None:
    one = Holder(
        Registered(world, dpop_bound_access_tokens=True, token_endpoint_auth_method="client_secret_post")
    )
    code = one.code()

    assert one.client.app["dpop_bound_access_tokens"] is True
    assert one.redeem(code, "").json()["error"] == "invalid_dpop_proof"
    assert one.redeem(code).json()["token_type"] == "DPoP"
