"""OpenID Connect RP-Initiated Logout and Back-Channel Logout, over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from logging_out import BYE, EVENT, logged_in, out, registered, there
from logout_listener import Listener
from standard_client import PKCE, VERIFIER, Browser, Client, field_of, get, verified


def test_an_id_token_of_this_login_logs_out_at_once_and_leads_to_the_registered_address(world: Any) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)
    assert there(browser)

    answer = out(browser, client, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="x y")

    assert answer.status_code == 302
    assert answer.headers["Location"] == BYE + "&state=x%20y"
    assert not there(browser)
    again = out(browser, client, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)
    assert again.headers["Location"] == BYE


def test_who_brings_no_id_token_is_asked_and_may_stay(world: Any) -> None:
    client = registered(world)
    browser, _ = logged_in(client)
    asked = {"client_id": client.app["appid"], "post_logout_redirect_uri": BYE}

    page = out(browser, client, **asked)

    assert page.status_code == 200
    assert "张三" in page.text
    assert there(browser), "a link on somebody's page logs nobody out"
    form = {**asked, "consent_nonce": field_of(page, "consent_nonce")}
    answer = f"{client.town.provider}/oauth/logout/answer"
    forged = browser.post(answer, data={**form, "consent_nonce": "no", "decision": "approve"}, timeout=10)
    assert forged.status_code == 400
    stayed = browser.post(answer, data={**form, "decision": "deny"}, timeout=10)
    assert stayed.status_code == 200
    assert there(browser)
    left = browser.post(answer, data={**form, "decision": "approve"}, allow_redirects=False, timeout=10)
    assert (left.status_code, left.headers["Location"]) == (303, BYE)
    assert not there(browser)


def test_the_last_page_of_a_logout_can_be_loaded_again(world: Any) -> None:
    """A reload sends the same form once more, and so do two clicks where no script runs."""
    client = registered(world)
    browser, _ = logged_in(client)
    page = out(browser, client, client_id=client.app["appid"])
    form = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}
    answer = f"{client.town.provider}/oauth/logout/answer"

    first, again = (browser.post(answer, data=form, timeout=10) for _ in range(2))

    assert [first.status_code, again.status_code] == [200, 200]
    assert 'data-step="ended"' in first.text
    assert 'data-step="ended"' in again.text


def test_an_id_token_of_somebody_elses_login_is_no_reason_not_to_ask(world: Any) -> None:
    client = registered(world)
    _, theirs = logged_in(client, "lisi")
    browser, _ = logged_in(client)

    assert out(browser, client, id_token_hint=theirs["id_token"]).status_code == 200
    assert there(browser)


@pytest.mark.parametrize(
    "wrong",
    [
        {"post_logout_redirect_uri": "http://127.0.0.1/bye"},
        {"post_logout_redirect_uri": BYE + "&more=1"},
        {"post_logout_redirect_uri": "http://elsewhere.test/"},
        {"client_id": "nobody"},
        {"client_id": "", "post_logout_redirect_uri": BYE},
        {"id_token_hint": "x.y.z"},
        {"id_token_hint": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6aGFuZ3NhbiJ9."},
        {"state": "s" * 5000},
    ],
)
def test_a_wrong_request_leads_nowhere_and_logs_nobody_out(world: Any, wrong: dict[str, str]) -> None:
    client = registered(world)
    browser, _ = logged_in(client)

    answer = out(browser, client, **{"client_id": client.app["appid"], **wrong})

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert there(browser)


def test_an_id_token_of_one_app_does_not_speak_for_another(world: Any) -> None:
    client, other = registered(world), registered(world)
    browser, tokens = logged_in(client)

    answer = out(browser, other, id_token_hint=tokens["id_token"], client_id=other.app["appid"])

    assert answer.status_code == 400
    assert there(browser)
    access = registered(world, access_token_format="jwt").login()["access_token"]
    assert out(browser, client, id_token_hint=access).status_code == 400


def test_clients_are_told_of_the_end_of_the_login_they_know_of(world: Any, listener: Listener) -> None:
    client = registered(world, backchannel_logout_uri=listener.url)
    browser, tokens = logged_in(client)
    _, elsewhere = logged_in(client)
    sid = verified(world.town, tokens["id_token"]).claims["sid"]
    assert verified(world.town, elsewhere["id_token"]).claims["sid"] != sid

    out(browser, client, id_token_hint=tokens["id_token"])

    token = verified(world.town, listener.token())
    assert token.header["typ"] == "logout+jwt"
    claims = token.claims
    assert (claims["iss"], claims["aud"]) == (world.town.provider, client.app["appid"])
    assert (claims["sub"], claims["sid"]) == ("zhangsan", sid)
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims["exp"] - claims["iat"] == 120
    out(browser, client, id_token_hint=tokens["id_token"])
    assert listener.told.empty(), "nobody is told twice"


def test_a_query_of_the_address_stays_and_the_token_is_signed_as_id_tokens_are(
    world: Any, listener: Listener
) -> None:
    uri = f"{listener.url}?tenant=a%20b"
    client = registered(world, backchannel_logout_uri=uri, id_token_signed_response_alg="ES256")
    browser, tokens = logged_in(client)

    out(browser, client, id_token_hint=tokens["id_token"])

    told = verified(world.town, listener.token())
    assert told.header["alg"] == "ES256"
    assert set(told.claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    assert listener.path == "/logged-out?tenant=a%20b"


def test_an_expired_id_token_logs_out_too(world: Any) -> None:
    client = registered(world, policies={"jwt_time": "virtual"})
    browser, tokens = logged_in(client)
    world.advance("3h")

    answer = out(browser, client, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)

    assert answer.headers["Location"] == BYE
    assert not there(browser)


def test_a_refresh_token_outlives_the_login(world: Any) -> None:
    """A login and a grant are two things: what a client may do in the user's absence does not end with the browser."""
    client = registered(world)
    browser = Browser(client)
    page = browser.log_in(browser.ask(scope="openid offline_access"))
    tokens = client.token(code=browser.agree(page)["code"]).json()

    out(browser, client, id_token_hint=tokens["id_token"])

    assert not there(browser)
    assert client.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refreshed_id_token_is_of_the_same_login(world: Any) -> None:
    client = registered(world)
    _, tokens = logged_in(client)

    renewed = client.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], redirect_uri=None
    ).json()

    first, second = (verified(world.town, told["id_token"]).claims["sid"] for told in (tokens, renewed))
    assert first == second


def test_logging_out_in_the_settings_tells_the_clients_too(world: Any, listener: Listener) -> None:
    client = registered(world, backchannel_logout_uri=listener.url)
    browser, _ = logged_in(client)
    url = f"{world.town.provider}/settings"
    page = browser.get(f"{url}/authorizations", params={"world": world.name}, timeout=10)

    sent = {"csrf_token": field_of(page, "csrf_token"), "world": world.name}
    browser.post(f"{url}/logout", params={"world": world.name}, data=sent, timeout=10)

    assert verified(world.town, listener.token()).claims["sub"] == "zhangsan"
    assert not there(browser)


def test_a_test_ends_a_login_without_a_browser(world: Any, listener: Listener) -> None:
    client = registered(world, backchannel_logout_uri=listener.url)
    client.login()

    told = world.town.api("POST", f"/apps/{client.app['appid']}/logout", {"user": "lisi"})

    assert told == {"status": 200}
    claims = verified(world.town, listener.token()).claims
    assert claims["sub"] == "lisi"
    assert "sid" not in claims


def test_who_refuses_or_is_away_is_told_of_in_the_trace(world: Any) -> None:
    deaf = Listener(status=400)
    client = registered(world, backchannel_logout_uri=deaf.url)
    path = f"/apps/{client.app['appid']}"
    assert world.town.api("POST", f"{path}/logout", {"user": "lisi"}) == {"status": 400}
    deaf.server.shutdown()
    deaf.server.server_close()
    assert world.town.api("POST", f"{path}/logout", {"user": "lisi"}) == {"status": 0}

    flows = world.town.api("GET", "/flows", params={"app": client.app["appid"]})
    exchanges = [
        exchange
        for flow in flows
        for exchange in world.town.api("GET", f"/flows/{flow['id']}/export.json")["exchanges"]
        if exchange["name"] == "logout.told"
    ]
    assert sorted(exchange["outcome"] for exchange in exchanges) == ["failed", "refused"]
    assert all("eyJ" not in exchange["request"]["body"] for exchange in exchanges)


@pytest.mark.parametrize(
    "fields",
    [
        {"post_logout_redirect_uris": ["/bye"]},
        {"backchannel_logout_uri": "ftp://127.0.0.1/"},
        {"backchannel_logout_uri": "/logged-out"},
        {"backchannel_logout_uri": "http://127.0.0.1/logged-out#now"},
    ],
)
def test_addresses_are_checked_when_they_are_registered(world: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=next(iter(fields))):
        Client(world, **fields)


@pytest.mark.parametrize("hinted", [True, False])
def test_a_native_app_is_told_of_the_end_at_its_own_scheme(world: Any, hinted: bool) -> None:
    """RP-Initiated Logout §2: the address may have another scheme, to call a native app back."""
    bye = "com.example.app:/bye"
    client = Client(world, kind="native", post_logout_redirect_uris=[bye])
    browser = Browser(client)
    code = browser.agree(browser.log_in(browser.ask(**PKCE)))["code"]
    tokens = client.token(code=code, client_secret=None, code_verifier=VERIFIER).json()
    sent = {"client_id": client.app["appid"], "post_logout_redirect_uri": bye, "state": "s"}

    answer = out(browser, client, **sent, **({"id_token_hint": tokens["id_token"]} if hinted else {}))
    if not hinted:
        assert "com.example.app:" in answer.headers["Content-Security-Policy"].partition("form-action ")[2]
        form = {"consent_nonce": field_of(answer, "consent_nonce"), "decision": "approve", **sent}
        url = f"{client.town.provider}/oauth/logout/answer"
        answer = browser.post(url, data=form, allow_redirects=False, timeout=10)

    assert answer.headers["Location"] == f"{bye}?state=s"
    assert out(browser, client, **{**sent, "post_logout_redirect_uri": f"{bye}e"}).status_code == 400


def test_no_other_app_has_a_scheme_of_its_own_for_its_logout(world: Any) -> None:
    with pytest.raises(AssertionError, match="post_logout_redirect_uris"):
        Client(world, post_logout_redirect_uris=["com.example.app:/bye"])
    with pytest.raises(AssertionError, match="post_logout_redirect_uris"):
        Client(world, kind="native", post_logout_redirect_uris=["javascript:alert(1)"])


def test_metadata_name_the_logout(world: Any) -> None:
    found = get(f"{world.town.provider}/.well-known/openid-configuration").json()

    assert found["end_session_endpoint"] == f"{world.town.provider}/oauth/logout"
    assert found["backchannel_logout_supported"] is True
    assert found["backchannel_logout_session_supported"] is True
    assert "sid" in found["claims_supported"]


def test_the_one_answer_is_about_this_browsers_own_login(world: Any) -> None:
    """A nonce from another browser, or from before another user logged in, answers nothing."""
    client = registered(world)
    (browser, _), (other, _) = logged_in(client), logged_in(client, "lisi")
    asked = {"client_id": client.app["appid"]}
    theirs = field_of(out(other, client, **asked), "consent_nonce")

    form = {**asked, "consent_nonce": theirs, "decision": "approve"}
    answer = browser.post(f"{client.town.provider}/oauth/logout/answer", data=form, timeout=10)

    assert answer.status_code == 400
    assert there(browser)
    assert parse_qs(urlsplit(browser.ask(prompt="none").headers["Location"]).query)["code"]


def test_a_logout_can_be_posted_and_a_page_speaks_the_language_that_is_asked_for(world: Any) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)
    url = f"{client.town.provider}/oauth/logout"
    for asked, words in (("en-GB", "Stay logged in"), ("fr zh", "保持登录")):
        page = browser.post(url, data={"client_id": client.app["appid"], "ui_locales": asked}, timeout=10)
        assert words in page.text

    sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
    answer = browser.post(url, data=sent, allow_redirects=False, timeout=10)

    assert (answer.status_code, answer.headers["Location"]) == (303, BYE)
    assert not there(browser)
    assert "Choose a user" in browser.ask(ui_locales="en").text


def test_the_trace_tells_of_a_logout_and_of_a_refused_one(world: Any) -> None:
    client = registered(world)
    browser, tokens = logged_in(client)
    out(browser, client, client_id=client.app["appid"], post_logout_redirect_uri="http://elsewhere.test/")
    out(browser, client, id_token_hint=tokens["id_token"])

    flows = world.town.api("GET", "/flows", params={"app": client.app["appid"]})
    exchanges = [
        exchange
        for flow in flows
        for exchange in world.town.api("GET", f"/flows/{flow['id']}/export.json")["exchanges"]
        if exchange["name"] == "session.ended"
    ]
    told = {exchange.get("error", ""): exchange for exchange in exchanges}
    assert set(told) == {"", "post_logout_redirect_uri"}
    assert tokens["id_token"] not in told[""]["request"]["url"]
    assert told[""]["user"] == "zhangsan"


def test_a_browser_that_came_by_storage_state_is_in_a_login_like_any_other(
    world: Any, listener: Listener
) -> None:
    """It has a ``sid``, and a time since when (``max_age``); whoever knows it is told that it has ended."""
    client = registered(world, backchannel_logout_uri=listener.url)
    browser, _ = logged_in(client)
    browser.cookies.clear()
    asked = {"user": "zhangsan", "world": client.app["world"]}
    (cookie,) = world.town.api("GET", "/storage-state", params=asked)["cookies"]
    browser.cookies.set(cookie["name"], cookie["value"], domain=cookie["domain"])

    location = browser.ask(prompt="none", max_age="60").headers["Location"]
    tokens = client.token(code=dict(parse_qsl(urlsplit(location).query))["code"]).json()
    out(browser, client, id_token_hint=tokens["id_token"])

    told, claims = (
        verified(world.town, listener.token()).claims,
        verified(world.town, tokens["id_token"]).claims,
    )
    assert told["sid"] == claims["sid"]
    assert claims["auth_time"] > 0
