"""``iss`` in the answer (RFC 9207), over HTTP: in every answer that goes to a client, and the same as in the metadata."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from answer_modes import MODES, told
from standard_client import Browser, Client, answered, field_of

pytestmark = pytest.mark.thorough

DOCUMENTS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


def issuer(world: Any, document: str = DOCUMENTS[0]) -> str:
    found = requests.get(world.town.provider + document, timeout=10).json()
    return str(found["issuer"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_metadata_say_who_it_is_and_that_answers_do_too(world: Any, document: str) -> None:
    """§2.3, §3."""
    found = requests.get(world.town.provider + document, timeout=10).json()

    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["issuer"] == Client(world).answer()["iss"]
    parts = urlsplit(found["issuer"])
    assert (parts.query, parts.fragment) == ("", "")
    assert found["issuer"].isascii()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, None),
        ({"scope": "openid profile"}, None),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"response_type": "magic"}, "unsupported_response_type"),
        ({"unknown": ["a", "b"]}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "nonsense"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
    ],
    ids=str,
)
def test_every_answer_and_every_error_names_the_server(
    world: Any, mode: str, asked: dict[str, Any], error: str | None
) -> None:
    """§2: once, in whatever way the answer travels."""
    way, answer = told(Client(world).authorize(response_mode=mode, **asked))

    assert way == mode
    assert answer.get("error") == error
    assert answer["iss"] == issuer(world)


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_so_does_what_a_user_decides_on_a_page(world: Any, decision: str) -> None:
    browser = Browser(Client(world))
    page = browser.log_in(browser.ask())

    sent = {"consent_nonce": field_of(page, "consent_nonce"), "decision": decision}
    answer = answered(browser.post(page.url, data=sent, allow_redirects=False, timeout=10))

    assert answer["iss"] == issuer(world)
    assert ("code" in answer) is (decision == "approve")


def test_and_what_needs_a_page_that_nobody_wants(world: Any) -> None:
    silent = Browser(Client(world)).ask(prompt="none")

    assert answered(silent)["iss"] == issuer(world)


def test_a_token_in_a_fragment_comes_with_it_too(world: Any) -> None:
    client = Client(world, kind="spa", grant_types=["implicit"])

    for asked, got in (({}, "access_token"), ({"scope": "nothing"}, "error")):
        _, answer = told(client.authorize(response_type="token", **asked))
        assert got in answer
        assert answer["iss"] == issuer(world)
