"""mod_oauth2, a resource server as an Apache module, as Debian packages it: it reads our JWTs, or asks about a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients.apache import Apache

pytestmark = pytest.mark.slow


@pytest.fixture
def apache() -> Iterator[Apache]:
    one = Apache("oauth2", site="")
    yield one
    one.end()


@pytest.fixture
def app(new_app: Any) -> Any:
    return new_app(dialect="standard", kind="machine")


def token(app: Any, scope: str = "read") -> str:
    auth = (app.made["appid"], app.made["secret"])
    asked = {"grant_type": "client_credentials", "scope": scope}
    answer = app.town.http.post(f"{app.town.provider}/oauth/token", asked, auth=auth, timeout=20)
    return str(answer.json()["access_token"])


def guarded(apache: Apache, verify: str) -> None:
    verifying = f"OAuth2TokenVerify {verify}"
    require = "Require oauth2_claim scope:read"
    apache.start("<Location />", "AuthType oauth2", verifying, require, "</Location>")


def status(apache: Apache, app: Any, token: str) -> int:
    bearer = {"Authorization": f"Bearer {token}"}
    return int(app.town.http.get(f"{apache.url}/page", headers=bearer, timeout=20).status_code)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_it_reads_a_jwt_by_the_key_set(apache: Apache, app: Any, alg: str) -> None:
    app.change(access_token_format="jwt", id_token_signed_response_alg=alg)
    guarded(apache, f"jwks_uri {app.town.provider}/oauth/jwks jwks_uri.ssl_verify=false&verify.exp=required")
    right = token(app)
    head, body, signature = right.split(".")

    assert status(apache, app, right) == 200, apache.said
    assert status(apache, app, f"{head}.{body}.{'A' * len(signature)}") == 401
    assert status(apache, app, token(app, "articles.read")) == 401, "the scope is missing"


def test_it_asks_about_an_opaque_token(apache: Apache, app: Any) -> None:
    asked = {
        "introspect.ssl_verify": "false",
        "introspect.auth": "client_secret_basic",
        "client_id": app.made["appid"],
        "client_secret": app.made["secret"],
    }
    options = "&".join(f"{name}={value}" for name, value in asked.items())
    guarded(apache, f"introspect {app.town.provider}/oauth/introspect {options}")
    late = token(app)
    app.advance("2h")

    assert status(apache, app, token(app)) == 200, apache.said
    assert status(apache, app, late) == 401
