"""What the OpenID Foundation's certification asks of a logout (RP-Initiated and Back-Channel OP), as far as no other test
does it. docs/certification.md has every module."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from logging_out import BYE, EVENT, logged_in, out, registered, there
from logout_listener import Listener
from registering import Registered
from standard_client import Browser, Client, field_of, verified

pytestmark = pytest.mark.thorough

STATE = "s" * 128


def unsigned(token: str) -> str:
    """The same claims, by nobody."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def forged(client: Client, token: str) -> str:
    """The same claims, signed with what the client knows."""
    key = OctKey.import_key(client.app["secret"])
    return jwt.encode({"alg": "HS256"}, dict(verified(client.town, token).claims), key)


@pytest.mark.parametrize("state", [STATE, ""])
def test_a_logout_comes_back_with_its_state_and_nothing_else(world: Any, state: str) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)
    sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}

    back = out(browser, client, **sent, **({"state": state} if state else {}))

    assert back.status_code == 302
    query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert query == {"kept": "1", **({"state": state} if state else {})}
    assert not there(browser)


@pytest.mark.parametrize(
    "changes",
    [
        {"post_logout_redirect_uri": "http://127.0.0.1/bye/unknown"},
        {"post_logout_redirect_uri": f"{BYE}&foo=bar"},
        {"id_token_hint": None},
        {"id_token_hint": unsigned},
        {"id_token_hint": forged},
    ],
)
def test_a_doubtful_logout_sends_nobody_back_and_ends_nothing(world: Any, changes: dict[str, Any]) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)
    hint = changes.get("id_token_hint", tokens["id_token"])
    if callable(hint):
        hint = hint(tokens["id_token"]) if hint is unsigned else hint(client, tokens["id_token"])
    sent = {"post_logout_redirect_uri": BYE, "state": STATE, **changes, "id_token_hint": hint}

    page = out(browser, client, **{name: value for name, value in sent.items() if value})

    assert (page.status_code, "Location" in page.headers) == (400, False)
    assert there(browser)


@pytest.mark.parametrize("params", [{}, {"state": STATE}])
def test_who_names_nobody_is_asked_and_then_logged_out(world: Any, params: dict[str, str]) -> None:
    client = registered(world)
    browser, _ = logged_in(client)

    page = out(browser, client, **params)

    assert page.status_code == 200
    form = {**params, "consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}
    ended = browser.post(f"{client.town.provider}/oauth/logout/answer", data=form, timeout=10)
    assert 'data-step="ended"' in ended.text
    assert not there(browser)


def test_without_an_address_to_go_to_a_page_says_that_it_is_over(world: Any) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)

    ended = out(browser, client, id_token_hint=tokens["id_token"], state=STATE)

    assert ended.status_code == 200
    assert 'data-step="ended"' in ended.text
    assert not there(browser)


def test_a_client_that_registered_itself_is_told_on_the_back_channel(world: Any, listener: Listener) -> None:
    client = Registered(
        world,
        post_logout_redirect_uris=[BYE],
        backchannel_logout_uri=listener.url,
        backchannel_logout_session_required=True,
    )
    assert client.told["backchannel_logout_uri"] == listener.url
    browser = Browser(client)
    code = browser.agree(browser.log_in(browser.ask()))["code"]
    auth = (client.told["client_id"], client.told["client_secret"])
    hint = client.token(auth=auth, code=code).json()["id_token"]

    back = out(browser, client, id_token_hint=hint, post_logout_redirect_uri=BYE, state=STATE)

    message = listener.told.get(timeout=10)
    assert set(message) == {"type", "logout_token"}
    told, login = verified(world.town, message["logout_token"]).claims, verified(world.town, hint).claims
    assert [told[name] for name in ("iss", "aud", "sub", "sid")] == [
        login[name] for name in ("iss", "aud", "sub", "sid")
    ]
    assert told["events"] == {EVENT: {}}
    assert told["jti"]
    assert "nonce" not in told
    assert back.headers["Location"] == f"{BYE}&state={STATE}"
    assert not there(browser)
