"""Certified relying parties, unmodified: openid-client v6 and v5, and oauth4webapi. Each checks every answer by itself:
issuer, signature, audience, nonce, at_hash, content types, the type of every member."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from clients.program import Program, Raised
from joserfc.jwk import ECKey, RSAKey

SDKS = ["openid_client", "openid_client_v5", "oauth4webapi"]
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BACK = "http://127.0.0.1/bye"


@pytest.fixture(params=SDKS)
def sdk(request: pytest.FixtureRequest, node_program: Any) -> Program:
    return node_program(request.param)


class Party:
    """One client of the SDK, by the issuer alone."""

    def __init__(
        self, sdk: Program, new_app: Any, method: str = "client_secret_basic", **fields: Any
    ) -> None:
        self.sdk, told = sdk, {"method": method, "signed": fields.get("id_token_signed_response_alg")}
        told["dpop"] = fields.get("dpop")
        if method == "private_key_jwt":
            key = RSAKey.generate_key(2048) if fields.pop("alg", "ES256") == "RS256" else ECKey.generate_key()
            told |= {"key": key.as_dict(private=True), "kid": "k1"}
            told["alg"] = "RS256" if isinstance(key, RSAKey) else "ES256"
            fields["jwks"] = {"keys": [{**key.as_dict(private=False), "kid": "k1"}]}
        kind = "spa" if method == "none" else "web"
        more = {} if method == "none" else {"token_endpoint_auth_method": method}
        self.app = new_app(**{"dialect": "standard", "kind": kind, **more, **fields})
        self.town = self.app.town
        self.number = sdk("start", issuer=self.town.provider, app=self.app.told(**told))

    def __call__(self, name: str, **given: Any) -> Any:
        return self.sdk(name, party=self.number, **given)

    def log_in(self, person: Any, max_age: int | None = None, **asked: Any) -> Any:
        person.visit(self("authorize", **asked))
        return self("callback", url=person.seen[-1], **({} if max_age is None else {"maxAge": max_age}))


def refused(party: Party, name: str, **given: Any) -> str:
    with pytest.raises(Raised) as caught:
        party(name, **given)
    return f"{caught.value} {caught.value.fields}"


@pytest.mark.parametrize("method", METHODS)
def test_a_person_logs_in_and_everything_about_it_is_as_it_has_to_be(
    sdk: Program, new_app: Any, person: Any, method: str
) -> None:
    party = Party(sdk, new_app, method)

    said = party.log_in(person)
    found = party("userinfo", tokens=said["tokens"], sub=said["claims"]["sub"])
    again = party("refresh", tokens=said["tokens"])

    assert said["claims"]["iss"] == party.town.provider
    assert found["name"] == "张三"
    assert found["email_verified"] is True
    assert again["claims"]["sub"] == said["claims"]["sub"]
    assert again["tokens"]["refresh_token"] != said["tokens"]["refresh_token"]


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_it_verifies_an_id_token_of_every_algorithm(
    sdk: Program, new_app: Any, person: Any, alg: str
) -> None:
    party = Party(sdk, new_app, id_token_signed_response_alg=alg)

    assert party.log_in(person, more={"max_age": "60"}, max_age=60)["claims"]["sub"] == "zhangsan"


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("dpop", [False, True])
def test_its_request_can_be_pushed(sdk: Program, new_app: Any, person: Any, alg: str, dpop: bool) -> None:
    party = Party(sdk, new_app, "private_key_jwt", alg=alg, dpop=dpop, policies={"require_par": True})

    said = party.log_in(person, pushed=True)

    assert "request_uri=urn" in person.seen[0]
    assert party("userinfo", tokens=said["tokens"], sub="zhangsan")["name"] == "张三"


@pytest.mark.parametrize("nonce", [False, True])
@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_its_tokens_are_bound_to_its_key(
    sdk: Program, new_app: Any, person: Any, method: str, nonce: bool
) -> None:
    party = Party(sdk, new_app, method, dpop=True, policies={"dpop_nonce": nonce})

    said = party.log_in(person)
    found = party("userinfo", tokens=said["tokens"], sub="zhangsan")
    again = party("refresh", tokens=said["tokens"])

    assert found["name"] == "张三"
    assert said["tokens"]["token_type"].lower() == again["tokens"]["token_type"].lower() == "dpop"
    header = {"Authorization": f"Bearer {said['tokens']['access_token']}"}
    plain = requests.get(f"{party.town.gateway}/userinfo", headers=header, timeout=20)
    assert plain.status_code == 401


def test_it_registers_itself_and_logs_in(sdk: Program, person: Any, town: Any) -> None:
    about = {"client_name": "RP", "redirect_uris": ["http://127.0.0.1/callback"]}

    made = sdk("register", issuer=town.provider, about=about, callback=about["redirect_uris"][0])
    town.api("PATCH", f"/apps/{made['told']['client_id']}", {"consent": {"mode": "auto"}})
    person.visit(sdk("authorize", party=made["party"]))
    said = sdk("callback", party=made["party"], url=person.seen[-1])

    assert made["told"]["client_secret"]
    assert said["claims"]["aud"] == made["told"]["client_id"]
    town.api("DELETE", f"/apps/{made['told']['client_id']}")


@pytest.mark.parametrize("method", METHODS[:3])
def test_it_asks_about_tokens_and_ends_them(sdk: Program, new_app: Any, person: Any, method: str) -> None:
    party = Party(sdk, new_app, method)
    tokens = party.log_in(person)["tokens"]

    told = party("introspect", token=tokens["access_token"])
    assert (told["active"], told["sub"], told["client_id"]) == (True, "zhangsan", party.app.told()["appid"])
    party("revoke", token=tokens["refresh_token"])

    assert party("introspect", token=tokens["access_token"]) == {"active": False}
    assert "invalid_grant" in refused(party, "refresh", tokens=tokens)
    said = refused(party, "userinfo", tokens=tokens, sub="zhangsan")
    assert "401" in said or "invalid_token" in said


def test_a_machine_gets_a_token_of_its_own(sdk: Program, new_app: Any) -> None:
    fields = {"kind": "machine", "grant_types": ["client_credentials"], "scopes": ["articles.read"]}
    party = Party(sdk, new_app, **fields)

    assert party("machine", scope="articles.read")["scope"] == "articles.read"


def test_a_service_exchanges_a_users_token_for_a_narrower_one(
    node_program: Any, new_app: Any, person: Any
) -> None:
    """RFC 8693, by openid-client's `genericGrantRequest`."""
    sdk = node_program("openid_client")
    shop = Party(sdk, new_app)
    service = Party(sdk, new_app, kind="machine", grant_types=[EXCHANGE], world=shop.app.world)
    token = shop.log_in(person)["tokens"]["access_token"]

    given = service("exchange", token=token, scope="email")

    assert given["scope"] == "email"
    told = service("introspect", token=given["access_token"])
    assert (told["sub"], told["client_id"]) == ("zhangsan", service.app.told()["appid"])


def test_a_device_logs_in_as_who_typed_its_code(sdk: Program, new_app: Any) -> None:
    grants = [DEVICE, "refresh_token"]
    party = Party(sdk, new_app, "none", kind="native", grant_types=grants, consent={"mode": "ask"})

    begun = party("beginDevice", scope="openid")
    party.town.api("POST", f"/devices/{begun['user_code']}", {"user": "lisi", "decision": "approve"})

    assert begun["verification_uri_complete"].startswith(begun["verification_uri"])
    assert party("pollDevice")["claims"]["sub"] == "lisi"


def test_a_login_ends_where_it_says(sdk: Program, new_app: Any, person: Any) -> None:
    party = Party(sdk, new_app, post_logout_redirect_uris=[BACK])
    tokens = party.log_in(person)["tokens"]
    url = party("endSession", tokens=tokens, back=BACK)

    page = person.session.get(url, allow_redirects=False, timeout=20)
    assert page.headers["Location"] == BACK


def test_a_refusal_is_its_own_error(sdk: Program, new_app: Any, person: Any) -> None:
    party = Party(sdk, new_app, consent={"mode": "deny"})
    person.visit(party("authorize"))

    assert "access_denied" in refused(party, "callback", url=person.seen[-1])


def test_a_used_code_a_wrong_secret_and_a_foreign_state_are_its_own_errors(
    sdk: Program, new_app: Any, person: Any
) -> None:
    party = Party(sdk, new_app)
    party.log_in(person)
    assert "invalid_grant" in refused(party, "callback", url=person.seen[-1])

    person.visit(party("authorize"))
    assert "state" in refused(party, "callback", url=person.seen[-1].replace("state=", "state=x"))

    party.app.ask("POST", "/secret")
    said = refused(party, "callback", url=person.seen[-1])
    assert "401" in said or "invalid_client" in said


WRONG = {
    "wrong_key": ("signature",),
    "unknown_kid": ("no applicable keys", "no valid key"),
    "alg_none": ("alg",),
    "iss": ("iss",),
    "aud": ("aud",),
    "nonce": ("nonce",),
    "expired": ("exp",),
}


@pytest.mark.parametrize("value", WRONG)
def test_it_refuses_an_id_token_that_is_wrong_on_purpose_and_takes_the_next(
    sdk: Program, new_app: Any, person: Any, value: str
) -> None:
    party = Party(sdk, new_app)
    party.app.break_id_token(value)
    person.visit(party("authorize"))

    said = refused(party, "callback", url=person.seen[-1])

    assert any(word in said for word in WRONG[value]), said
    assert party.log_in(person)["claims"]["sub"] == "zhangsan"


def test_who_looks_at_at_hash_refuses_a_wrong_one(node_program: Any, new_app: Any, person: Any) -> None:
    """The two others do not in the code flow, and need not (OpenID Connect Core §3.1.3.8)."""
    party = Party(node_program("openid_client_v5"), new_app)
    party.app.break_id_token("at_hash")
    person.visit(party("authorize"))

    assert "at_hash mismatch" in refused(party, "callback", url=person.seen[-1])


@pytest.mark.parametrize(("kind", "word"), [("wrong_state", "state"), ("wrong_iss", "iss")])
def test_it_refuses_an_answer_of_somebody_else(
    sdk: Program, new_app: Any, person: Any, kind: str, word: str
) -> None:
    party = Party(sdk, new_app)
    party.app.ask("POST", "/faults", {"endpoint": "authorize", "kind": kind})
    person.visit(party("authorize"))

    assert word in refused(party, "callback", url=person.seen[-1])


@pytest.mark.parametrize("dpop", [False, True])
def test_a_resource_server_of_ones_own_validates_its_jwt_access_tokens(
    node_program: Any, new_app: Any, person: Any, dpop: bool
) -> None:
    """RFC 9068 §4, by oauth4webapi's `validateJwtAccessToken`."""
    sdk = node_program("oauth4webapi")
    party = Party(sdk, new_app, access_token_format="jwt", dpop=dpop)
    tokens = party.log_in(person)["tokens"]
    issuer, ours = party.town.provider, party.town.intercepting.report["resource_url"]
    mine, foreign = (sdk("resource", issuer=issuer, audience=each) for each in (ours, "https://another.test"))

    told = party("things", tokens=tokens, url=f"{mine}/things")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    plain = requests.get(f"{mine}/things", headers=bearer, timeout=20)

    assert (told["sub"], told["client_id"]) == ("zhangsan", party.app.told()["appid"])
    assert plain.status_code == (401 if dpop else 200)
    assert "aud" in party("things", tokens=tokens, url=f"{foreign}/things")["error"]


def test_fresh_keys_are_found_by_who_has_the_old_ones(sdk: Program, new_app: Any, person: Any) -> None:
    party = Party(sdk, new_app)
    party.log_in(person)

    party.town.api("POST", "/keys/rotate")

    assert party.log_in(person)["claims"]["sub"] == "zhangsan"
