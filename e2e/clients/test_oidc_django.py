"""A Django site on django-allauth's OpenID Connect provider, or on mozilla-django-oidc, unmodified."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program

SDK = "oidc_django"


def at_allauth(sdk: Program, new_app: Any, **fields: Any) -> Any:
    callback = f"{sdk('where')}/accounts/oidc/town/login/callback/"
    return new_app(dialect="standard", kind="web", callback=callback, **fields)


@pytest.mark.parametrize("method", [None, "client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_person_logs_in_with_allauth(
    sdk: Program, new_app: Any, person: Any, method: str | None, alg: str
) -> None:
    app = at_allauth(sdk, new_app, id_token_signed_response_alg=alg)
    url = sdk("start_allauth", app=app.told(), issuer=app.town.provider, method=method)

    (account,) = person.whole(url)["accounts"]

    assert account["uid"] == "zhangsan"
    assert account["data"]["userinfo"]["name"] == "张三"
    assert account["data"]["id_token"]["aud"] == app.made["appid"]


def test_a_refusal_is_a_canceled_login(sdk: Program, new_app: Any, person: Any) -> None:
    app = at_allauth(sdk, new_app, consent={"mode": "deny"})

    page = person.session.get(sdk("start_allauth", app=app.told(), issuer=app.town.provider), timeout=20)

    assert page.url == f"{sdk('where')}/accounts/3rdparty/login/cancelled/"


@pytest.mark.parametrize("value", ["iss", "aud", "expired"])
def test_an_id_token_that_is_wrong_on_purpose_is_no_login_with_allauth(
    sdk: Program, new_app: Any, person: Any, value: str
) -> None:
    app = at_allauth(sdk, new_app)
    app.break_id_token(value)

    person.session.get(sdk("start_allauth", app=app.told(), issuer=app.town.provider), timeout=20)

    assert person.whole(f"{sdk('where')}/me") == {"user": None}


def at_mozilla(sdk: Program, new_app: Any, **fields: Any) -> Any:
    """It proves itself in the body."""
    callback = f"{sdk('where')}/oidc/callback/"
    return new_app(dialect="standard", kind="web", callback=callback, **fields)


def begun(sdk: Program, app: Any, **more: Any) -> str:
    userinfo = f"{app.town.intercepting.report['resource_url']}/userinfo"
    return str(sdk("start_mozilla", app=app.told(), issuer=app.town.provider, userinfo=userinfo, **more))


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_person_logs_in_with_mozilla_django_oidc(sdk: Program, new_app: Any, person: Any, alg: str) -> None:
    app = at_mozilla(sdk, new_app, id_token_signed_response_alg=alg)

    assert person.whole(begun(sdk, app, alg=alg))["email"] == "zhangsan@example.test"


@pytest.mark.parametrize("value", ["wrong_key", "unknown_kid", "alg_none", "nonce"])
def test_an_id_token_that_is_wrong_on_purpose_is_no_login_with_mozilla_django_oidc(
    sdk: Program, new_app: Any, person: Any, value: str
) -> None:
    app = at_mozilla(sdk, new_app)
    app.break_id_token(value)

    person.session.get(begun(sdk, app), timeout=20)

    assert app.ask("GET", "/faults?unfired=1") == []
    assert person.whole(f"{sdk('where')}/me") == {"user": None}
