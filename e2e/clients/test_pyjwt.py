"""PyJWT as a resource server of somebody's own: it reads our JWT access tokens, and refuses what is none."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "pyjwt"


@pytest.fixture
def app(new_app: Any) -> Any:
    return new_app(dialect="standard", kind="machine", access_token_format="jwt")


def token(app: Any) -> str:
    auth = (app.made["appid"], app.made["secret"])
    asked = {"grant_type": "client_credentials", "scope": "read"}
    answer = app.town.http.post(f"{app.town.provider}/oauth/token", asked, auth=auth, timeout=20)
    return str(answer.json()["access_token"])


def read(sdk: Program, app: Any, token: str, **other: str) -> Any:
    known = app.town.http.get(
        f"{app.town.provider}/.well-known/oauth-authorization-server", timeout=20
    ).json()
    who = {"issuer": known["issuer"], "audience": app.town.intercepting.report["resource_url"], **other}
    return sdk("read", token=token, jwks_uri=known["jwks_uri"], **who)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_it_reads_a_token_signed_by_any_algorithm(sdk: Program, app: Any, alg: str) -> None:
    app.change(id_token_signed_response_alg=alg)

    claims = read(sdk, app, token(app))

    assert (claims["client_id"], claims["scope"]) == (app.made["appid"], "read")


def test_it_reads_old_tokens_and_new_ones_after_keys_were_rotated(sdk: Program, app: Any) -> None:
    old = token(app)
    app.town.api("POST", "/keys/rotate", {})

    assert read(sdk, app, old)["jti"] != read(sdk, app, token(app))["jti"]


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"issuer": "http://127.0.0.1:1"}, "InvalidIssuerError"),
        ({"audience": "http://api.test"}, "InvalidAudienceError"),
    ],
)
def test_it_refuses_a_token_for_or_from_somebody_else(
    sdk: Program, app: Any, other: dict[str, str], kind: str
) -> None:
    with pytest.raises(Raised) as caught:
        read(sdk, app, token(app), **other)

    assert caught.value.kind == kind


def test_it_refuses_a_token_that_was_altered(sdk: Program, app: Any) -> None:
    head, body, signature = token(app).split(".")

    with pytest.raises(Raised) as caught:
        read(sdk, app, f"{head}.{body}.{'A' * len(signature)}")

    assert caught.value.kind == "InvalidSignatureError"
