"""PKCE (RFC 7636) over HTTP: what a challenge and a verifier look like, and what is said where they do not."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
import requests
from standard_client import CALLBACK, CHALLENGE, VERIFIER, Client

pytestmark = pytest.mark.thorough

EXAMPLE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # appendix B
ITS_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def test_the_example_of_the_rfc_holds(world: Any) -> None:
    client = Client(world)
    code = client.answer(code_challenge=ITS_CHALLENGE, code_challenge_method="S256")["code"]

    assert client.token(code=code, code_verifier=ITS_CHALLENGE).json()["error"] == "invalid_grant"
    assert client.token(code=code, code_verifier=EXAMPLE).status_code == 200


@pytest.mark.parametrize("length", [43, 44, 128])
def test_a_verifier_has_43_to_128_unreserved_characters(world: Any, length: int) -> None:
    """§4.1."""
    client = Client(world)
    verifier = ("aZ09-._~" * 16)[:length]
    code = client.answer(code_challenge=s256(verifier), code_challenge_method="S256")["code"]

    assert client.token(code=code, code_verifier=verifier).status_code == 200


@pytest.mark.parametrize(
    "verifier", ["v" * 42, "v" * 129, "v" * 42 + "+", "v" * 42 + "=", "v" * 42 + " ", "v" * 42 + "é"]
)
def test_any_other_is_refused_although_its_challenge_fits(world: Any, verifier: str) -> None:
    client = Client(world)
    code = client.answer(code_challenge=s256(verifier), code_challenge_method="S256")["code"]

    answer = client.token(code=code, code_verifier=verifier)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_request")


WRONG: list[dict[str, Any]] = [
    {"code_challenge": CHALLENGE},  # the method would be plain
    {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
    {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
    {"code_challenge": CHALLENGE, "code_challenge_method": "S512"},
    {"code_challenge_method": "S256"},
    {"code_challenge": CHALLENGE[:42], "code_challenge_method": "S256"},
    {"code_challenge": "c" * 129, "code_challenge_method": "S256"},
    {"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"},
    {"code_challenge": CHALLENGE + "\n", "code_challenge_method": "S256"},
]


@pytest.mark.parametrize("kind", ["web", "spa"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_challenge_that_is_none_is_told_with_what_would_do(
    world: Any, kind: str, wrong: dict[str, Any]
) -> None:
    """§4.2, §4.4.1, §7.2: S256 alone; the trace has the check."""
    answer = Client(world, kind=kind).answer(**wrong)

    assert (answer["error"], answer["state"]) == ("invalid_request", "s")
    assert "code_challenge_method=S256" in answer["error_description"]
    told = world.town.api("GET", f"/flows/{world.flow()['id']}/export.json")["exchanges"]
    assert {check["name"]: check["ok"] for check in told[-1]["checks"]}["PKCE S256 challenge"] is False


def test_who_needs_one_and_sends_none_is_told_so(world: Any) -> None:
    """§4.4.1."""
    for fields in ({"kind": "spa"}, {"kind": "native"}, {"policies": {"require_pkce": True}}):
        answer = Client(world, **fields).answer()
        assert answer["error"] == "invalid_request"
        assert "code_challenge" in answer["error_description"]


def test_a_push_is_told_so_too(world: Any) -> None:
    client = Client(world, policies={"require_pkce": True})
    form = {"client_id": client.app["appid"], "response_type": "code", "redirect_uri": CALLBACK}

    answer = requests.post(
        f"{client.town.provider}/oauth/par",
        data=form,
        auth=(client.app["appid"], client.app["secret"]),
        timeout=10,
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "code_challenge_method=S256" in answer.json()["error_description"]


def test_the_challenge_stands_in_no_answer(world: Any) -> None:
    """§4.4."""
    answer = Client(world).answer(code_challenge=CHALLENGE, code_challenge_method="S256")

    assert set(answer) == {"kept", "code", "state", "iss"}
    assert CHALLENGE not in str(answer)
    padded = answer["code"] + "=" * (-len(answer["code"]) % 4)
    assert CHALLENGE.encode() not in base64.urlsafe_b64decode(padded)
