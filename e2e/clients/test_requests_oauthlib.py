"""requests-oauthlib, unmodified: the standard dialect by its base URL, and Weibo at https://api.weibo.com."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "requests_oauthlib"

WEIBO = "https://api.weibo.com"


@pytest.fixture
def web(new_app: Any) -> Any:
    return new_app(dialect="standard", kind="web")


@pytest.fixture
def weibo(new_app: Any) -> Any:
    return new_app(dialect="weibo", kind="web")


def begin(sdk: Program, app: Any) -> str:
    authorize = f"{app.town.gateway}/oauth/authorize"
    return str(sdk("begin", app=app.told(), authorize=authorize, scope=["user_info", "offline_access"]))


def log_in(sdk: Program, app: Any, person: Any, **more: Any) -> Any:
    person.visit(begin(sdk, app))
    url = f"{app.town.gateway}/oauth/token"
    return sdk("fetch_token", app=app.told(), token_url=url, callback=person.seen[-1], **more)


@pytest.mark.parametrize("in_body", [False, True])
def test_it_logs_in_reads_the_profile_and_refreshes(
    sdk: Program, web: Any, person: Any, in_body: bool
) -> None:
    first = log_in(sdk, web, person, in_body=in_body)
    profile = sdk("get", app=web.told(), url=f"{web.town.gateway}/userinfo")
    second = sdk("refresh", app=web.told(), token_url=f"{web.town.gateway}/oauth/token")

    assert profile["body"]["name"] == "张三"
    assert second["refresh_token"] != first["refresh_token"]


def test_a_token_that_expired_is_seen_by_the_resource_server(sdk: Program, web: Any, person: Any) -> None:
    log_in(sdk, web, person)
    web.advance("61d")

    assert sdk("get", app=web.told(), url=f"{web.town.gateway}/userinfo")["status"] == 401


def test_a_refusal_is_its_own_error(sdk: Program, web: Any, person: Any) -> None:
    web.change(consent={"mode": "deny"})

    with pytest.raises(Raised) as caught:
        log_in(sdk, web, person)

    assert caught.value.kind == "AccessDeniedError"


def test_a_code_that_was_used_is_its_own_error(sdk: Program, web: Any, person: Any) -> None:
    log_in(sdk, web, person)

    token = f"{web.town.gateway}/oauth/token"
    with pytest.raises(Raised) as caught:
        sdk("fetch_token", app=web.told(), token_url=token, callback=person.seen[-1])

    assert caught.value.kind == "InvalidGrantError"


def test_a_wrong_secret_is_its_own_error(sdk: Program, web: Any, person: Any) -> None:
    person.visit(begin(sdk, web))

    token = f"{web.town.gateway}/oauth/token"
    with pytest.raises(Raised) as caught:
        sdk("fetch_token", app=web.told(secret="wrong"), token_url=token, callback=person.seen[-1])

    assert caught.value.kind == "InvalidClientError"


def test_it_logs_in_with_pkce_and_needs_its_verifier(sdk: Program, web: Any, person: Any) -> None:
    web.change(policies={"require_pkce": True})
    authorize, token = f"{web.town.gateway}/oauth/authorize", f"{web.town.gateway}/oauth/token"
    said = person.visit(sdk("begin", app=web.told(), authorize=authorize, scope=["openid"], pkce="S256"))

    got = sdk("fetch_token", app=web.told(), token_url=token, callback=person.seen[-1])

    assert said["iss"] == web.town.provider
    assert (got["scope"], got["id_token"].count(".")) == (["openid"], 2)


def test_scopes_come_back_as_asked_and_a_narrower_grant_is_told(sdk: Program, web: Any, person: Any) -> None:
    """It raises wherever the answer differs from the request, unless OAUTHLIB_RELAX_TOKEN_SCOPE is set."""
    assert set(log_in(sdk, web, person)["scope"]) == {"user_info", "offline_access"}
    less = {"user": "zhangsan", "decision": "approve", "scope": "user_info"}

    web.ask("POST", "/next", less)
    with pytest.raises(Raised) as caught:
        log_in(sdk, web, person)
    web.ask("POST", "/next", less)
    person.visit(begin(sdk, web))
    token = f"{web.town.gateway}/oauth/token"
    relaxed = sdk("fetch_whatever_scope", app=web.told(), token_url=token, callback=person.seen[-1])

    assert "Scope has changed" in caught.value.text
    assert relaxed["scope"] == ["user_info"]


def test_the_implicit_way_gives_a_token_in_the_fragment(sdk: Program, new_app: Any, person: Any) -> None:
    spa = new_app(dialect="standard", kind="spa", grant_types=["implicit"])
    authorize = f"{spa.town.gateway}/oauth/authorize"
    person.visit(sdk("begin_implicit", app=spa.told(), authorize=authorize, scope=["user_info"]))

    token = sdk("token_from_fragment", app=spa.told(), callback=person.seen[-1])

    assert "refresh_token" not in token
    profile = sdk("get", app=spa.told(), url=f"{spa.town.gateway}/userinfo")
    assert profile["body"]["name"] == "张三"


def test_a_machine_gets_a_token_without_a_user(sdk: Program, new_app: Any) -> None:
    machine = new_app(dialect="standard", kind="machine")
    token_url = f"{machine.town.gateway}/oauth/token"

    token = sdk("without_a_user", app=machine.told(), token_url=token_url, scope=["articles.read"])

    assert token["scope"] == ["articles.read"]
    assert sdk("get", app=machine.told(), url=f"{machine.town.gateway}/articles")["status"] == 200
    assert sdk("get", app=machine.told(), url=f"{machine.town.gateway}/userinfo")["status"] == 403


def test_a_password_is_taken_where_the_app_may_and_a_wrong_one_is_its_own_error(
    sdk: Program, new_app: Any
) -> None:
    app = new_app(dialect="standard", kind="web", grant_types=["password", "refresh_token"])
    given = {"token_url": f"{app.town.gateway}/oauth/token", "username": "zhangsan"}
    with pytest.raises(Raised) as caught:
        sdk("with_a_password", app=app.told(), password="wrong", **given)

    sdk("with_a_password", app=app.told(), password="ninestep", **given)

    assert caught.value.kind == "InvalidGrantError"
    profile = sdk("get", app=app.told(), url=f"{app.town.gateway}/userinfo")
    assert profile["body"]["name"] == "张三"


def test_a_device_polls_until_somebody_agrees(sdk: Program, new_app: Any) -> None:
    tv = new_app(
        dialect="standard",
        kind="native",
        consent={"mode": "ask"},
        grant_types=["urn:ietf:params:oauth:grant-type:device_code"],
    )
    asked = sdk("device", app=tv.told(), url=f"{tv.town.gateway}/oauth/device_authorization")
    poll = {"token_url": f"{tv.town.gateway}/oauth/token", "device_code": asked["device_code"]}
    with pytest.raises(Raised) as pending:
        sdk("poll", app=tv.told(), **poll)
    tv.town.api("POST", f"/devices/{asked['user_code']}", {"user": "lisi", "decision": "approve"})
    tv.advance("6s")

    sdk("poll", app=tv.told(), **poll)

    assert "authorization_pending" in str(pending.value)
    profile = sdk("get", app=tv.told(), url=f"{tv.town.gateway}/userinfo")
    assert profile["body"]["name"].startswith("李四")


def at_weibo(sdk: Program, weibo: Any, person: Any) -> Any:
    person.visit(sdk("begin", app=weibo.told(), authorize=f"{WEIBO}/oauth2/authorize"))
    url = f"{WEIBO}/oauth2/access_token"
    return sdk("fetch_token", app=weibo.told(), token_url=url, callback=person.seen[-1], in_body=True)


def test_it_logs_in_at_weibo(sdk: Program, weibo: Any, person: Any) -> None:
    """The platform sends no token_type, which the fix adds; the token goes as a Bearer header besides the query."""
    token = at_weibo(sdk, weibo, person)
    query = f"access_token={token['access_token']}&uid={token['uid']}"

    profile = sdk("get", app=weibo.told(), url=f"{WEIBO}/2/users/show.json?{query}")

    assert profile["body"]["screen_name"] == "张三"


def test_a_refusal_at_weibo_is_its_own_error(sdk: Program, weibo: Any, person: Any) -> None:
    weibo.change(consent={"mode": "deny"})

    with pytest.raises(Raised) as caught:
        at_weibo(sdk, weibo, person)

    assert caught.value.kind == "AccessDeniedError"


def test_a_wrong_secret_at_weibo_is_its_own_error(sdk: Program, weibo: Any, person: Any) -> None:
    person.visit(sdk("begin", app=weibo.told(), authorize=f"{WEIBO}/oauth2/authorize"))

    given = {"token_url": f"{WEIBO}/oauth2/access_token", "callback": person.seen[-1], "in_body": True}
    with pytest.raises(Raised) as caught:
        sdk("fetch_token", app=weibo.told(secret="wrong"), **given)

    assert caught.value.kind == "InvalidClientError"
