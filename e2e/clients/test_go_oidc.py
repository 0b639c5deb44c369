"""go-oidc and golang.org/x/oauth2, as Debian packages them: the standard dialect by its issuer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients.program import PROGRAMS, Program, Raised
from clients.wrong_on_purpose import refusal

pytestmark = pytest.mark.slow
LIBRARIES = Path("/usr/share/gocode")
NEEDED = "apt-get install golang-go golang-github-coreos-go-oidc-dev golang-golang-x-oauth2-dev"


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> str:
    go = shutil.which("go")
    if not go or not (LIBRARIES / "src/github.com/coreos/go-oidc").exists():
        pytest.skip(f"no go-oidc: {NEEDED}")
    folder = tmp_path_factory.mktemp("go")
    place = {"GO111MODULE": "off", "GOPATH": str(LIBRARIES), "GOCACHE": str(folder / "cache")}
    build = [go, "build", "-o", str(folder / "party"), str(PROGRAMS / "with_go/main.go")]
    subprocess.run(build, check=True, env={**os.environ, **place}, timeout=300)
    return str(folder / "party")


@pytest.fixture(scope="module")
def sdk(town: Any, binary: str) -> Iterator[Program]:
    program = Program([binary], town.state)
    yield program
    program.end()


def log_in(sdk: Program, app: Any, person: Any, **more: str) -> Any:
    said = person.visit(sdk("begin", app=app.told(), Issuer=app.town.provider, **more))
    return sdk("finish", app=app.told(), Code=said["code"], State=said["state"])


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("style", ["header", "params", "found out"])
def test_a_person_logs_in_and_the_token_is_refreshed(
    sdk: Program, app: Any, person: Any, style: str, alg: str
) -> None:
    app.change(id_token_signed_response_alg=alg)

    found = log_in(sdk, app, person, Style=style)

    assert (found["sub"], found["profile"]["name"], found["renewed"]) == ("zhangsan", "张三", True)


def test_it_finds_out_that_the_app_proves_itself_in_the_body(
    town: Any, binary: str, app: Any, person: Any
) -> None:
    """It tries the header first, and after a 401 the body: the refused try has spent no code."""
    app.change(token_endpoint_auth_method="client_secret_post")
    knows_nothing = Program([binary], town.state)  # it keeps what it found out about an address
    try:
        assert log_in(knows_nothing, app, person, Style="found out")["sub"] == "zhangsan"
    finally:
        knows_nothing.end()


WORDS = {
    "wrong_key": "failed to verify id token signature",
    "unknown_kid": "failed to verify id token signature",
    "alg_none": "unsupported algorithm",
    "iss": "id token issued by a different provider",
    "aud": "expected audience",
    "nonce": "nonce did not match",
    "at_hash": "access token hash does not match",
    "expired": "token is expired",
}


@pytest.mark.parametrize("value", WORDS)
def test_it_refuses_an_id_token_that_is_wrong_on_purpose(
    sdk: Program, app: Any, person: Any, value: str
) -> None:
    assert WORDS[value] in refusal(app, value, lambda: log_in(sdk, app, person)).text


def test_a_machine_gets_a_token_without_a_user(sdk: Program, new_app: Any) -> None:
    app = new_app(dialect="standard", kind="machine")

    assert sdk("machine", app=app.told(), Issuer=app.town.provider, Scope="read") == "read"


def test_a_wrong_secret_is_its_own_error(sdk: Program, new_app: Any) -> None:
    app = new_app(dialect="standard", kind="machine")

    with pytest.raises(Raised) as caught:
        sdk("machine", app=app.told(secret="wrong"), Issuer=app.town.provider, Scope="read")

    assert caught.value.kind == "*oauth2.RetrieveError"
    assert "invalid_client" in caught.value.text
