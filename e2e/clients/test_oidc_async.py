"""Authlib's Starlette and httpx clients, and httpx-oauth (FastAPI Users stands on it), unmodified."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program
from joserfc.jwk import ECKey

SDK = "oidc_async"


def at_starlette(sdk: Program, app: Any, person: Any) -> Any:
    said = person.visit(sdk("begin_at_starlette", app=app.told(), issuer=app.town.provider))
    return sdk("finish_at_starlette", app=app.told(), query=said)


def test_a_person_logs_in_at_a_starlette_site(sdk: Program, app: Any, person: Any) -> None:
    shown = at_starlette(sdk, app, person)

    assert shown["user"]["sub"] == shown["profile"]["sub"] == "zhangsan"
    assert shown["profile"]["name"] == "张三"


@pytest.mark.parametrize("value", ["wrong_key", "alg_none", "iss", "aud", "nonce", "expired"])
def test_an_id_token_that_is_wrong_on_purpose_is_no_login(
    sdk: Program, app: Any, person: Any, value: str
) -> None:
    app.break_id_token(value)

    assert "error" in at_starlette(sdk, app, person)
    assert "user" in at_starlette(sdk, app, person)


def test_a_machine_proves_itself_by_a_key(sdk: Program, new_app: Any) -> None:
    """The audience of Authlib's assertion is the token endpoint, also where it introspects: both are good (RFC 7523)."""
    key = ECKey.generate_key("P-256", {"kid": "machine", "alg": "ES256"})
    app = new_app(
        dialect="standard",
        kind="machine",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    pem = key.as_pem(private=True).decode()

    found = sdk("machine", app=app.told(), issuer=app.town.provider, key=pem)

    assert found["token"]["scope"] == "read"
    assert found["told"]["active"] is True


def test_httpx_oauth_logs_in_refreshes_and_revokes(sdk: Program, app: Any, person: Any) -> None:
    said = person.visit(sdk("begin_with_httpx_oauth", app=app.told(), issuer=app.town.provider))

    found = sdk("finish_with_httpx_oauth", app=app.told(), issuer=app.town.provider, code=said["code"])

    assert found == {"who": ["zhangsan", "zhangsan@example.test"], "afterwards": "GetIdEmailError"}
