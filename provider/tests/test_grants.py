"""The grants beside the authorization code (RFC 6749 §4.2 to §4.4), over HTTP: only for apps that may use them."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from granting import ACCESS, EXCHANGE, exchanged, granted, machine
from standard_client import Client


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


@pytest.mark.parametrize("grant", ["client_credentials", "password", EXCHANGE])
def test_a_fault_at_the_token_endpoint_breaks_the_grants_without_a_code_too(world: Any, grant: str) -> None:
    client = Client(world, grant_types=["client_credentials", "password", EXCHANGE])
    world.town.api(
        "POST", f"/apps/{client.app['appid']}/faults", {"endpoint": "token", "error": "busy", "times": 1}
    )

    answers = [granted(client, grant, username="lisi", password="ninestep", scope="read") for _ in range(2)]

    assert answers[0].status_code == 503
    assert answers[0].json()["error"] == "temporarily_unavailable"
    assert answers[1].status_code != 503


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


def test_a_password_grant_has_no_code_to_be_listed(world: Any) -> None:
    client = Client(world, grant_types=["password"])

    granted(client, "password", username="lisi", password="ninestep", scope="user_info")

    assert world.town.api("GET", f"/apps/{client.app['appid']}/codes") == []


def test_the_implicit_grant_is_off_until_the_app_has_it(world: Any) -> None:
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
    path = f"/apps/{world.appid}"  # WeChat's, which has no use for them
    refused = world.town.api("PATCH", path, {"grant_types": ["magic"]}, status=422)
    assert refused["errors"][0]["field"] == "grant_types"
    world.town.api("PATCH", path, {"grant_types": ["client_credentials"]}, status=200)


def put(fields: dict[str, Any], **values: str) -> dict[str, Any]:
    """The fields with these values for their {names}."""
    told = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    return {name: value and [one.format(**values) for one in value] for name, value in told.items()}


def test_a_service_gets_a_narrower_token_for_the_one_it_was_called_with(world: Any) -> None:
    shop = Client(world)
    service = machine(world, grant_types=[EXCHANGE])
    tokens = shop.login(scope="openid profile read")

    told = exchanged(service, tokens["access_token"], scope="openid").json()

    assert (told["issued_token_type"], told["token_type"]) == (ACCESS, "Bearer")
    assert 0 < told["expires_in"] <= 3600
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
        ({"subject_token_type": None}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"actor_token_type": ACCESS}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": ACCESS}, "invalid_request"),
        ({"scope": "openid read"}, "invalid_scope"),
        ({"audience": "another-service"}, "invalid_target"),
        ({"resource": "https://elsewhere.test/"}, "invalid_target"),
        ({"resource": "/userinfo"}, "invalid_target"),
        ({"resource": "{resource}#part"}, "invalid_target"),
        ({"resource": ["{resource}/userinfo", "https://elsewhere.test/"]}, "invalid_target"),
        ({"audience": ["{resource}", "another-service"]}, "invalid_target"),
        ({"scope": ["openid", "openid"]}, "invalid_request"),
        ({"resource": "{resource}.elsewhere.test/"}, "invalid_target"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    ],
)
def test_an_exchange_never_gives_more(world: Any, changes: dict[str, Any], error: str) -> None:
    service = machine(world, grant_types=[EXCHANGE])
    tokens = Client(world).login(scope="openid")

    answer = exchanged(service, tokens["access_token"], **put(changes, resource=world.town.resource))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "where",
    [
        {"audience": "{resource}"},
        {"resource": "{resource}/userinfo"},
        {"resource": "{resource}"},
        {
            "resource": ["{resource}/userinfo", "{resource}/articles"],
            "audience": ["{resource}", "{resource}"],
        },
    ],
)
def test_an_exchange_may_name_the_towns_data_as_its_target(world: Any, where: dict[str, Any]) -> None:
    """RFC 8693 §2.1: one target or several."""
    service = machine(world, grant_types=[EXCHANGE])
    tokens = Client(world).login(scope="openid")
    target = put(where, resource=world.town.resource)

    assert service.userinfo(exchanged(service, tokens["access_token"], **target).json()) == {
        "sub": "zhangsan"
    }


@pytest.mark.parametrize("end", ["expired", "revoked", "consent", "unknown"])
def test_a_subject_token_that_has_ended_buys_nothing(world: Any, end: str) -> None:
    shop, service = Client(world), machine(world, grant_types=[EXCHANGE])
    token = ended(shop, end)

    answer = exchanged(service, token)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("end", ["expired", "revoked", "consent", "unknown"])
def test_what_has_ended_is_not_active_and_nobody_is_told_why(world: Any, end: str) -> None:
    """RFC 7662 §2.2."""
    shop = Client(world)
    token = ended(shop, end)

    answer = shop.form("/oauth/introspect", token=token)

    assert (answer.status_code, answer.json()) == (200, {"active": False})


def ended(client: Client, end: str) -> str:
    """An access token that is no longer good."""
    token = str(client.login()["access_token"])
    if end == "expired":
        client.world.advance("2h")
    elif end == "revoked":
        client.form("/oauth/revoke", token=token)
    elif end == "consent":
        client.town.api("DELETE", "/grants", params={"world": client.world.name, "user": "zhangsan"})
    else:
        token += "x"
    return token


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def altered(token: str, how: str) -> str:
    head, body, signature = token.split(".")
    if how == "signature":
        return f"{head}.{body}.{signature[:-4]}AAAA"
    if how == "alg none":
        return f"{encoded({'alg': 'none', 'typ': 'at+jwt'})}.{body}."
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{head}.{encoded({**claims, 'scope': 'openid profile email'})}.{signature}"


@pytest.mark.parametrize("how", ["signature", "alg none", "claims"])
def test_a_signed_token_that_was_altered_opens_nothing(world: Any, how: str) -> None:
    client = Client(world, access_token_format="jwt")
    token = client.login(scope="openid")["access_token"]

    assert client.userinfo({"access_token": altered(token, how)}) == {"error": "invalid_token"}
    assert client.userinfo({"access_token": token}) == {"sub": "zhangsan"}


def test_a_signed_token_that_was_altered_is_not_active(world: Any) -> None:
    client = Client(world, access_token_format="jwt")
    token = client.login(scope="openid")["access_token"]

    for how in ("signature", "alg none", "claims"):
        assert client.form("/oauth/introspect", token=altered(token, how)).json() == {"active": False}
    assert client.form("/oauth/introspect", token=token).json()["active"] is True


def test_who_got_a_token_by_exchange_may_ask_about_it_and_give_it_up(world: Any) -> None:
    """RFC 8693 §4.1: the user is its subject still, and the service the actor. RFC 7009 §2.1: it is the service's."""
    shop, service, other = (Client(world), *(machine(world, grant_types=[EXCHANGE]) for _ in range(2)))
    own = shop.login(scope="openid")["access_token"]
    token = exchanged(service, own).json()["access_token"]

    told = service.form("/oauth/introspect", token=token).json()
    assert (told["active"], told["sub"], told["client_id"]) == (True, "zhangsan", service.app["appid"])
    assert told["act"] == {"sub": service.app["appid"]}
    assert other.form("/oauth/introspect", token=token).json() == {"active": False}
    assert other.form("/oauth/revoke", token=token).json()["error"] == "invalid_grant"
    assert service.form("/oauth/revoke", token=token).status_code == 200
    assert service.form("/oauth/introspect", token=token).json() == {"active": False}
    assert shop.userinfo({"access_token": own}) == {"sub": "zhangsan"}, "the other's own token lives"


UNREGISTERED: dict[str, dict[str, str]] = {  # M056: everything of the request is good but the client
    "authorization_code": {"code": "CODE", "redirect_uri": "http://127.0.0.1/callback"},
    "refresh_token": {"refresh_token": "REFRESH"},
    "password": {"username": "lisi", "password": "ninestep"},
    "client_credentials": {"scope": "articles.read"},
    "urn:ietf:params:oauth:grant-type:device_code": {"device_code": "x"},
    EXCHANGE: {"subject_token": "ACCESS", "subject_token_type": ACCESS},
}


@pytest.mark.thorough
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


@pytest.mark.parametrize("how", ["deleted", "reset"])
def test_what_an_app_got_for_itself_ends_with_it_and_not_with_another(world: Any, how: str) -> None:
    """Also where an app of the same id comes after it."""
    one, other = machine(world), machine(world)
    path, articles = f"/apps/{one.app['appid']}", f"{world.town.resource}/articles"

    def token_of(client: Client) -> dict[str, str]:
        told = granted(client, "client_credentials", scope="articles.read").json()
        return {"Authorization": f"Bearer {told['access_token']}"}

    own, others = token_of(one), token_of(other)
    if how == "deleted":
        kept = {name: one.app[name] for name in ("dialect", "kind", "secret", "world")}
        world.town.api("DELETE", path)
        world.town.api("PUT", path, kept)
    else:
        world.town.api("POST", f"{path}/reset")

    assert requests.get(articles, headers=own, timeout=10).json() == {"error": "invalid_token"}
    assert requests.get(articles, headers=others, timeout=10).status_code == 200
    assert requests.get(articles, headers=token_of(one), timeout=10).status_code == 200
