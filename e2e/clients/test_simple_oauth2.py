"""simple-oauth2, unmodified: code with PKCE, client credentials and password, refresh and revocation."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from clients.program import Program, Raised

SDK = "simple_oauth2"

PASSWORD = ["password", "refresh_token"]
MACHINE = ["client_credentials"]


@pytest.fixture
def told(new_app: Any) -> Any:
    """What its back end knows of a new app."""

    def told(**fields: Any) -> Any:
        app = new_app(dialect="standard", **fields)
        return {**app.told(town=app.town.provider), "app": app}

    return told


def call(sdk: Program, name: str, app: dict[str, Any], **given: Any) -> Any:
    return sdk(name, app={key: value for key, value in app.items() if key != "app"}, **given)


def log_in(sdk: Program, app: dict[str, Any], person: Any, **changed: str) -> Any:
    begun = call(sdk, "begin", app, scope="user_info offline_access")
    said = person.visit(begun["url"])
    assert said["state"] == "st"
    return call(sdk, "getToken", app, **{"code": said["code"], "verifier": begun["verifier"], **changed})


def status(app: dict[str, Any], token: dict[str, str]) -> int:
    header = {"Authorization": f"Bearer {token['access_token']}"}
    return requests.get(f"{app['app'].town.gateway}/userinfo", headers=header, timeout=20).status_code


@pytest.mark.parametrize("by", ["header", "body"])
def test_it_logs_in_refreshes_and_revokes(sdk: Program, told: Any, person: Any, by: str) -> None:
    app = told(kind="web", policies={"require_pkce": True}) | {"by": by}
    first = log_in(sdk, app, person)
    assert status(app, first) == 200
    assert call(sdk, "expired", app, token=first) is False

    second = call(sdk, "refresh", app, token=first)
    assert second["refresh_token"] != first["refresh_token"]
    assert status(app, second) == 200

    call(sdk, "revoke", app, token=second, kind="access_token")
    assert status(app, second) == 401
    third = call(sdk, "refresh", app, token=second)
    call(sdk, "revokeAll", app, token=third)
    assert status(app, third) == 401
    with pytest.raises(Raised) as refused:
        call(sdk, "refresh", app, token=third)
    assert "400" in refused.value.text


def test_its_secret_may_have_any_character(sdk: Program, told: Any, person: Any) -> None:
    """It form-urlencodes id and secret before it joins them (RFC 6749 §2.3.1), as the town reads them."""
    app = told(kind="web")
    app["secret"] = 'a+b%2B/c:d=e&f?g#h"i'
    app["app"].town.api(
        "PUT",
        f"/apps/{app['appid']}",
        {"secret": app["secret"], "world": app["app"].world, "dialect": "standard", "kind": "web"}
        | {"redirect_uris": [app["callback"]], "consent": {"mode": "auto"}},
    )

    assert log_in(sdk, app, person)["token_type"] == "Bearer"


@pytest.mark.parametrize("wrong", [{"code": "x" * 43}, {"verifier": "v" * 43}])
def test_a_code_or_verifier_that_is_wrong_is_its_own_error(
    sdk: Program, told: Any, person: Any, wrong: dict[str, str]
) -> None:
    with pytest.raises(Raised) as refused:
        log_in(sdk, told(kind="web"), person, **wrong)

    assert "400" in refused.value.text


def test_a_wrong_secret_is_its_own_error(sdk: Program, told: Any, person: Any) -> None:
    with pytest.raises(Raised) as refused:
        log_in(sdk, told(kind="web") | {"secret": "0" * 32}, person)

    assert "401" in refused.value.text


@pytest.mark.parametrize("by", ["header", "body"])
def test_a_machine_gets_a_token_of_its_own(sdk: Program, told: Any, by: str) -> None:
    app = told(kind="machine", grant_types=MACHINE, redirect_uris=[], scopes=["articles.read"]) | {"by": by}

    token = call(sdk, "machine", app, scope="articles.read")

    assert token["scope"] == "articles.read"
    assert "refresh_token" not in token
    assert status(app, token) == 403


def test_a_password_buys_a_token_where_the_app_may(sdk: Program, told: Any) -> None:
    given = {"username": "lisi", "password": "ninestep", "scope": "user_info"}
    app = told(kind="web", grant_types=PASSWORD)

    token = call(sdk, "password", app, **given)
    assert status(app, token) == 200
    assert status(app, call(sdk, "refresh", app, token=token)) == 200

    for refused in ((app, given | {"password": "wrong"}), (told(kind="web"), given)):
        with pytest.raises(Raised) as caught:
            call(sdk, "password", refused[0], **refused[1])
        assert "400" in caught.value.text
