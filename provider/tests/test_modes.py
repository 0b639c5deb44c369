"""What a town shows in its other ways to run: in production, without its backstage, reached by more than loopback.

In this process where a setting is enough, in a town of its own where all services have to agree.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient

pytestmark = pytest.mark.launcher

PLAIN, TLS = "http://127.0.0.1:9000", "https://127.0.0.1:9000"
HTML = {"Accept": "text/html"}
QUERY = [("redirect_uri", "http://127.0.0.1/cb?a=1&b=%26"), ("state", "a+b c#d%=;é/\u4e5d"), ("empty", "")]


def places(app: Any, method: str = "GET") -> list[str]:
    """Every address of an app that needs nothing filled in."""
    rules = [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]
    return sorted({rule.rule for rule in rules if not rule.arguments})


def get(client: FlaskClient, path: str, base_url: str = PLAIN, **headers: str) -> Any:
    with client.get(path, base_url=base_url, headers={**HTML, **headers}) as answer:
        answer.get_data()
        return answer


# -- production


@pytest.fixture
def live(start: Any) -> Any:
    return start(env="production", provider_url=TLS)


def test_every_page_of_production_is_served_over_https_alone(live: Any) -> None:
    """Whatever the request claims: nobody trusts its X-Forwarded-Proto here."""
    views = live.app.view_functions
    rules = [rule for rule in live.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    seen = {rule.rule: views[rule.endpoint] for rule in rules if not rule.arguments}
    pages = [path for path, view in seen.items() if hasattr(view, "is_page") or hasattr(view, "is_crossing")]
    assert {"/connect/oauth2/authorize", "/oauth/authorize", "/connect/login", "/connect/consent"} <= set(
        pages
    )

    for path in pages:
        for claim in ({}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}):
            answer = get(live.client, f"{path}?{urlencode(QUERY)}", **claim)
            where = urlsplit(answer.location)
            assert (answer.status_code, f"{where.scheme}://{where.netloc}{where.path}") == (308, TLS + path)
            assert parse_qsl(where.query, keep_blank_values=True) == QUERY


def test_every_answer_of_production_insists_on_https_for_the_next_time(live: Any) -> None:
    for path in (
        "/settings/authorizations",
        "/_mock/theatre",
        "/oauth/authorize",
        "/_mock/api/worlds",
        "/healthz",
    ):
        assert "max-age=" in get(live.client, path, TLS).headers["Strict-Transport-Security"], path


def test_no_cookie_of_production_travels_over_http(live: Any) -> None:
    for path in ("/settings/authorizations", "/settings/authorizations?lang=en&theme=dark"):
        cookies = get(live.client, path, TLS).headers.getlist("Set-Cookie")
        assert cookies
        for cookie in cookies:
            assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_machines_and_health_checks_are_not_sent_elsewhere(live: Any) -> None:
    """A back channel calls the internal address, which is plain http behind the proxy."""
    client = live.client
    assert get(client, "/healthz").status_code == 200
    assert get(client, "/readyz").status_code == 200
    assert client.post("/oauth/token", base_url=PLAIN, data={"grant_type": "x"}).status_code in (400, 401)
    assert client.get("/sns/oauth2/access_token", base_url=PLAIN).get_json(force=True)["errcode"] == 41002


def test_the_last_proxy_is_believed_and_none_before_it(start: Any) -> None:
    """What the visitor wrote into the header stands to the left of what our own proxy appended."""
    behind = start(env="production", provider_url=TLS, trusted_proxies=1).client

    forged = get(behind, "/settings/authorizations", **{"X-Forwarded-Proto": "https, http"})
    honest = get(behind, "/settings/authorizations", **{"X-Forwarded-Proto": "http, https"})
    foreign = get(
        behind,
        "/settings/authorizations",
        **{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "127.0.0.1:9000, evil.test"},
    )

    assert (forged.status_code, honest.status_code, foreign.status_code) == (308, 200, 421)


# -- without a backstage


def test_without_a_backstage_nothing_of_it_is_there(control: Any, start: Any) -> None:
    on, off = control, start(backstage=False)
    behind = [path for path in places(on.app) + places(on.app, "POST") if path.startswith("/_mock")]
    assert len(behind) > 10

    for path in [*behind, "/_mock", "/_mock/", "/_mock/theatre/x", "/_mock/api/apps/x"]:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            assert off.client.open(path, method=method, base_url=PLAIN).status_code == 404, path


def test_without_a_backstage_every_page_works_and_none_leads_there(start: Any) -> None:
    off = start(backstage=False)

    for path in places(off.app):
        answer = get(off.client, path)
        assert answer.status_code < 500, path
        assert "/_mock" not in answer.text, path


# -- reached by more than loopback


@pytest.fixture
def exposed(start: Any) -> Any:
    return start(bind="0.0.0.0", admin_token="geheim")


def test_elsewhere_than_loopback_the_backstage_pages_need_the_token_too(control: Any, exposed: Any) -> None:
    """They show what the API shows: who logged in where, and every message."""
    app = control.wechat()
    control.login(app)
    [flow] = control("GET", "/flows", world=app["world"])
    paths = [path for path in places(exposed.app) if path.startswith("/_mock/") and "/api" not in path]

    for path in [*paths, f"/_mock/theatre/{flow['id']}"]:
        if path == "/_mock/enter":  # the page that asks for it
            continue
        answer = get(exposed.client, path)
        assert answer.status_code in (302, 303, 401), path
        assert app["appid"] not in answer.text


def test_the_token_opens_the_backstage_once_it_was_given(control: Any, exposed: Any) -> None:
    browser = exposed.app.test_client()
    page = get(browser, "/_mock/enter").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]

    wrong = browser.post("/_mock/enter", data={"csrf_token": csrf, "token": "geraten"}, base_url=PLAIN)
    assert (wrong.status_code, get(browser, "/_mock/theatre").status_code) == (401, 302)
    right = browser.post("/_mock/enter", data={"csrf_token": csrf, "token": "geheim"}, base_url=PLAIN)
    assert right.status_code == 303
    assert get(browser, "/_mock/theatre").status_code == 200
    assert get(exposed.client, "/_mock/theatre", Authorization="Bearer geheim").status_code == 200


def test_the_admin_token_of_who_scans_for_a_user_is_in_no_record(control: Any, exposed: Any) -> None:
    app = control.wechat(kind="website", consent={"mode": "ask"}, policies={"reveal": True})
    query = {"appid": app["appid"], "redirect_uri": app["redirect_uris"][0], "scope": "snsapi_login"}
    control.stage("/connect/qrconnect", {**query, "response_type": "code", "state": "s"})
    [code] = control("GET", "/scan", world=app["world"])

    told = exposed.client.post(
        "/_mock/api/scan",
        json={"uuid": code["uuid"], "user": "zhangsan", "action": "scan"},
        headers={"Authorization": "Bearer geheim"},
        base_url=PLAIN,
    )

    assert told.get_json() == {"state": "scanned"}
    [flow] = control("GET", "/flows", world=app["world"])
    scanned = control("GET", f"/flows/{flow['id']}/exchanges")[-1]
    assert scanned["name"] == "qr.scanned"
    assert "Authorization" not in dict(scanned["request"]["headers"])
    assert "access_token" not in {value["kind"] for value in scanned["values"]}


def test_strangers_may_follow_a_test_account_and_see_no_secret_of_it(exposed: Any) -> None:
    for path in ("/debug/cgi-bin/sandbox", "/debug/cgi-bin/sandboxinfo"):
        assert get(exposed.client, path).headers["Location"].endswith("/_mock/enter")
    assert get(exposed.client, "/debug/cgi-bin/sandbox/follow").status_code == 404  # no account named


def start_alone(state: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """``ninestep up`` that is expected to end of itself."""
    ports = {f"NINESTEP_{name}_PORT": "0" for name in ("PROVIDER", "RESOURCE", "CLIENT", "GATEWAY")}
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_") and k != "REDIS_URL"}
    return subprocess.run(
        [sys.executable, "-m", "ninestep.cli", "up", "--json"],
        env={**clean, **ports, "NINESTEP_STATE": str(state), **environ},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )


@pytest.mark.launcher
def test_a_town_open_to_others_does_not_start_without_a_token_and_says_why_in_one_line(
    tmp_path: Path,
) -> None:
    ended = start_alone(tmp_path / "state", NINESTEP_BIND="0.0.0.0")

    assert ended.returncode != 0
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "0.0.0.0" in ended.stderr
    assert "NINESTEP_ADMIN_TOKEN" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.launcher
def test_production_without_an_https_address_does_not_start_and_says_why_in_one_line(tmp_path: Path) -> None:
    ended = start_alone(tmp_path / "state", NINESTEP_ENV="production")

    assert ended.returncode != 0
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "NINESTEP_CLIENT_URL" in ended.stderr


# -- all services of one town


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any) -> Iterator[Any]:
    """Production without a backstage, and no proxy that anybody trusts."""
    settings = {
        "NINESTEP_ENV": "production",
        "NINESTEP_BACKSTAGE": "false",
        "NINESTEP_CLIENT_URL": "https://shop.example.test",
    }
    town, process = start_town(tmp_path_factory.mktemp("bare"), **settings)
    yield town
    stop_town(town, process)


def ask(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers={**HTML, **headers}, allow_redirects=False, timeout=10)


@pytest.mark.launcher
def test_no_service_of_a_town_without_backstage_has_one(bare: Any) -> None:
    for service in (bare.provider, bare.resource, bare.gateway):
        for path in (
            "/_mock",
            "/_mock/",
            "/_mock/theatre",
            "/_mock/api/worlds",
            "/_mock/api/openapi.json",
            "/_mock/phone",
        ):
            assert ask(service + path).status_code == 404, service + path
    named = ask(f"{bare.gateway}/open.weixin.qq.com/_mock/api/worlds")
    assert named.status_code in (404, 421)


@pytest.mark.launcher
def test_what_a_visitor_says_of_a_proxy_changes_nothing_at_any_service(bare: Any) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test", "X-Forwarded-For": "127.0.0.1"}

    page = ask(f"{bare.provider}/settings/authorizations", **said)
    api = ask(f"{bare.resource}/userinfo", **said)
    through = ask(f"{bare.gateway}/userinfo", **said)

    assert page.status_code == 308
    assert page.headers["Location"] == f"https://{bare.provider.split('://')[1]}/settings/authorizations"
    assert (api.status_code, through.status_code) == (401, 401)
    assert "evil.test" not in api.text + through.text + str(api.headers) + str(through.headers)


@pytest.mark.launcher
@pytest.mark.parametrize("path", ["/userinfo", "/sns/userinfo", "/healthz"])
def test_a_town_in_production_answers_to_no_other_name(bare: Any, path: str) -> None:
    expected = 200 if path == "/healthz" else 421
    for service in (bare.provider, bare.resource):
        path_there = path if service == bare.resource or path == "/healthz" else "/settings/authorizations"
        assert ask(service + path_there, Host="evil.test").status_code == expected
