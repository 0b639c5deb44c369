"""Native apps (RFC 8252) over HTTP: a loopback address on any port, or a scheme of their own, and every page with them."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from native_client import LOOPBACK, SCHEME, Native
from standard_client import PKCE, Browser, Client

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:1/cb", True),
        ("http://127.0.0.1:54321/cb", True),
        ("http://[::1]:54321/cb", True),
        ("com.example.app:/cb", True),
        ("http://localhost:54321/cb", False),
        ("http://127.0.0.1:54321/cb/", False),
        ("http://127.0.0.1:54321/else", False),
        ("http://127.0.0.1:54321/cb?x=1", False),
        ("http://127.0.0.1:54321/cb#x", False),
        ("http://127.0.0.1:54321", False),
        ("http://127.0.0.1:70000/cb", False),
        ("http://127.0.0.1:x/cb", False),
        ("http://127.0.0.2:54321/cb", False),
        ("http://127.1:54321/cb", False),
        ("http://2130706433:54321/cb", False),
        ("http://127.0.0.1.evil.example:1/cb", False),
        ("http://127.0.0.1:1@evil.example/cb", False),
        ("http://evil.example#@127.0.0.1/cb", False),
        ("http://127.0.0.1:1\\@evil.example/cb", False),
        ("https://127.0.0.1:54321/cb", False),
        ("http://[::2]:54321/cb", False),
        ("http://192.168.0.1:54321/cb", False),
        ("com.example.app:/else", False),
        ("com.example.app://cb", False),
        ("com.example.other:/cb", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_the_port_of_a_loopback_address_may_differ(world: Any, uri: str, good: bool) -> None:
    assert bool(Native(world).back_at(uri)) is good


@pytest.mark.parametrize("uri", ["http://127.0.0.1:54321/cb", "http://[::1]:54321/cb", SCHEME])
def test_the_code_is_bound_to_the_port_that_was_asked_for(world: Any, uri: str) -> None:
    client = Native(world)
    other = "http://127.0.0.1:54322/cb"

    refused = client.redeem(client.back_at(uri)["code"], other)
    assert refused.json()["error"] == "invalid_grant"
    told = client.redeem(client.back_at(uri)["code"], uri)
    assert told.status_code == 200
    assert client.userinfo(told.json())["id"] == "zhangsan"


def test_a_registered_port_means_nothing(world: Any) -> None:
    client = Native(world, "http://127.0.0.1:8000/cb?kept=1")

    assert "code" in client.back_at("http://127.0.0.1:9000/cb?kept=1")
    assert client.back_at("http://127.0.0.1:9000/cb?kept=2") == {}


@pytest.mark.parametrize("kind", ["web", "spa"])
def test_other_apps_keep_to_the_exact_port(world: Any, kind: str) -> None:
    client = Client(world, kind=kind)
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"redirect_uris": [LOOPBACK]})

    assert client.authorize(redirect_uri="http://127.0.0.1:54321/cb", **PKCE).status_code == 400


def test_localhost_is_matched_exactly(world: Any) -> None:
    client = Native(world, "http://localhost:8000/cb")

    assert "code" in client.back_at("http://localhost:8000/cb")
    assert client.back_at("http://localhost:8001/cb") == {}


def test_errors_come_back_to_the_apps_own_scheme(world: Any) -> None:
    answer = Native(world).back_at(SCHEME, scope="nothing")

    assert answer["error"] == "invalid_scope"


def test_a_native_app_needs_pkce(world: Any) -> None:
    answer = Native(world).authorize(redirect_uri=SCHEME)

    assert answer.headers["Location"].startswith(SCHEME + "?error=invalid_request")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:54321/cb", "http://[::1]:54321/cb", SCHEME])
def test_a_whole_login_in_pages(world: Any, uri: str) -> None:
    client = Native(world)
    browser = Browser(client)
    page = browser.ask(redirect_uri=uri, **PKCE)
    assert page.status_code == 200
    place = uri.partition("/")[0] if uri == SCHEME else uri.removesuffix("/cb")
    consent = browser.log_in(page)
    for shown in (page, consent):
        assert f">{place}<" in shown.text
        allowed = shown.headers["Content-Security-Policy"].partition("form-action ")[2].split()
        assert allowed == ["'self'", "http:" if "[" in place else place]

    answer = browser.agree(consent)

    assert client.redeem(answer["code"], uri).status_code == 200
    sent = {"consent_nonce": consent.text.split('name="consent_nonce"')[1].split('value="')[1].split('"')[0]}
    late = browser.post(consent.url, data={**sent, "decision": "approve"}, timeout=10)
    assert late.status_code == 409
    assert (f'href="{place}"' in late.text) is (uri != SCHEME), "nothing can be opened there"


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("uri", ["http://[::1]:54321/cb", SCHEME])
def test_backstage_shows_it(world: Any, uri: str, language: str) -> None:
    client = Native(world)
    code = client.back_at(uri)["code"]
    client.redeem(code, uri)
    flow, appid = world.flow()["id"], client.app["appid"]
    headers = {"Accept": "text/html", "Accept-Language": language}
    pages = [
        *(
            f"/_mock/theatre/{flow}?world={world.name}{more}"
            for more in ("", "&msg=2", "&tab=ledger", "&ledger=1")
        ),
        *(f"/_mock/console/apps/{appid}", f"/_mock/connect?app={appid}"),
        *(
            f"/_mock/api/flows/{flow}/export.{kind}"
            for kind in ("mmd", "svg", "har", "sh", "md", "json", "html", "py")
        ),
        *(f"/_mock/api/flows/{flow}/{part}" for part in ("messages", "ledger", "findings")),
    ]
    for path in pages:
        answer = requests.get(client.town.provider + path, headers=headers, timeout=20)
        assert answer.status_code == 200, (path, answer.text[:300])
        assert code not in answer.text


def test_step_mode_lets_what_has_no_page_pass(world: Any) -> None:
    client = Native(world)
    client.town.api("POST", f"/worlds/{world.name}/stepping", {"on": True})
    answer = requests.get(
        f"{client.town.provider}/oauth/authorize",
        params={"client_id": client.app["appid"], "redirect_uri": SCHEME, "response_type": "code", **PKCE},
        headers={"Accept": "text/html"},
        allow_redirects=False,
        timeout=10,
    )

    assert answer.headers["Location"].startswith(SCHEME + "?code=")


@pytest.mark.parametrize(
    ("kind", "uri", "good"),
    [
        ("native", "com.example.app:/cb", True),
        ("native", "com.example.app://cb", True),
        ("native", "http://[::1]/cb", True),
        ("native", "https://app.example/cb", True),
        ("native", "myapp:/cb", False),
        ("native", "javascript:alert(1)", False),
        ("native", "data:text/html,x", False),
        ("native", "com.example.app:cb", False),
        ("native", "com.example.app:/cb#x", False),
        ("native", "com.example.app:/c b", False),
        ("native", 'com.example.app:/"><script>', False),
        ("native", "com.example.app:/汉字", False),
        ("native", "com..app:/cb", False),
        ("web", "com.example.app:/cb", False),
        ("spa", "com.example.app:/cb", False),
    ],
)
def test_what_can_be_registered(control: Any, kind: str, uri: str, good: bool) -> None:
    body = {"dialect": "standard", "kind": kind, "redirect_uris": [uri]}
    if good:
        assert control("POST", "/apps", body)["redirect_uris"] == [uri]
    else:
        assert control.refused("POST", "/apps", body)["field"] == "redirect_uris"


def test_in_production_only_what_never_leaves_the_machine_needs_no_tls(start: Any) -> None:
    control = start(env="production")

    def post(kind: str, uri: str) -> int:
        body = {"dialect": "standard", "kind": kind, "redirect_uris": [uri], "consent": {"mode": "auto"}}
        return int(control.ask("POST", "/apps", body, base_url="https://127.0.0.1").status_code)

    assert post("native", SCHEME) == 201
    assert post("native", LOOPBACK) == 201
    assert post("native", "http://app.example/cb") == 422
    assert post("web", LOOPBACK) == 422
