"""omniauth_openid_connect (Ruby; GitLab's, as Debian packages it): the standard dialect by its issuer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from clients.program import PROGRAMS, Program

pytestmark = pytest.mark.slow
CALLBACK = "http://127.0.0.1/auth/town/callback"


@pytest.fixture(scope="module")
def sdk(town: Any) -> Iterator[Program]:
    ruby = shutil.which("ruby")
    there = [ruby or "", "-e", "require 'omniauth_openid_connect'"]
    if not ruby or subprocess.run(there, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no omniauth_openid_connect: apt-get install ruby ruby-omniauth-openid-connect")
    program = Program([ruby, str(PROGRAMS / "with_omniauth.rb")], town.state)
    yield program
    program.end()


@pytest.fixture
def app(new_app: Any) -> Any:
    return new_app(dialect="standard", kind="web", callback=CALLBACK)


def log_in(sdk: Program, app: Any, person: Any, **more: str) -> Any:
    person.visit(sdk("start", app=app.told(), issuer=app.town.provider, **more), until=CALLBACK)
    return sdk("finish", app=app.told(), callback=person.seen[-1])


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("method", ["basic", "other"])
def test_a_person_logs_in(sdk: Program, app: Any, person: Any, method: str, alg: str) -> None:
    """Its method «other» means the body."""
    app.change(id_token_signed_response_alg=alg)

    found = log_in(sdk, app, person, method=method)

    assert (found["uid"], found["info"]["name"]) == ("zhangsan", "张三"), found


def test_a_refusal_is_its_own_error(sdk: Program, app: Any, person: Any) -> None:
    app.change(consent={"mode": "deny"})

    assert log_in(sdk, app, person)["type"] == "access_denied"


ERRORS = {
    "wrong_key": "JSON::JWS::VerificationFailed",
    "unknown_kid": "JSON::JWK::Set::KidNotFound",
    "alg_none": "JSON::JWS::UnexpectedAlgorithm",
    "iss": "OpenIDConnect::ResponseObject::IdToken::InvalidIssuer",
    "aud": "OpenIDConnect::ResponseObject::IdToken::InvalidAudience",
    "nonce": "OpenIDConnect::ResponseObject::IdToken::InvalidNonce",
    "expired": "OpenIDConnect::ResponseObject::IdToken::ExpiredToken",
}


@pytest.mark.parametrize("value", ERRORS)
def test_an_id_token_that_is_wrong_on_purpose_is_no_login(
    sdk: Program, app: Any, person: Any, value: str
) -> None:
    app.break_id_token(value)

    assert log_in(sdk, app, person)["error"] == ERRORS[value]
    assert log_in(sdk, app, person)["uid"] == "zhangsan"
