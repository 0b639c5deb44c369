"""QQ's ``response_type=token`` (wire.md E.1): a token in the fragment, unless the app's policies refuse it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from browser import Browser
from qq_client import CALLBACK, HEX, QQ, error, registered, told

pytestmark = pytest.mark.thorough


@pytest.fixture
def qq(town: Any) -> QQ:
    return registered(town)


def fragment(location: str) -> dict[str, str]:
    parts = urlsplit(location)
    assert parts.query == ""
    return dict(parse_qsl(parts.fragment))


@pytest.mark.parametrize("path", ["/oauth2.0/authorize", "/oauth2.0/show"])
@pytest.mark.parametrize(("state", "tail"), [("s", "&state=s"), (None, "")])
def test_a_token_comes_in_the_fragment_and_no_refresh_token(
    qq: QQ, path: str, state: str | None, tail: str
) -> None:
    response = qq.authorize(path, response_type="token", state=state)

    assert response.status_code == 302
    location = response.headers["Location"]
    assert re.fullmatch(re.escape(CALLBACK) + rf"#access_token={HEX}&expires_in=7776000{tail}", location)


def test_the_token_is_as_good_as_one_for_a_code(qq: QQ) -> None:
    scope = "get_user_info,get_user_email"
    token = fragment(qq.authorize(response_type="token", scope=scope).headers["Location"])["access_token"]
    openid = told(qq.me(token))["openid"]

    assert openid == qq.tokens()["openid"]
    assert (
        qq.user(access_token=token, oauth_consumer_key=qq.appid, openid=openid).json()["nickname"] == "张三"
    )
    qq.advance("91d")
    assert error(qq.me(token))[0] == 100014


def test_the_token_ends_with_the_consent(qq: QQ) -> None:
    token = fragment(qq.authorize(response_type="token").headers["Location"])["access_token"]
    qq.town.api("DELETE", "/grants", params={"app": qq.appid, "user": "zhangsan"})

    assert error(qq.me(token))[0] == 100015


def test_a_registered_fragment_is_kept(town: Any) -> None:
    own = "http://127.0.0.1/cb?a=1#/route"
    location = registered(town, redirect_uris=[own]).authorize(response_type="token", redirect_uri=own)

    assert location.headers["Location"].startswith("http://127.0.0.1/cb?a=1#/route&access_token=")


def test_a_person_who_agrees_on_the_page_sends_the_token_back(town: Any) -> None:
    qq, browser = registered(town, consent={"mode": "ask"}), Browser()
    query = qq.query(response_type="token", scope="get_user_info,get_user_email")
    login = browser.follow(browser.get(f"{town.provider}/oauth2.0/authorize", **query))
    consent = browser.follow(browser.submit(login, persona="lisi"))

    done = browser.submit(consent, decision="approve")

    assert done.status_code == 303
    assert re.fullmatch(HEX, fragment(done.headers["Location"])["access_token"])
    again = browser.submit(consent, decision="approve")
    assert again.status_code == 409


def test_a_no_from_a_phone_is_told_in_the_fragment(qq: QQ) -> None:
    qq.change(consent={"mode": "deny"})

    location = qq.authorize(response_type="token", display="mobile").headers["Location"]

    assert location == f"{CALLBACK}#usercancel=1&state=s"


def test_an_error_is_told_in_the_fragment(qq: QQ) -> None:
    qq.fault("authorize", error="busy")

    location = qq.authorize(response_type="token").headers["Location"]

    assert location == f"{CALLBACK}#error=-1&error_description=system%20is%20busy&state=s"


@pytest.mark.parametrize("policies", [{"implicit": False}, {"require_pkce": True}], ids=str)
def test_an_app_can_refuse_it(qq: QQ, policies: dict[str, bool]) -> None:
    qq.change(policies=policies)

    location = qq.authorize(response_type="token").headers["Location"]

    text = "param%20response_type%20is%20wrong%20or%20lost%20"
    assert location == f"{CALLBACK}?error=100000&error_description={text}&state=s"
    assert qq.town.api("GET", f"/apps/{qq.appid}/tokens") == []


def test_a_doubtful_target_gets_no_token(qq: QQ) -> None:
    response = qq.authorize(response_type="token", redirect_uri="http://evil.test/")

    assert "Location" not in response.headers
    assert "redirect uri is illegal(100010)" in response.text


def test_the_trace_tells_it_and_hides_the_token(qq: QQ) -> None:
    token = fragment(qq.authorize(response_type="token").headers["Location"])["access_token"]
    told(qq.me(token))
    [flow] = qq.town.api("GET", "/flows", params={"world": qq.app["world"]})

    exchanges = qq.town.api("GET", f"/flows/{flow['id']}/exchanges")

    assert [exchange["name"] for exchange in exchanges] == ["authorize.requested", "token.inspected"]
    checks = {check["name"]: check["ok"] for check in exchanges[0]["checks"]}
    assert checks["response_type allowed"]
    assert checks["redirect_uri registered"]
    assert token not in json.dumps(exchanges)
