"""Behaviours of the seeds that no other test meets on its way."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[1]
CALLBACK = "http://127.0.0.1/callback"


def test_each_service_names_its_role(town: Any) -> None:
    addresses = [town.provider, town.resource, town.client]
    roles = [requests.get(f"{address}/healthz", timeout=10).json()["role"] for address in addresses]

    assert roles == ["authorization server", "resource server", "client"]
    assert len(set(addresses)) == 3


@pytest.mark.browser
def test_the_user_decides_and_takes_it_back(page: Page, meituan: Any, start: Any) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    expect(page.get_by_test_id("wx-deny")).to_be_visible()
    expect(page.get_by_test_id("wx-scope-region")).to_be_checked()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")
    page.get_by_test_id("wx-grant-revoke").click()

    expect(page.get_by_test_id("wx-grant-empty")).to_be_visible()


@pytest.mark.browser
def test_no_code_before_consent_and_no_token_before_the_client(page: Page, meituan: Any, start: Any) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()

    exchanges = meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
    order = [e["name"] for e in exchanges if e["service"] == "provider"]
    code_first = next(e["name"] for e in exchanges if any(v["kind"] == "code" for v in e.get("values", [])))
    redeemed = next(e for e in exchanges if e["name"] == "code.redeemed" and e["service"] == "provider")
    checks = [check["name"] for check in redeemed["checks"]]

    assert order.index("login.submitted") < order.index("consent.given") < order.index("code.redeemed")
    assert code_first == "consent.given"
    assert checks.index("client secret") < checks.index("code spent by this request")


def test_an_unknown_client_gets_an_error_page_and_no_login_form(town: Any) -> None:
    query = {
        "appid": "wx0000000000000000",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
    }
    response = requests.get(f"{town.provider}/connect/oauth2/authorize", params=query, timeout=10)

    assert "wx-error" in response.text
    assert "<form" not in response.text
    assert not response.history


def test_registering_an_app_yields_its_id_and_secret(town: Any) -> None:
    app = town.api(
        "POST", "/apps", {"name": "新应用", "redirect_uris": [CALLBACK], "callback_domain": "127.0.0.1"}
    )

    assert re.fullmatch(r"wx[0-9a-f]{16}", app["appid"])
    assert re.fullmatch(r"[0-9a-f]{32}", app["secret"])
    assert town.api("GET", f"/apps/{app['appid']}")["secret"] == app["secret"]


def test_no_running_secret_stands_in_the_repository(town: Any) -> None:
    apps = town.api("GET", "/apps", params={"world": "town"})
    assert apps
    secrets = [app["secret"] for app in apps] + [(Path(town.state) / "root-secret").read_text().strip()]

    for secret in secrets:
        found = subprocess.run(["git", "grep", "-qF", secret], cwd=ROOT, check=False)
        assert found.returncode == 1


def test_production_takes_https_redirect_uris_only(redis_url: str, store: Any) -> None:
    from ninestep.settings import ProviderSettings
    from ninestep_provider.app import create_app

    settings = ProviderSettings(
        env="production",
        redis_url=redis_url,
        redis_prefix=store.keys.prefix,
        session_key="k",
        seed_key="s",
        trace_key="t",
        introspection_secret="i",
        provider_url="https://auth.example.test",
        client_url="https://shop.example.test",
    )
    client = create_app(settings).test_client()
    fields = {"name": "n", "dialect": "wechat"}

    refused = client.post(
        "/_mock/api/apps", json={**fields, "redirect_uris": ["http://shop.example.test/cb"]}
    )
    taken = client.post("/_mock/api/apps", json={**fields, "redirect_uris": ["https://shop.example.test/cb"]})

    assert refused.status_code == 422
    assert taken.status_code == 201


def test_lifetimes_follow_the_settings() -> None:
    from ninestep.dialects.lifetimes import lifetimes
    from ninestep.records import App, Ttl
    from ninestep.settings import ProviderSettings, load

    environ = {"NINESTEP_CODE_TTL": "60", "NINESTEP_ACCESS_TTL": "120", "NINESTEP_REFRESH_TTL": "180"}
    settings = load(ProviderSettings, environ)
    fields: dict[str, Any] = {"appid": "a", "secret": "s", "world": "w", "name": "n", "dialect": "wechat"}
    tutorial = App(**fields, kind="official_account", fidelity="tutorial")
    own = App(**fields, kind="official_account", fidelity="tutorial", ttl=Ttl(code=5))

    assert lifetimes(tutorial, settings) == Ttl(code=60, access=120, refresh=180)
    assert lifetimes(own, settings) == Ttl(code=5, access=120, refresh=180)


def test_server_error_at_authorize_can_be_provoked(world: Any) -> None:
    app = world.new_app(
        name="美团", dialect="wechat", fidelity="tutorial", redirect_uris=[CALLBACK], consent={"mode": "auto"}
    )
    fault = world.town.api(
        "POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "error": "server_error"}
    )
    query = {
        "appid": app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": "s",
    }

    def answer() -> dict[str, list[str]]:
        url = f"{world.town.provider}/connect/oauth2/authorize"
        response = requests.get(url, params=query, allow_redirects=False, timeout=10)
        return parse_qs(urlsplit(response.headers["Location"]).query)

    assert answer() == {"error": ["server_error"], "state": ["s"]}
    assert "code" in answer()
    listed = world.town.api("GET", f"/apps/{app['appid']}/faults")
    assert [(f["id"], f["hits"]) for f in listed] == [(fault["id"], 1)]
