"""RFC 6749 on the pages of an authorization: who is there, what they are told, and whose yes it is, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from native_client import LOOPBACK, SCHEME, Native
from standard_client import CALLBACK, PKCE, Browser, Client, answered, field_of

pytestmark = pytest.mark.thorough


def test_nobody_answers_without_a_login(world: Any) -> None:
    """§3.1: first of all, who it is. A password that is wrong is nobody."""
    browser = Browser(Client(world, policies={"login_page": "password"}))
    page = browser.ask()
    assert page.status_code == 200
    assert 'type="password"' in page.text

    fields = {"username": "zhangsan", "password": "wrong", "csrf_token": field_of(page, "csrf_token")}
    wrong = browser.post(page.url, data=fields, allow_redirects=False, timeout=10)
    assert (wrong.status_code, wrong.headers.get("Location")) == (401, None)

    right = browser.post(page.url, data={**fields, "password": "ninestep"}, timeout=10)
    assert "consent_nonce" in right.text
    assert "张三" in right.text


def test_a_user_is_told_which_app_asks_for_what_and_where_the_answer_goes(world: Any) -> None:
    """§10.2."""
    client = Client(world)
    browser = Browser(client)

    page = browser.log_in(browser.ask(scope="openid email read"))

    assert f'data-testid="wx-consent-app">{client.app["name"]}<' in page.text
    assert ">http://127.0.0.1<" in page.text
    fewer = browser.ask(scope="read", prompt="consent")
    asked = 'data-testid="wx-scope-email"', 'data-testid="wx-scope-read"'
    assert [each in page.text for each in asked] == [True, True]
    assert [each in fewer.text for each in asked] == [False, True]


@pytest.mark.parametrize("sent", ["nothing", "made up", "another's"])
def test_a_yes_that_the_user_did_not_say_is_none(world: Any, sent: str) -> None:
    """§10.12: a form of another site has no nonce of this browser, user and request."""
    client = Client(world)
    victim, attacker = Browser(client), Browser(client, "lisi")
    page = victim.log_in(victim.ask())
    theirs = attacker.log_in(attacker.ask())
    nonce = {"nothing": "", "made up": "x" * 22, "another's": field_of(theirs, "consent_nonce")}[sent]

    forged = victim.post(
        page.url, data={"consent_nonce": nonce, "decision": "approve"}, allow_redirects=False, timeout=10
    )

    assert (forged.status_code, forged.headers.get("Location")) == (400, None)
    assert "code" in victim.agree(page)


def test_a_login_form_of_another_site_logs_nobody_in(world: Any) -> None:
    browser = Browser(Client(world))
    page = browser.ask()

    for token in ("", "made-up"):
        answer = browser.post(
            page.url, data={"persona": "zhangsan", "csrf_token": token}, allow_redirects=False, timeout=10
        )
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def test_login_and_consent_are_shown_in_no_frame_and_kept_by_nobody(world: Any) -> None:
    """§10.13."""
    browser = Browser(Client(world))
    page = browser.ask()

    for shown in (page, browser.log_in(page)):
        assert shown.status_code == 200
        assert shown.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in shown.headers["Content-Security-Policy"]
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Referrer-Policy"] == "no-referrer"


def test_a_users_no_travels_back_with_the_state(world: Any) -> None:
    """§4.1.2.1."""
    browser = Browser(Client(world))
    page = browser.log_in(browser.ask(state="a b&c"))

    sent = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "deny"}
    answer = answered(browser.post(page.url, data=sent, allow_redirects=False, timeout=10))

    assert {name: answer[name] for name in ("error", "state", "iss")} == {
        "error": "access_denied",
        "state": "a b&c",
        "iss": world.town.provider,
    }


def test_who_is_given_less_than_was_asked_for_is_told_so(world: Any) -> None:
    """§3.3: the user unticks a scope."""
    client = Client(world, policies={"scope_items": True})
    browser = Browser(client)
    page = browser.log_in(browser.ask(scope="openid email read"))

    sent = {
        "consent_nonce": field_of(page, "consent_nonce"),
        "decision": "approve",
        "scope": ["openid", "read"],
    }
    code = answered(browser.post(page.url, data=sent, allow_redirects=False, timeout=10))["code"]

    tokens = client.token(code=code).json()
    assert set(tokens["scope"].split()) == {"openid", "read"}
    assert client.userinfo(tokens) == {"sub": "zhangsan"}


def again(client: Client, uri: str, **asked: Any) -> requests.Response:
    """What a user who agreed a moment ago gets for the same request."""
    browser = Browser(client)
    uri_and_more = {"redirect_uri": uri, **PKCE, **asked}
    page = browser.ask(**uri_and_more)
    assert "code" in browser.agree(browser.log_in(page))
    return browser.ask(**uri_and_more)


@pytest.mark.parametrize("uri", [LOOPBACK, "http://127.0.0.1:54321/cb", "http://[::1]:54321/cb", SCHEME])
def test_what_may_be_any_program_of_a_machine_is_agreed_to_every_time(world: Any, uri: str) -> None:
    """§10.2, RFC 8252 §8.6."""
    client = Native(world)

    asked = again(client, uri)

    assert asked.status_code == 200
    assert "consent_nonce" in asked.text
    browser = Browser(client)
    browser.log_in(browser.ask(redirect_uri=uri, **PKCE))
    silent = browser.ask(redirect_uri=uri, prompt="none", **PKCE)
    assert "error=consent_required" in silent.headers["Location"]


def test_who_can_be_known_by_its_address_or_by_its_own_wish_is_agreed_to_once(world: Any) -> None:
    """RFC 8252 §8.6: a claimed https address is proof enough; the policy is the app's own."""
    claimed = "https://app.example.test/cb"
    for client, uri in (
        (Native(world, claimed), claimed),
        (Native(world, policies={"remember_consent": True}), LOOPBACK),
        (Client(world, kind="spa"), CALLBACK),
        (Client(world), CALLBACK),
    ):
        answer = again(client, uri)
        assert answer.status_code == 302
        assert "code" in answered(answer)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "allow cookies for this site"), ("zh-CN", "允许本站使用 Cookie")]
)
def test_a_browser_without_cookies_is_told_so(world: Any, language: str, words: str) -> None:
    """«Open for too long» would have it load the page again for ever."""
    client = Client(world)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
    browser = Browser(client)
    browser.headers["Accept-Language"] = language
    page = browser.ask()
    browser.cookies.clear()

    fields = {"persona": "zhangsan", "csrf_token": field_of(page, "csrf_token")}
    refused = browser.post(page.url, data=fields, headers={"Accept": "text/html"}, timeout=10)

    assert refused.status_code == 400
    assert words in refused.text
