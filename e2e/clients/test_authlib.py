"""Authlib's own client, in the version that PyPI has now, at the standard dialect by its base URL."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "authlib"


def told(app: Any, **more: Any) -> dict[str, Any]:
    return dict(app.told(base=app.town.gateway, **more))


def log_in(sdk: Program, app: Any, person: Any, **more: Any) -> Any:
    begun = sdk("begin", app=told(app), **more)
    person.visit(begun["url"])
    return sdk("fetch_token", app=told(app), callback=person.seen[-1], begun=begun)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_it_logs_in_with_pkce_and_reads_the_profile(sdk: Program, app: Any, person: Any, method: str) -> None:
    token = log_in(sdk, app, person, method=method)

    assert token["token_type"] == "Bearer"
    assert sdk("profile", app=told(app))["body"]["name"] == "张三"


def test_a_wrong_verifier_is_its_own_error(sdk: Program, app: Any, person: Any) -> None:
    begun = sdk("begin", app=told(app))
    person.visit(begun["url"])

    wrong = {**begun, "verifier": "v" * 43}
    with pytest.raises(Raised) as caught:
        sdk("fetch_token", app=told(app), callback=person.seen[-1], begun=wrong)

    assert (caught.value.kind, caught.value.fields["error"]) == ("OAuthError", "invalid_grant")


def test_a_code_that_was_used_takes_the_tokens_with_it(sdk: Program, app: Any, person: Any) -> None:
    begun = sdk("begin", app=told(app))
    person.visit(begun["url"])
    sdk("fetch_token", app=told(app), callback=person.seen[-1], begun=begun)

    with pytest.raises(Raised) as caught:
        sdk("fetch_token", app=told(app), callback=person.seen[-1], begun=begun)

    assert caught.value.fields["error"] == "invalid_grant"
    assert sdk("profile", app=told(app))["status"] == 401


def test_a_refresh_token_is_replaced_and_the_old_one_refused(sdk: Program, app: Any, person: Any) -> None:
    first = log_in(sdk, app, person)
    second = sdk("refresh", app=told(app))
    assert second["refresh_token"] != first["refresh_token"]
    assert sdk("profile", app=told(app))["status"] == 200

    with pytest.raises(Raised) as caught:
        sdk("refresh", app=told(app), token=first["refresh_token"])

    assert caught.value.fields["error"] == "invalid_grant"


def test_a_token_is_told_about_and_taken_back(sdk: Program, app: Any, person: Any) -> None:
    token = log_in(sdk, app, person)["access_token"]
    assert sdk("introspect", app=told(app), token=token)["active"] is True

    assert sdk("revoke", app=told(app), token=token) == 200

    assert sdk("introspect", app=told(app), token=token)["active"] is False
    assert sdk("profile", app=told(app))["status"] == 401
