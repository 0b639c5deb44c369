"""The grants beside the authorization code (RFC 6749 §4.2 to §4.4), over HTTP: only for apps that may use them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from test_openid_connect import Client

NIGHTLY = {"kind": "machine"}


def machine(world: Any, **fields: Any) -> Client:
    return Client(world, **{**NIGHTLY, **fields})


def granted(client: Client, grant: str, **changes: Any) -> requests.Response:
    return client.token(grant_type=grant, redirect_uri=None, **changes)


def test_a_machine_gets_a_token_for_itself_without_refresh_and_without_a_user(world: Any) -> None:
    client = machine(world)

    answer = granted(client, "client_credentials", scope="articles.read")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {"access_token", "token_type", "expires_in", "scope"}
    assert told["scope"] == "articles.read"
    refused = requests.get(
        f"{world.town.resource}/userinfo",
        headers={"Authorization": f"Bearer {told['access_token']}"},
        timeout=10,
    )
    assert refused.status_code == 403
    assert refused.json() == {"error": "insufficient_scope"}


@pytest.mark.parametrize("scope", ["openid", "articles.read profile", "nothing"])
def test_a_machine_gets_no_scope_of_a_user(world: Any, scope: str) -> None:
    answer = granted(machine(world), "client_credentials", scope=scope)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "grant", ["client_credentials", "password", "urn:ietf:params:oauth:grant-type:device_code"]
)
def test_a_grant_that_the_app_may_not_use_is_unauthorized_client(world: Any, grant: str) -> None:
    answer = granted(Client(world), grant, username="zhangsan", password="ninestep", device_code="x")

    assert answer.status_code == 400
    assert answer.json()["error"] == "unauthorized_client"


def test_a_machine_sends_no_browser_anywhere(world: Any) -> None:
    answer = machine(world).answer()

    assert answer["error"] == "unauthorized_client"


def test_a_password_is_taken_from_apps_that_may_and_its_token_has_a_user(world: Any) -> None:
    client = Client(world, grant_types=["password", "refresh_token"])

    told = granted(client, "password", username="lisi", password="ninestep", scope="openid profile").json()

    assert client.userinfo(told)["sub"] == "lisi"
    assert told["refresh_token"]
    renewed = granted(client, "refresh_token", refresh_token=told["refresh_token"]).json()
    assert client.userinfo(renewed)["sub"] == "lisi"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"password": "no"}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"password": None}, "invalid_request"),
        ({"username": None}, "invalid_request"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"client_secret": "no"}, "invalid_client"),
        ({"username": "zhaoliu"}, "invalid_grant"),
    ],
)
def test_a_wrong_password_request_is_refused_in_the_rfcs_words(
    world: Any, wrong: dict[str, Any], error: str
) -> None:
    client = Client(world, grant_types=["password"])

    answer = granted(client, "password", **{"username": "lisi", "password": "ninestep", **wrong})

    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)


def test_the_implicit_grant_is_off_until_the_app_has_it(world: Any) -> None:
    assert Client(world).authorize(response_type="token").headers["Location"].endswith("")
    asked = Client(world).authorize(response_type="token")
    assert "error=unsupported_response_type" in asked.headers["Location"]

    spa = Client(world, kind="spa", grant_types=["implicit"])
    location = urlsplit(spa.authorize(response_type="token", scope="openid profile").headers["Location"])
    told = dict(parse_qsl(location.fragment))
    assert set(told) == {"access_token", "token_type", "expires_in", "scope", "state", "iss"}
    assert spa.userinfo(told)["sub"] == "zhangsan"


def test_a_code_brings_no_refresh_token_to_an_app_that_may_not_refresh(world: Any) -> None:
    client = Client(world, grant_types=["authorization_code"])

    assert "refresh_token" not in client.login()


def test_grant_types_are_checked_by_kind(world: Any) -> None:
    with pytest.raises(AssertionError, match="grant_types"):
        Client(world, kind="spa", grant_types=["client_credentials"])


EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


def exchanged(client: Client, token: str, **changes: Any) -> requests.Response:
    sent = {"subject_token": token, "subject_token_type": ACCESS, **changes}
    return granted(client, EXCHANGE, **sent)


def test_a_service_gets_a_narrower_token_for_the_one_it_was_called_with(world: Any) -> None:
    shop = Client(world)
    service = machine(world, grant_types=[EXCHANGE])
    tokens = shop.login(scope="openid profile read")

    told = exchanged(service, tokens["access_token"], scope="openid").json()

    assert told["issued_token_type"] == ACCESS
    assert told["scope"] == "openid"
    assert "refresh_token" not in told
    assert service.userinfo(told) == {"sub": "zhangsan"}
    world.advance("30m")
    later = exchanged(service, tokens["access_token"]).json()
    assert later["expires_in"] <= 1800
    shop.town.api("DELETE", "/grants", params={"world": world.name, "user": "zhangsan"})
    assert service.userinfo(told) == {"error": "invalid_token"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": "unknown"}, "invalid_request"),
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"scope": "openid read"}, "invalid_scope"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    ],
)
def test_an_exchange_never_gives_more(world: Any, changes: dict[str, Any], error: str) -> None:
    service = machine(world, grant_types=[EXCHANGE])
    tokens = Client(world).login(scope="openid")

    answer = exchanged(service, tokens["access_token"], **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


UNREGISTERED: dict[str, dict[str, str]] = {  # M056: everything of the request is good but the client
    "authorization_code": {"code": "CODE", "redirect_uri": "http://127.0.0.1/callback"},
    "refresh_token": {"refresh_token": "REFRESH"},
    "password": {"username": "lisi", "password": "ninestep"},
    "client_credentials": {"scope": "articles.read"},
    "urn:ietf:params:oauth:grant-type:device_code": {"device_code": "x"},
    EXCHANGE: {"subject_token": "ACCESS", "subject_token_type": ACCESS},
}


@pytest.mark.parametrize("proof", ["post", "basic", "none"])
@pytest.mark.parametrize("grant", UNREGISTERED)
def test_an_unregistered_client_gets_no_token_in_any_grant(world: Any, grant: str, proof: str) -> None:
    ours = Client(world)
    code = ours.answer()["code"]
    tokens = ours.login(scope="openid profile offline_access")
    real = {"CODE": code, "REFRESH": tokens["refresh_token"], "ACCESS": tokens["access_token"]}
    form = {"grant_type": grant, **{k: real.get(v, v) for k, v in UNREGISTERED[grant].items()}}
    stranger, secret = "nobody-registered-this", "whatever"
    auth = (stranger, secret) if proof == "basic" else None
    own = {"client_id": stranger, "client_secret": secret} if proof == "post" else {"client_id": stranger}

    answer = requests.post(
        f"{world.town.provider}/oauth/token",
        data=form if auth else {**form, **own},
        auth=auth,
        timeout=10,
    )

    assert answer.status_code in ((401,) if auth else (400, 401))  # RFC 6749 §5.2
    assert answer.json()["error"] == "invalid_client"
    assert "access_token" not in answer.text
    assert "access_token" in ours.token(code=code).json(), "nothing was spent"
    assert "access_token" in granted(ours, "refresh_token", refresh_token=tokens["refresh_token"]).json()


def test_an_unregistered_client_gets_no_token_in_a_redirect(world: Any) -> None:
    answer = Client(world).authorize(client_id="nobody-registered-this", response_type="token")

    assert "Location" not in answer.headers
    assert "access_token" not in answer.text


@pytest.mark.parametrize(
    ("kind", "type", "secret"),
    [
        ("web", "confidential", True),  # S0 §2.2 Web应用
        ("machine", "confidential", True),
        ("native", "public", False),  # 移动应用、桌面应用
        ("spa", "public", False),  # 单页应用
    ],
)
def test_clients_register_with_a_type_and_public_ones_get_no_secret(
    world: Any, kind: str, type: str, secret: bool
) -> None:
    """M007."""
    app = world.new_app(dialect="standard", kind=kind)

    assert (app["type"], bool(app["secret"])) == (type, secret)
    page = requests.get(f"{world.town.provider}/_mock/console/apps/new", timeout=10).text
    assert f'value="standard {kind}"' in page


def test_the_token_answer_of_the_ab_sites(world: Any) -> None:
    """M049: S2 授权过程 3."""
    b = Client(world, policies={"token_answer": "ab_site"}, ttl={"access": 2592000})
    tokens = b.login(scope="read")

    assert set(tokens) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "uid",
        "info",
    }
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("bearer", 2592000, "read")
    assert tokens["info"]["name"] == "张三"
    assert isinstance(tokens["uid"], int)
    renewed = granted(b, "refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert (renewed["uid"], renewed["token_type"]) == (tokens["uid"], "bearer")
    plain = Client(world).login(scope="read")
    assert plain["token_type"] == "Bearer"
    assert not {"uid", "info"} & set(plain)
