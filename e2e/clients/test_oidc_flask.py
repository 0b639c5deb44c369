"""Flask sites on Authlib's client, Flask-OIDC and Flask-Dance, unmodified: the standard dialect by its issuer."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program

SDK = "oidc_flask"

CALLBACKS = {"authlib": "/callback", "flask_oidc": "/authorize", "flask_dance": "/town/authorized"}
every = pytest.mark.parametrize("kind", CALLBACKS)


@pytest.fixture
def app(sdk: Program, new_app: Any, kind: str) -> Any:
    return new_app(dialect="standard", kind="web", callback=f"{sdk('where')}{CALLBACKS[kind]}")


def site(sdk: Program, kind: str, app: Any, **more: Any) -> str:
    resource = str(app.town.intercepting.report["resource_url"])
    sdk("start", kind=kind, app=app.told(resource=resource, **more), issuer=app.town.provider)
    return str(sdk("where")) + ("/login" if kind == "authlib" else "/")


@every
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_a_person_logs_in(sdk: Program, app: Any, person: Any, kind: str, alg: str) -> None:
    app.change(id_token_signed_response_alg=alg)

    shown = person.whole(site(sdk, kind, app))

    assert shown["profile"]["name"] == "张三", shown


@pytest.mark.parametrize("kind", ["authlib"])
@pytest.mark.parametrize(
    "value", ["wrong_key", "unknown_kid", "alg_none", "iss", "aud", "nonce", "expired", "at_hash"]
)
def test_an_id_token_that_is_wrong_on_purpose_is_no_login(
    sdk: Program, app: Any, person: Any, kind: str, value: str
) -> None:
    app.break_id_token(value)

    shown = person.whole(site(sdk, kind, app))

    assert "error" in shown
    assert "user" in person.whole(site(sdk, kind, app))


@pytest.mark.parametrize("kind", ["authlib"])
def test_a_refusal_is_its_own_error(sdk: Program, app: Any, person: Any, kind: str) -> None:
    app.change(consent={"mode": "deny"})

    assert person.whole(site(sdk, kind, app))["error"] == "access_denied"


@pytest.mark.parametrize("kind", ["authlib"])
def test_a_wrong_secret_is_its_own_error(sdk: Program, app: Any, person: Any, kind: str) -> None:
    assert person.whole(site(sdk, kind, app, secret="wrong"))["error"] == "invalid_client"


@pytest.mark.parametrize("kind", ["authlib"])
def test_a_login_goes_well_while_keys_are_rotated(sdk: Program, app: Any, person: Any, kind: str) -> None:
    """The client keeps the keys that it read first, and fetches again for a kid that it does not know."""
    url = site(sdk, kind, app)
    assert "user" in person.whole(url)

    app.town.api("POST", "/keys/rotate", {})

    assert "user" in person.whole(url)


@pytest.mark.parametrize("kind", ["flask_oidc"])
def test_an_api_of_the_site_asks_about_a_token_and_its_scope(
    sdk: Program, app: Any, person: Any, kind: str
) -> None:
    url = site(sdk, kind, app)
    app.change(grant_types=["client_credentials"])

    def status(scope: str) -> int:
        auth = (app.made["appid"], app.made["secret"])
        asked = {"grant_type": "client_credentials", "scope": scope}
        token = app.town.http.post(f"{app.town.provider}/oauth/token", asked, auth=auth).json()
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        return int(app.town.http.get(f"{url}api", headers=bearer).status_code)

    assert (status("read"), status("articles.read")) == (200, 403)
