"""idpyoidc, a certified relying party, unmodified: discovery, registration, code with PKCE, id_token, userinfo, logout."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised
from clients.wrong_on_purpose import refusal

SDK = "idpyoidc"


def log_in(sdk: Program, app: Any, person: Any, **more: Any) -> Any:
    issuer = app.town.provider
    person.visit(sdk("begin", issuer=issuer, callback=app.callback, app=app.told(), **more))
    return sdk("finish", issuer=issuer, callback=person.seen[-1])


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_person_logs_in(sdk: Program, app: Any, person: Any, method: str, alg: str) -> None:
    app.change(id_token_signed_response_alg=alg, token_endpoint_auth_method=method)

    found = log_in(sdk, app, person, method=method, alg=alg)

    assert found["id_token"]["sub"] == found["userinfo"]["sub"] == "zhangsan"
    assert found["userinfo"]["name"] == "张三"


def test_it_proves_itself_by_a_key(sdk: Program, app: Any, person: Any) -> None:
    app.change(token_endpoint_auth_method="private_key_jwt", jwks=sdk("public_keys"))

    assert log_in(sdk, app, person, method="private_key_jwt")["userinfo"]["name"] == "张三"


def test_it_registers_itself(sdk: Program, town: Any, person: Any) -> None:
    """It wants more than there is («id_token», «code id_token»), and is told what it got."""
    issuer, callback = town.provider, "http://127.0.0.1/callback"
    url = sdk("begin", issuer=issuer, callback=callback)
    appid = url.split("client_id=")[1].split("&")[0]
    town.api("PATCH", f"/apps/{appid}", {"consent": {"mode": "auto", "user": "zhangsan"}})

    person.visit(url)

    assert sdk("finish", issuer=issuer, callback=person.seen[-1])["userinfo"]["sub"] == "zhangsan"


def test_it_refreshes(sdk: Program, app: Any, person: Any) -> None:
    first = log_in(sdk, app, person)

    second = sdk("refresh", issuer=app.town.provider, state=first["state"])

    assert second["access_token"] != first["token"]
    assert second["id_token"]


WORDS = {
    "wrong_key": "BadSignature",
    "unknown_kid": "MissingSigningKey",
    "alg_none": "UnsupportedAlgorithm",
    "iss": "ValueError",
    "aud": "NotForMe",
    "nonce": "ValueError",
    "expired": "EXPError",
}


@pytest.mark.parametrize("value", WORDS)
def test_it_refuses_an_id_token_that_is_wrong_on_purpose(
    sdk: Program, app: Any, person: Any, value: str
) -> None:
    assert refusal(app, value, lambda: log_in(sdk, app, person)).kind == WORDS[value]


def test_it_refuses_an_answer_of_another_issuer(sdk: Program, app: Any, person: Any) -> None:
    app.ask("POST", "/faults", {"endpoint": "authorize", "kind": "wrong_iss"})

    with pytest.raises(Raised):
        log_in(sdk, app, person)


def test_it_logs_out(sdk: Program, app: Any, person: Any) -> None:
    bye = "http://127.0.0.1/bye"
    app.change(post_logout_redirect_uris=[bye])
    found = log_in(sdk, app, person)

    url = sdk("logout", issuer=app.town.provider, state=found["state"], to=bye)

    assert person.visit(url, until=bye)["state"]
