"""Weibo's ``response_type=token`` (wire.md F.1): a token in the fragment, unless the app's policies refuse it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from browser import Browser
from weibo_client import CALLBACK, Weibo, error, registered

pytestmark = pytest.mark.thorough


@pytest.fixture
def weibo(town: Any) -> Weibo:
    return registered(town)


def fragment(location: str) -> dict[str, str]:
    parts = urlsplit(location)
    assert parts.query == ""
    return dict(parse_qsl(parts.fragment))


@pytest.mark.parametrize("kind", ["web", "mobile"])
@pytest.mark.parametrize(("method", "status"), [("GET", 302), ("POST", 303)])
def test_a_token_comes_in_the_fragment_and_no_refresh_token(
    town: Any, kind: str, method: str, status: int
) -> None:
    weibo = registered(town, kind=kind)
    response = weibo.authorize(method, response_type="token")

    assert response.status_code == status
    pattern = r"#access_token=2\.00\w{28}&remind_in=2592000&expires_in=2592000&uid=\d{10}&state=s"
    assert re.fullmatch(re.escape(CALLBACK) + pattern, response.headers["Location"])


def test_the_token_is_as_good_as_one_for_a_code(weibo: Weibo) -> None:
    told = fragment(weibo.authorize(response_type="token", scope="email").headers["Location"])
    info = weibo.call("POST", "/oauth2/get_token_info", params={"access_token": told["access_token"]})

    assert info.json()["scope"] == "email"
    assert str(info.json()["uid"]) == told["uid"] == weibo.tokens()["uid"]
    assert weibo.show(told["access_token"], told["uid"]).json()["screen_name"] == "张三"
    assert weibo.call("POST", "/oauth2/revokeoauth2", data={"access_token": told["access_token"]}).ok
    assert error(weibo.show(told["access_token"], told["uid"]))[1] == 21332


def test_a_person_who_agrees_on_the_page_sends_the_token_back(town: Any) -> None:
    weibo, browser = registered(town, consent={"mode": "ask"}), Browser()
    query = weibo.query(response_type="token", scope="email,invitation_write")
    login = browser.follow(browser.get(f"{town.provider}/oauth2/authorize", **query))
    consent = browser.follow(browser.submit(login, persona="lisi"))

    told = fragment(browser.submit(consent, decision="approve", scope=["email"]).headers["Location"])

    info = weibo.call("POST", "/oauth2/get_token_info", params={"access_token": told["access_token"]})
    assert info.json()["scope"] == "email"


def test_a_no_and_an_error_are_told_in_the_fragment(weibo: Weibo) -> None:
    weibo.town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "authorize", "error": "busy"})
    busy = weibo.authorize(response_type="token").headers["Location"]
    weibo.change(consent={"mode": "deny"})
    denied = weibo.authorize(response_type="token").headers["Location"]

    start = f"{CALLBACK}#error_uri=%2Foauth2%2Fauthorize&error="
    assert busy == f"{start}temporarily_unavailable&error_code=21331&state=s"
    text = "user%20denied%20your%20request."
    assert denied == f"{start}access_denied&error_description={text}&error_code=21330&state=s"


@pytest.mark.parametrize("policies", [{"implicit": False}, {"require_pkce": True}], ids=str)
def test_an_app_can_refuse_it(weibo: Weibo, policies: dict[str, bool]) -> None:
    weibo.change(policies=policies)

    location = weibo.authorize(response_type="token").headers["Location"]

    assert location == (
        f"{CALLBACK}?error_uri=%2Foauth2%2Fauthorize&error=unsupported_response_type&error_code=21329&state=s"
    )
    assert weibo.town.api("GET", f"/apps/{weibo.appid}/tokens") == []


def test_the_trace_hides_the_token(weibo: Weibo) -> None:
    token = fragment(weibo.authorize(response_type="token").headers["Location"])["access_token"]
    [flow] = weibo.town.api("GET", "/flows", params={"world": weibo.app["world"]})

    assert token not in json.dumps(weibo.town.api("GET", f"/flows/{flow['id']}/exchanges"))
