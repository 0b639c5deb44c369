"""What a page's own script may read (the Fetch standard): answers to its own app, from its own origin."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from standard_client import Browser, Client

HERE, ELSEWHERE = "https://spa.example:8443", "https://elsewhere.example"
ALLOW, COOKIES = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


def at(world: Any, *uris: str, **fields: Any) -> Client:
    """A client that is called back there."""
    client = Client(world, **fields)
    client.app = world.town.api("PATCH", f"/apps/{client.app['appid']}", {"redirect_uris": list(uris)})
    return client


@pytest.fixture
def spa(world: Any) -> Client:
    return at(world, f"{HERE}/callback", "http://[::1]:80/cb", kind="spa")


def preflight(url: str, origin: str, method: str = "POST") -> requests.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    headers["Access-Control-Request-Headers"] = "authorization"
    return requests.options(url, headers=headers, timeout=10)


def post(url: str, origin: str, **form: str) -> requests.Response:
    return requests.post(url, data=form, headers={"Origin": origin}, timeout=10)


@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/revoke", "/oauth/par", "/oauth/device_authorization"]
)
def test_a_preflight_passes_for_the_origin_of_an_app_and_for_no_other(spa: Client, path: str) -> None:
    passed, not_passed = (preflight(spa.town.provider + path, origin) for origin in (HERE, ELSEWHERE))

    assert passed.headers[ALLOW] == HERE
    assert "POST" in passed.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in passed.headers["Access-Control-Allow-Headers"]
    assert ALLOW not in not_passed.headers
    assert (passed.headers.get(COOKIES) == "true") is (path == "/oauth/token")
    assert COOKIES not in not_passed.headers
    for answer in (passed, not_passed):
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/par"])
def test_a_library_may_add_headers_of_its_own(spa: Client, path: str) -> None:
    """Some send their name and version with every call, a tracing one its span."""
    asked = {"Origin": HERE, "Access-Control-Request-Method": "POST"}

    def allowed(headers: str) -> list[str]:
        asked["Access-Control-Request-Headers"] = headers
        answer = requests.options(spa.town.provider + path, headers=asked, timeout=10)
        return answer.headers["Access-Control-Allow-Headers"].lower().split(", ")

    usual = ["authorization", "content-type", "dpop"]
    assert allowed("content-type,x-sdk-version, traceparent") == [*usual, "x-sdk-version", "traceparent"]
    assert allowed("x" * 2000) == usual


def test_a_refused_push_can_be_read_by_the_apps_own_origin_alone(spa: Client) -> None:
    url, sent = f"{spa.town.provider}/oauth/par", {"client_id": spa.app["appid"]}

    assert post(url, HERE, **sent).headers[ALLOW] == HERE
    assert ALLOW not in post(url, ELSEWHERE, **sent).headers


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks"]
)
def test_discovery_and_keys_are_for_every_page_also_with_headers_of_its_librarys_own(
    town: Any, path: str
) -> None:
    headers = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    headers["Access-Control-Request-Headers"] = "x-sdk-version"
    before = requests.options(town.provider + path, headers=headers, timeout=10)
    after = requests.get(
        town.provider + path, headers={"Origin": ELSEWHERE, "X-Sdk-Version": "1"}, timeout=10
    )

    assert before.headers[ALLOW] == before.headers["Access-Control-Allow-Headers"] == "*"
    assert after.headers[ALLOW] == "*"
    assert COOKIES not in after.headers


@pytest.mark.parametrize("origin", ["http://[::1]", "https://spa.example:8443"])
def test_an_origin_is_written_as_browsers_write_it(spa: Client, origin: str) -> None:
    assert preflight(f"{spa.town.resource}/userinfo", origin, "GET").headers[ALLOW] == origin


def test_an_answer_can_be_read_by_the_apps_own_origin_alone(world: Any, spa: Client) -> None:
    other = at(world, f"{ELSEWHERE}/cb", kind="spa")
    url = f"{spa.town.provider}/oauth/token"
    sent = {"grant_type": "authorization_code", "code": "x", "client_id": spa.app["appid"]}

    assert post(url, HERE, **sent).headers[ALLOW] == HERE
    assert ALLOW not in post(url, ELSEWHERE, **sent).headers
    assert post(url, ELSEWHERE, **{**sent, "client_id": other.app["appid"]}).headers[ALLOW] == ELSEWHERE
    assert ALLOW not in requests.post(url, data=sent, timeout=10).headers


def test_a_token_request_may_bring_cookies_which_nobody_looks_at(world: Any) -> None:
    """keycloak-js sends them along. That its page may read the answer then too gives nothing away: who is logged in at
    this browser changes nothing, and no cookie comes back."""
    uri = f"{HERE}/callback"
    client = at(world, uri)
    browser = Browser(client)
    code = browser.agree(browser.log_in(browser.ask()))["code"]
    assert browser.cookies
    url, app = f"{client.town.provider}/oauth/token", client.app
    whole = {"grant_type": "authorization_code", "code": code, "redirect_uri": uri, "client_id": app["appid"]}
    whole["client_secret"] = app["secret"]

    def ask(origin: str, cookies: Any, **form: str) -> requests.Response:
        return requests.post(url, data=form, headers={"Origin": origin}, cookies=cookies, timeout=10)

    for lacking in whole:  # whoever is logged in, nothing that the request lacks is found elsewhere
        sent = {name: value for name, value in whole.items() if name != lacking}
        with_them, without = (ask(HERE, cookies, **sent) for cookies in (browser.cookies, None))
        assert with_them.status_code in (400, 401), lacking
        assert with_them.json() == without.json()
        assert (with_them.headers[ALLOW], with_them.headers[COOKIES]) == (HERE, "true")
        assert "Set-Cookie" not in with_them.headers
    elsewhere = ask(ELSEWHERE, browser.cookies, **{**whole, "code": "x"})
    assert not {ALLOW, COOKIES} & set(elsewhere.headers)
    assert ask(HERE, browser.cookies, **whole).json()["access_token"]


def test_no_other_answer_may_be_read_by_a_script_that_sent_cookies(world: Any, spa: Client) -> None:
    town, name = world.town, {"client_id": spa.app["appid"]}

    answers = [post(f"{town.provider}/oauth/{path}", HERE, **name) for path in ("revoke", "par")]
    answers.append(requests.get(f"{town.resource}/userinfo", headers={"Origin": HERE}, timeout=10))

    for answer in answers:
        assert answer.headers[ALLOW] == HERE
        assert COOKIES not in answer.headers


def test_a_profile_can_be_read_by_the_origin_of_the_tokens_app(world: Any) -> None:
    at(world, f"{ELSEWHERE}/cb", kind="spa")
    spa, uri = at(world, f"{HERE}/callback"), f"{HERE}/callback"
    token = spa.token(code=spa.answer(redirect_uri=uri)["code"], redirect_uri=uri).json()["access_token"]

    def ask(origin: str, bearer: str) -> requests.Response:
        headers = {"Origin": origin, "Authorization": f"Bearer {bearer}"}
        return requests.get(f"{spa.town.resource}/userinfo", headers=headers, timeout=10)

    assert ask(HERE, token).headers[ALLOW] == HERE
    assert "WWW-Authenticate" in ask(HERE, token).headers["Access-Control-Expose-Headers"]
    assert ALLOW not in ask(ELSEWHERE, token).headers
    assert ask(HERE, "nobody").headers[ALLOW] == HERE, "that a token is unknown is no secret"


def test_pages_and_the_control_api_are_shared_with_nobody(spa: Client) -> None:
    for path in ("/oauth/authorize", "/oauth/introspect", "/_mock/api/apps", "/oauth/login"):
        answer = preflight(spa.town.provider + path, HERE)
        assert ALLOW not in answer.headers, path
