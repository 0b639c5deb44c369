"""Whatever comes to the other endpoints of the standard dialect: an answer in the RFC's words, and no way out of the town."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import any_parameters as made
import pytest
from any_parameters import EXAMPLES, Change, Values
from any_shop import DEVICE, Shop, names_in, proven
from by_hand import Answer, ask
from hypothesis import strategies as st
from standard_client import CALLBACK, Client

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]

OUT = "http://127.0.0.1/out"
JSON = ("Content-Type", "application/json")
REGISTERED = {  # RFC 7591 §2
    "redirect_uris": [CALLBACK],
    "client_name": "九步",
    "application_type": "web",
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "openid profile",
    "jwks": {"keys": []},
    "id_token_signed_response_alg": "ES256",
    "post_logout_redirect_uris": [OUT],
    "backchannel_logout_uri": "http://127.0.0.1/gone",
    "dpop_bound_access_tokens": False,
}
REFUSALS = {"invalid_redirect_uri", "invalid_client_metadata", "invalid_client"}


def leads_nowhere_else(town: Any, answer: Answer, *known: str) -> None:
    own = {urlsplit(address).netloc for address in (town.provider, town.resource, *known)}
    assert urlsplit(answer.location).netloc in {"", *own}, answer
    assert not answer.location.startswith("//"), answer
    assert "evil" not in answer.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_device_begins_for_the_right_request_alone(world: Any, examples: int) -> None:
    shop = Shop(world)

    def one(way: str, wrong: list[Change]) -> None:
        client = shop.clients[way]
        proof, headers = shop.proof(client, way)
        good = {"scope": "openid profile", **proof}
        pairs = made.written(good, wrong, shop.beside(client))
        answer = made.post(world.town.provider, "/oauth/device_authorization", pairs, *headers)
        if answer.status == 413:
            return
        sent = made.read(pairs)
        scope = names_in((sent or {}).get("scope", ""))
        expected = sent is not None and proven(client, way, good, sent) and scope <= set(client.app["scopes"])
        assert (answer.status == 200) == expected, (answer, sent)
        assert ("device_code" in answer.json()) == expected
        assert expected or answer.status in (400, 401)

    made.tried(
        examples,
        one,
        way=st.sampled_from(sorted(shop.clients)),
        wrong=made.changes(("scope", "client_id", "client_secret")),
    )


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_a_token_is_told_of_and_ended_by_its_own_client_alone(world: Any, path: str, examples: int) -> None:
    shop = Shop(world)
    ways = ("post", "basic", "assertion")

    def one(way: str, wrong: list[Change]) -> None:
        client = shop.clients[way]
        proof, headers = shop.proof(client, way)
        good = {"token": shop.lay(client, "subject_token"), "token_type_hint": "access_token", **proof}
        pairs = made.written(good, wrong, shop.beside(client))
        answer = made.post(world.town.provider, path, pairs, *headers)
        if answer.status == 413:
            return
        sent = made.read(pairs)
        known = sent is not None and proven(client, way, good, sent) and "token" in sent
        assert (answer.status == 200) <= known, (answer, sent)
        assert known or answer.status in (400, 401)
        own = known and sent is not None and sent["token"] == good["token"]
        if path == "/oauth/introspect":
            assert bool(answer.json().get("active")) == own, (answer, sent)
        live = client.userinfo({"access_token": good["token"]}).get("sub") == "zhangsan"
        assert live != (own and path == "/oauth/revoke"), (answer, sent)

    made.tried(
        examples,
        one,
        way=st.sampled_from(ways),
        wrong=made.changes(("token", "token_type_hint", "client_id", "client_secret")),
    )


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize(
    ("path", "place"),
    [
        *(("/userinfo", place) for place in ("header", "query", "body")),
        ("/articles", "header"),
        ("/articles", "query"),
    ],
)
def test_data_are_told_for_the_right_token_alone(world: Any, path: str, place: str, examples: int) -> None:
    """RFC 6750 §2: one place, and the token as it was given."""
    client = Client(world)
    token = client.login(scope="openid articles.read")["access_token"]
    names = ("access_token",)

    def one(wrong: list[Change], scheme: str) -> None:
        good: Values = {} if place == "header" else {"access_token": token}
        headers = [("Authorization", f"{scheme} {token}")] if place == "header" else []
        pairs = made.written(good, wrong, lambda kind, name: "other")
        send = made.post if place == "body" else made.get
        if send is made.get and len(made.body(pairs)) > made.MOST_QUERY:
            return
        answer = send(world.town.resource, path, pairs, *headers)
        if answer.status == 413:
            return
        found = [value for name, value in pairs if name == "access_token" and value]
        right = (found == [token] and place != "header") or (
            place == "header" and not found and scheme.lower() == "bearer"
        )
        assert (answer.status == 200) == right, (answer, pairs)
        if not right:
            assert answer.status in (400, 401)
            assert answer.challenge.startswith(("Bearer ", "DPoP "))
            assert "zhangsan" not in answer.text

    schemes = st.sampled_from(("Bearer", "bearer", "DPoP", "Basic", "BearerX", ""))
    made.tried(examples, one, wrong=made.changes(names), scheme=schemes)


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_logout_leads_to_what_its_client_registered_alone(world: Any, method: str, examples: int) -> None:
    client, other = Client(world, post_logout_redirect_uris=[OUT]), Client(world)
    good = {
        "id_token_hint": client.login(scope="openid")["id_token"],
        "client_id": str(client.app["appid"]),
        "post_logout_redirect_uri": OUT,
        "state": "s",
        "ui_locales": "en",
        "logout_hint": "zhangsan",
    }
    send = made.get if method == "GET" else made.post

    def one(wrong: list[Change], answers: bool) -> None:
        laid = {
            "client_id": str(other.app["appid"]),
            "id_token_hint": other.login(scope="openid")["id_token"],
        }
        pairs = made.written(good, wrong, lambda kind, name: laid.get(name, "http://127.0.0.1/other"))
        if answers:
            answer = made.post(world.town.provider, "/oauth/logout/answer", pairs)
            if answer.status in (400, 413):
                return
            # Nobody is logged in here, so what came is taken for a second click: it gets what a plain logout gets.
            assert made.read([pair for pair in pairs if pair[0] == "consent_nonce"]), "no form was ever sent"
            assert not answer.location or answer.location.partition("?")[0] == OUT
            return
        if method == "GET" and len(made.body(pairs)) > made.MOST_QUERY:
            return
        answer = send(world.town.provider, "/oauth/logout", pairs)
        if answer.location:
            sent = made.read([pair for pair in pairs if pair[0] in good])
            assert sent is not None, "one of its parameters came twice"
            assert answer.location.partition("?")[0] == OUT, (answer, sent)
            assert sent.get("client_id", good["client_id"]) == good["client_id"]
            state = sent.get("state", "")
            assert (
                "\\x" in state or made.told(answer).get("state", "") == state
            )  # of what is no text, nothing is said
        else:
            assert answer.status in (200, 400, 413), answer
        assert "evil" not in answer.headers.get("Content-Security-Policy", "")

    made.tried(
        examples, one, wrong=made.changes(tuple(good)), answers=st.sampled_from((False, False, False, True))
    )


@pytest.mark.parametrize("examples", EXAMPLES)
def test_the_page_for_a_code_takes_any_text(world: Any, examples: int) -> None:
    shop = Shop(world)
    city = Client(world, grant_types=[DEVICE])
    device = made.post(
        world.town.provider,
        "/oauth/device_authorization",
        made.written(shop.proof(city)[0]),
    ).json()

    def one(wrong: list[Change]) -> None:
        pairs = made.written({"user_code": device["user_code"]}, wrong, lambda kind, name: "BBBB-BBBB")
        for send, path in (
            (made.get, "/oauth/device"),
            (made.post, "/oauth/device"),
            (made.get, "/oauth/device/done"),
        ):
            if send is made.get and len(made.body(pairs)) > made.MOST_QUERY:
                continue
            answer = send(world.town.provider, path, pairs)
            assert answer.status in (200, 303, 400, 409, 410, 413, 429), answer
            leads_nowhere_else(world.town, answer)
            assert "<script>alert" not in answer.text

    made.tried(examples, one, wrong=made.changes(("user_code", "csrf_token", "rid")))


ANY_JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(made.LETTERS, max_size=8)
    )
    | st.sampled_from(
        (*made.JUNK, "\ud800", CALLBACK, "ES256", "native", "private_key_jwt", DEVICE, "implicit", "token")
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("keys", "kty", "kid", "n", "x")), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_whatever_registers_is_registered_as_the_rules_want_it_or_refused(world: Any, examples: int) -> None:
    town = world.town

    def one(parts: dict[str, Any], text: str) -> None:
        body = text or json.dumps({**REGISTERED, "jwks": {}, **parts})
        answer = ask(
            town.provider,
            "POST",
            f"/oauth/register?world={world.name}",
            body.encode("utf-8", "replace"),
            [JSON],
        )
        told = answer.json()
        if answer.status == 201:
            assert set(told) >= {"client_id", "redirect_uris", "grant_types"}
            assert all(urlsplit(uri).scheme for uri in told["redirect_uris"])
            town.api("DELETE", f"/apps/{told['client_id']}")
        else:
            assert (answer.status, told["error"]) in {(400, word) for word in REFUSALS} | {
                (413, "http_413")
            }, answer
            assert told.get("error_description", "").isascii()

    parts = st.dictionaries(st.sampled_from(sorted(REGISTERED)), ANY_JSON, max_size=3)
    junk = st.sampled_from(
        ("", "", "", "", "{", "[]", "null", '"x"', "[" * 5000, '{"redirect_uris": [' * 2000, "\x00", "1e999")
    )
    made.tried(examples, one, parts=parts, text=junk)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_what_is_public_is_the_same_for_everybody(world: Any, examples: int) -> None:
    paths = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks")
    usual = {path: ask(world.town.provider, "GET", path).body for path in paths}

    def one(path: str, wrong: list[Change]) -> None:
        pairs = made.written({"client_id": world.appid}, wrong, lambda kind, name: "other")
        if len(made.body(pairs)) <= made.MOST_QUERY:
            assert made.get(world.town.provider, path, pairs).body == usual[path]

    made.tried(examples, one, path=st.sampled_from(paths), wrong=made.changes(("client_id",)))
