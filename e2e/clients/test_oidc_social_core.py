"""social-core (Python Social Auth), its generic OpenID Connect backend, unmodified: the standard dialect by its issuer."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised
from clients.wrong_on_purpose import refusal

SDK = "social_core"


def log_in(sdk: Program, app: Any, person: Any) -> Any:
    told = app.told(issuer=app.town.provider)
    said = person.visit(sdk("auth_url", name="oidc", app=told))
    return sdk("auth_complete", name="oidc", app=told, said=said)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_a_person_logs_in(sdk: Program, app: Any, person: Any, alg: str) -> None:
    app.change(id_token_signed_response_alg=alg)

    found = log_in(sdk, app, person)

    assert found["uid"] == "zhangsan"
    assert found["details"]["email"] == "zhangsan@example.test"
    assert found["details"]["fullname"] == "张三"


CODES = {
    "wrong_key": "invalid_signature",
    "unknown_kid": "invalid_signature",
    "alg_none": "invalid_signature",
    "iss": "invalid_claim",
    "aud": "invalid_claim",
    "nonce": "nonce_mismatch",
    "at_hash": "invalid_claim",
    "expired": "response_expired",
}


@pytest.mark.parametrize("value", CODES)
def test_it_refuses_an_id_token_that_is_wrong_on_purpose(
    sdk: Program, app: Any, person: Any, value: str
) -> None:
    assert refusal(app, value, lambda: log_in(sdk, app, person)).fields["code"] == CODES[value]


def test_a_refusal_is_canceled(sdk: Program, app: Any, person: Any) -> None:
    app.change(consent={"mode": "deny"})

    with pytest.raises(Raised) as caught:
        log_in(sdk, app, person)

    assert caught.value.kind == "AuthCanceled"


@pytest.mark.parametrize("field", ["access_token", "id_token"])
def test_an_answer_without_a_token_is_its_own_error(sdk: Program, app: Any, person: Any, field: str) -> None:
    app.ask("POST", "/faults", {"endpoint": "token", "kind": "missing_field", "field": field})

    with pytest.raises(Raised) as caught:
        log_in(sdk, app, person)

    assert (caught.value.fields["code"], caught.value.fields["claim"]) == ("missing_claim", field)
