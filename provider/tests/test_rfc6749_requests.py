"""RFC 6749 on requests: what stands where, what is empty, what an error may say, and the implicit grant, over HTTP."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from standard_client import CALLBACK, PKCE, VERIFIER, Client

pytestmark = pytest.mark.thorough

SAYABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")  # RFC 6749 §4.1.2.1, §5.2
ODD = '汉字"\\\r\n\x00'


def post(client: Client, query: dict[str, str], body: dict[str, str]) -> requests.Response:
    return requests.post(f"{client.town.provider}/oauth/token", params=query, data=body, timeout=10)


def test_credentials_in_the_address_of_a_token_request_count_nothing(world: Any) -> None:
    """§2.3.1: only in the body."""
    client = Client(world)
    code = client.answer()["code"]
    secret = {"client_id": client.app["appid"], "client_secret": client.app["secret"]}
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}

    for query, body, error in (
        (secret, grant, "invalid_client"),
        (
            {"client_secret": secret["client_secret"]},
            {**grant, "client_id": secret["client_id"]},
            "invalid_client",
        ),
        ({**secret, **grant}, {}, "invalid_request"),
        (grant, secret, "invalid_request"),
    ):
        answer = post(client, query, body)
        assert answer.json()["error"] == error
        assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert post(client, {}, {**secret, **grant}).status_code == 200


def test_only_a_post_gets_tokens(world: Any) -> None:
    client = Client(world)
    code = client.answer()["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": client.app["appid"],
        "client_secret": client.app["secret"],
    }

    for method in ("GET", "PUT"):
        answer = requests.request(
            method, f"{client.town.provider}/oauth/token", params=form, data=form, timeout=10
        )
        assert answer.status_code == 405
    assert client.token(code=code).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_sent_without_a_value_was_not_sent_to_the_authorization_endpoint(
    world: Any, method: str
) -> None:
    """§3.1."""
    client = Client(world)
    empty = dict.fromkeys(("redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"), "")
    empty |= dict.fromkeys(("prompt", "max_age", "claims", "request", "request_uri", "nonce", "unknown"), "")

    response = client.authorize(method, **empty)

    answer = dict(parse_qsl(urlsplit(response.headers["Location"]).query, keep_blank_values=True))
    assert set(answer) == {"kept", "code", "iss"}, "no state either"
    tokens = client.token(code=answer["code"], redirect_uri="", code_verifier="", scope="").json()
    assert tokens["scope"] == "user_info", "the default"
    for name in ("response_type", "client_id"):
        missing, blank = client.authorize(method, **{name: None}), client.authorize(method, **{name: ""})
        assert (missing.status_code, missing.headers.get("Location")) == (
            blank.status_code,
            blank.headers.get("Location"),
        )


def test_what_is_sent_without_a_value_was_not_sent_to_the_token_endpoint(world: Any) -> None:
    """§3.2."""
    client = Client(world)
    tokens = client.login(scope="user_info read")

    again = client.token(
        grant_type="refresh_token",
        redirect_uri="",
        code="",
        scope="",
        refresh_token=tokens["refresh_token"],
        client_assertion="",
        client_assertion_type="",
    )

    assert again.json()["scope"] == "user_info read"
    basic = (client.app["appid"], client.app["secret"])
    code = client.answer()["code"]
    assert client.token(auth=basic, code=code, client_id="", client_secret="").status_code == 200


def test_an_app_without_a_registered_address_sends_nobody_anywhere(world: Any) -> None:
    """§3.1.2.2, §10.2."""
    for kind in ("web", "spa"):
        client = Client(world, kind=kind)
        client.town.api("PATCH", f"/apps/{client.app['appid']}", {"redirect_uris": []})

        answer = client.authorize(**PKCE)

        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "invalid_request" in answer.text, "the user is told"


WRONG: list[dict[str, Any]] = [
    {"scope": ODD},
    {"response_type": ODD},
    {"prompt": ODD},
    {"max_age": ODD},
    {"claims": ODD},
    {"code_challenge": ODD, "code_challenge_method": ODD},
    {"response_mode": ODD},
    {"request": ODD},
    {"state": ["a", ODD]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=[next(iter(each)) for each in WRONG])
def test_an_error_in_a_redirect_has_only_what_a_header_can_hold(world: Any, wrong: dict[str, Any]) -> None:
    answer = Client(world).answer(**wrong)

    told = {answer["error"], answer.get("error_description", "")}
    assert "code" not in answer
    assert all(SAYABLE.fullmatch(each) for each in told), told


@pytest.mark.parametrize(
    "wrong",
    [
        {"grant_type": ODD},
        {"code": ODD},
        {"redirect_uri": ODD},
        {"client_id": ODD},
        {"client_secret": ODD},
        {"code_verifier": ODD},
        {"grant_type": "refresh_token", "refresh_token": ODD},
        {"grant_type": "password", "username": ODD, "password": ODD},
        {"grant_type": "password", "username": "lisi", "password": "ninestep", "scope": ODD},
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": ODD},
    ],
    ids=lambda wrong: " ".join(wrong),
)
def test_an_error_of_the_token_endpoint_has_only_what_a_header_can_hold(
    world: Any, wrong: dict[str, Any]
) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    client = Client(world, grant_types=["authorization_code", "refresh_token", "password", device])

    answer = client.token(**{"code": client.answer()["code"], **wrong})

    assert answer.status_code in (400, 401)
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) <= {"error", "error_description"}
    assert all(SAYABLE.fullmatch(each) for each in body.values()), body


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token", "password", "client_credentials"])
@pytest.mark.parametrize("proof", [{"client_secret": None}, {"client_secret": "wrong"}])
def test_no_grant_of_a_confidential_client_goes_without_its_proof(
    world: Any, grant: str, proof: dict[str, Any]
) -> None:
    """§4.1.3, §4.3.2, §4.4.2, §6; and what was sent is good afterwards."""
    machine = grant == "client_credentials"
    usual = ["authorization_code", "refresh_token", "password"]
    client = Client(world, kind="machine" if machine else "web", grant_types=[grant] if machine else usual)
    form: dict[str, Any] = {"grant_type": grant}
    if grant == "authorization_code":
        form["code"] = client.answer()["code"]
    if grant == "refresh_token":
        form["refresh_token"] = client.login()["refresh_token"]
    if grant == "password":
        form |= {"username": "lisi", "password": "ninestep"}

    answer = client.token(**{**form, **proof})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert client.token(**form).status_code == 200


def test_a_public_client_acts_for_no_machine(world: Any) -> None:
    """§4.4."""
    for kind in ("spa", "native"):
        body = {
            "dialect": "standard",
            "kind": kind,
            "world": world.name,
            "grant_types": ["client_credentials"],
        }
        refused = world.town.http.post(f"{world.town.provider}/_mock/api/apps", json=body, timeout=10)
        assert refused.status_code == 422
    machine = Client(world, kind="machine")
    machine.town.api("PATCH", f"/apps/{machine.app['appid']}", {"token_endpoint_auth_method": "none"})

    answer = machine.token(grant_type="client_credentials", redirect_uri=None, client_secret=None)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_public_client_says_who_it_is_and_gets_only_its_own_code(world: Any) -> None:
    """§3.2.1, §4.1.3."""
    owner, thief = Client(world, kind="spa"), Client(world, kind="spa")
    code = owner.answer(**PKCE)["code"]
    form = {"code": code, "client_secret": None, "code_verifier": VERIFIER}

    for named, status, error in (
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_id": thief.app["appid"]}, 400, "invalid_grant"),
    ):
        answer = owner.token(**{**form, **named})
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert owner.token(**form).status_code == 200


def test_a_client_gets_no_scope_that_it_did_not_register(world: Any) -> None:
    """§10.3: in a redirect, for a password, for itself."""
    few, many = Client(world, scopes=["read"], grant_types=["authorization_code", "password"]), Client(world)
    machine = Client(world, kind="machine", scopes=["read"])
    account = {"grant_type": "password", "username": "lisi", "password": "ninestep"}

    assert few.answer(scope="read email")["error"] == "invalid_scope"
    assert few.token(**account, scope="email").json()["error"] == "invalid_scope"
    assert (
        machine.token(grant_type="client_credentials", scope="articles.read").json()["error"]
        == "invalid_scope"
    )
    assert few.token(**account, scope="read").json()["scope"] == "read"
    assert "code" in many.answer(scope="read email")


@pytest.mark.parametrize("blank", ["\t", "\n", "\x0b", "\x85", "\xa0", "\u3000"])
def test_nothing_but_a_space_parts_scopes(world: Any, blank: str) -> None:
    """§3.3, at each endpoint that reads a scope; a refusal spends nothing."""
    device = "urn:ietf:params:oauth:grant-type:device_code"
    client = Client(world, grant_types=["authorization_code", "refresh_token", "password", device])
    machine = Client(world, kind="machine")
    both, own = f"user_info{blank}read", f"read{blank}articles.read"
    account = {"grant_type": "password", "username": "lisi", "password": "ninestep"}
    refresh = {
        "grant_type": "refresh_token",
        "refresh_token": client.login(scope="user_info read")["refresh_token"],
    }

    assert client.answer(scope=both)["error"] == "invalid_scope"
    assert client.token(**account, scope=both).json()["error"] == "invalid_scope"
    assert client.token(**refresh, scope=both).json()["error"] == "invalid_scope"
    assert client.form("/oauth/device_authorization", scope=both).json()["error"] == "invalid_scope"
    assert machine.token(grant_type="client_credentials", scope=own).json()["error"] == "invalid_scope"
    assert client.token(**refresh, scope="read").json()["scope"] == "read"


def test_a_scope_of_blanks_alone_is_none(world: Any) -> None:
    """§3.3: the default, and what was granted."""
    client = Client(world)

    tokens = client.login(scope="  ")

    assert tokens["scope"] == "user_info"
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": " "}
    assert client.token(**form).json()["scope"] == "user_info"


def test_no_endpoint_has_a_query_or_a_fragment(world: Any) -> None:
    """§3.1, §3.2."""
    found = requests.get(f"{world.town.provider}/.well-known/openid-configuration", timeout=10).json()
    endpoints = {name: urlsplit(url) for name, url in found.items() if name.endswith("_endpoint")}

    assert {"authorization_endpoint", "token_endpoint"} < set(endpoints)
    for name, parts in endpoints.items():
        assert (parts.query, parts.fragment) == ("", ""), name
        assert parts.scheme, name
        assert parts.netloc, name


# -- the implicit grant, §4.2


class Implicit(Client):
    def __init__(self, world: Any, **fields: Any) -> None:
        grants = ["implicit", "authorization_code", "refresh_token"]
        super().__init__(world, **{"kind": "spa", "grant_types": grants, **fields})

    def told(self, **asked: Any) -> dict[str, str]:
        """What the fragment says; the address in front of it is the registered one and nothing else."""
        location = self.authorize(**{"response_type": "token", **asked}).headers["Location"]
        address, _, fragment = location.partition("#")
        assert address == CALLBACK
        return dict(parse_qsl(fragment, keep_blank_values=True))


def test_a_token_in_a_fragment_has_its_kind_life_and_scope_and_no_refresh_token(world: Any) -> None:
    """§4.2.2, also for an app that may refresh what it gets for a code."""
    told = Implicit(world).told(scope="openid profile offline_access")

    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "state", "iss"}
    assert (told["token_type"], told["expires_in"], told["state"]) == ("Bearer", "3600", "s")
    assert told["scope"] == "openid profile offline_access"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scope": "nothing"}, "invalid_scope"),
        ({"unknown": ["a", "b"]}, "invalid_request"),
        ({"prompt": "nonsense"}, "invalid_request"),
    ],
)
def test_an_error_of_the_implicit_grant_stands_in_the_fragment(
    world: Any, wrong: dict[str, Any], error: str
) -> None:
    """§4.2.2.1."""
    told = Implicit(world).told(**wrong)

    assert (told["error"], told["state"], told["iss"]) == (error, "s", world.town.provider)
    assert "access_token" not in told


@pytest.mark.parametrize("kind", ["token ", " token", "token  ", "code ", " code", "token code", "code code"])
@pytest.mark.parametrize("mode", ["", "query", "fragment"])
def test_no_other_spelling_of_a_response_type_is_answered(world: Any, kind: str, mode: str) -> None:
    """§3.1.1: a blank more, and a token stood in the query, where every log on its way keeps it."""
    answer = Implicit(world).authorize(response_type=kind, response_mode=mode, **PKCE)

    location = answer.headers["Location"]
    assert "error=unsupported_response_type" in location
    assert "token=" not in location
    assert "code=" not in location


def test_so_does_a_users_no(world: Any) -> None:
    client = Implicit(world)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "deny"}})

    assert client.told() == {"error": "access_denied", "state": "s", "iss": world.town.provider}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://127.0.0.1/else"},
        {"redirect_uri": CALLBACK + "&x=1"},
        {"client_id": None},
        {"client_id": "nobody"},
    ],
)
def test_no_token_goes_to_an_address_that_was_not_registered(world: Any, changes: dict[str, Any]) -> None:
    """§4.2.1, §4.2.2.1: the user is told, and goes nowhere."""
    answer = Implicit(world).authorize(response_type="token", **changes)

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "access_token" not in answer.text


def test_no_native_app_has_it(world: Any) -> None:
    """RFC 8252 §8.2."""
    body = {"dialect": "standard", "kind": "native", "world": world.name, "grant_types": ["implicit"]}

    refused = world.town.http.post(f"{world.town.provider}/_mock/api/apps", json=body, timeout=10)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "grant_types")
    native = Client(world, kind="native")
    answer = native.answer(response_type="token", **PKCE)
    assert answer["error"] == "unsupported_response_type"
