"""The client without a code (seed S3): what its back end takes, from whom, and what it keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.thorough

DELIVERY = "/counterfactual/delivery"


def play(visitor: Any, way: str) -> tuple[str, dict[str, str]]:
    """①: where the browser is sent, and with what."""
    answer = visitor.press("/counterfactual", f"/counterfactual/play/{way}")
    assert answer.status_code == 303
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    return answer.location, query


def token_of(client: Any) -> str:
    """One that QQ's stand-in knows."""
    code = client.neighbours.code()
    _, answer = client.neighbours._mint(client.neighbours._codes.pop(code)), list(client.neighbours._access)
    return str(answer[-1])


def deliver(client: Any, **form: str) -> Any:
    """From back end to back end: no cookie, no form token."""
    return client.visitor().post(DELIVERY, data={"expires_in": "7776000", **form})


@pytest.mark.parametrize(("way", "path"), [("redirect", "token"), ("delivery", "delivery")])
def test_a_token_is_asked_for_in_place_of_a_code(visitor: Any, client: Any, way: str, path: str) -> None:
    location, query = play(visitor, way)

    assert location.startswith(f"{client.settings.provider_url}/oauth2.0/authorize?")
    assert query["response_type"] == "token"
    assert query["redirect_uri"] == f"{client.settings.client_url}/counterfactual/{path}"


def test_the_back_end_has_the_data_and_the_browser_is_not_told(visitor: Any, client: Any) -> None:
    _, query = play(visitor, "delivery")
    answer = deliver(client, access_token=token_of(client), state=query["state"])

    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers
    assert visitor.get("/api/me").status_code == 401
    assert 'data-testid="cf-nickname">张三在QQ' in visitor.get("/counterfactual").text
    assert "cf-nickname" not in client.visitor().get("/counterfactual").text


def test_the_token_is_not_kept(visitor: Any, client: Any) -> None:
    _, query = play(visitor, "delivery")
    token = token_of(client)
    deliver(client, access_token=token, state=query["state"])

    assert token not in client.everything_in_redis()


def test_it_is_recorded_in_the_flow_of_the_browser_that_began(visitor: Any, client: Any) -> None:
    answer = visitor.press("/counterfactual", "/counterfactual/play/delivery")
    state = parse_qs(urlsplit(answer.location).query)["state"][0]
    deliver(client, access_token=token_of(client), state=state)

    told = sorted(client.exchanges(answer.headers["X-Ninestep-Flow"]), key=lambda each: each.at_real)
    assert [each.name for each in told] == [
        "login.started",
        "token.delivered",
        "token.inspected",
        "profile.read",
    ]
    assert {value.kind for value in told[1].values} == {"access_token", "state"}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"state": "nobody's"},
        {"access_token": "t"},
        {"access_token": "t", "state": "x" * 5000},
        {"access_token": "t", "state": "nobody's", "expires_in": "-1"},
    ],
)
def test_a_delivery_that_nobody_asked_for_is_refused(client: Any, form: dict[str, str]) -> None:
    answer = deliver(client, **form)

    assert answer.status_code == 400
    assert client.neighbours.calls == []


@pytest.mark.parametrize("life", ["", "soon", "-1", "9" * 400, "1e9"])
def test_a_life_that_is_no_number_is_refused(visitor: Any, client: Any, life: str) -> None:
    _, query = play(visitor, "delivery")

    answer = deliver(client, access_token=token_of(client), state=query["state"], expires_in=life)
    assert answer.status_code == 400


def test_a_state_is_good_for_one_delivery(visitor: Any, client: Any) -> None:
    _, query = play(visitor, "delivery")
    assert deliver(client, access_token=token_of(client), state=query["state"]).status_code == 204

    assert deliver(client, access_token=token_of(client), state=query["state"]).status_code == 400


def test_a_token_that_is_none_brings_nothing(visitor: Any, client: Any) -> None:
    _, query = play(visitor, "delivery")

    assert deliver(client, access_token="made-up", state=query["state"]).status_code == 400
    assert "cf-nickname" not in visitor.get("/counterfactual").text


def test_a_state_of_another_platform_is_refused(visitor: Any, client: Any) -> None:
    started = visitor.start("/login/weibo")

    assert deliver(client, access_token=token_of(client), state=started.state).status_code == 400


def test_a_way_that_there_is_not_is_404(visitor: Any) -> None:
    assert visitor.press("/counterfactual", "/counterfactual/play/nothing").status_code == 404


def test_playing_takes_a_form_of_this_site(client: Any) -> None:
    assert client.visitor().post("/counterfactual/play/redirect").status_code == 400
