"""The provider without a code (M041): a token goes to our own client's back end, and to nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ninestep.counterfactual import DELIVERY

pytestmark = pytest.mark.thorough

QQ = "101234567"
NOBODY = "http://127.0.0.1:1"  # where nothing listens


@pytest.fixture
def alone(start: Callable[..., Any]) -> Any:
    """A provider whose client does not answer."""
    return start(client_url=NOBODY)


def ask(control: Any, appid: str, address: str) -> Any:
    control("POST", f"/apps/{appid}/next", {"user": "zhangsan"})
    query = {"client_id": appid, "redirect_uri": address, "response_type": "token", "state": "s"}
    return control.stage("/oauth2.0/authorize", query)


def test_a_back_end_that_does_not_answer_is_told_of_and_the_user_stays_all_the_same(alone: Any) -> None:
    answer = ask(alone, QQ, NOBODY + DELIVERY)

    assert answer.status_code == 200
    assert 'data-testid="cf-stranded" data-state="lost"' in answer.text
    [flow] = alone("GET", "/flows", world="town", app=QQ)
    messages = alone("GET", f"/flows/{flow['id']}/messages")
    assert [(m["step"], m["to"], m["outcome"]) for m in messages] == [
        (2, "provider", "ok"),
        (4, "client_app", "failed"),
    ]
    assert flow["outcome"] == "failed"


def test_the_token_is_not_in_the_page(alone: Any) -> None:
    answer = ask(alone, QQ, NOBODY + DELIVERY)
    [flow] = alone("GET", "/flows", world="town", app=QQ)
    [delivered] = [
        each for each in alone("GET", f"/flows/{flow['id']}/exchanges") if each["name"] == "token.delivered"
    ]

    assert "access_token" not in answer.text
    assert "Location" not in answer.headers
    assert {value["kind"] for value in delivered["values"]} == {"access_token", "state"}


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:2" + DELIVERY, NOBODY + DELIVERY + "/more", NOBODY + "/x"]
)
def test_every_other_address_gets_a_redirect(alone: Any, address: str) -> None:
    app = alone("POST", "/apps", {"dialect": "qq", "kind": "web", "redirect_uris": [address]})

    answer = ask(alone, app["appid"], address)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{address}#access_token=")


def test_a_code_is_sent_by_redirect_to_that_address_too(alone: Any) -> None:
    alone("POST", f"/apps/{QQ}/next", {"user": "zhangsan"})
    query = {"client_id": QQ, "redirect_uri": NOBODY + DELIVERY, "response_type": "code", "state": "s"}

    answer = alone.stage("/oauth2.0/authorize", query)

    assert answer.headers["Location"].startswith(NOBODY + DELIVERY + "?code=")
