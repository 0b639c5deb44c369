"""Rows of the seeds that a setting decides, in a town started with it: production behind a proxy, other lifetimes.

The proxy is played by a header.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from held_port import held_port

pytestmark = pytest.mark.launcher

SHOP = "shop.example.test"
NOBODY = "wx0000000000000000"
PROXIED = {"X-Forwarded-Proto": "https", "Accept": "text/html"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the client listens: its public name leads to the proxy."""
    with held_port() as port:
        yield port


@pytest.fixture(scope="module")
def live(
    tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any, port: int
) -> Iterator[Any]:
    settings = {
        "NINESTEP_ENV": "production",
        "NINESTEP_TRUSTED_PROXIES": "1",
        "NINESTEP_CLIENT_URL": f"https://{SHOP}",
        "NINESTEP_CLIENT_PORT": str(port),
        "NINESTEP_CODE_TTL": "60",
        "NINESTEP_ACCESS_TTL": "600",
        "NINESTEP_REFRESH_TTL": "3600",
    }
    town, process = start_town(tmp_path_factory.mktemp("live"), **settings)
    yield town
    stop_town(town, process)


def logs_with(words: str, state: Path) -> str:
    """All that the services said. A line is in its file when the launcher has read it from the service's pipe."""
    end = time.monotonic() + 20
    while True:
        logs = "".join(path.read_text("utf-8") for path in (state / "logs").iterdir())
        if words in logs or time.monotonic() > end:
            return logs
        time.sleep(0.02)


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, allow_redirects=False, timeout=10, **options)


def ask_for_a_code(town: Any, appid: str, redirect_uri: str) -> requests.Response:
    query = {"appid": appid, "redirect_uri": redirect_uri, "response_type": "code"}
    query |= {"scope": "snsapi_userinfo", "state": "s"}
    return get(f"{town.provider}/connect/oauth2/authorize", params=query, headers=PROXIED)


def test_pages_over_http_lead_to_https(live: Any, port: int) -> None:
    for url in (
        f"http://127.0.0.1:{port}/login?notice=other",
        f"{live.provider}/connect/oauth2/authorize?appid={NOBODY}",
        f"{live.provider}/settings/authorizations",
    ):
        answer = get(url, headers={"Accept": "text/html"})
        assert answer.status_code in (301, 302, 308), url
        assert answer.headers["Location"] == "https://" + url.split("://")[1]


@pytest.mark.parametrize("fidelity", ["platform", "tutorial"])
def test_a_redirect_uri_has_to_be_https_when_it_is_registered(live: Any, fidelity: str) -> None:
    app = {"dialect": "wechat", "fidelity": fidelity}
    live.api("POST", "/apps", {**app, "redirect_uris": [f"http://{SHOP}/cb"]}, status=422)
    made = live.api("POST", "/apps", {**app, "redirect_uris": [f"https://{SHOP}/cb"]})

    changed = {"redirect_uris": [f"http://{SHOP}/cb"]}
    live.api("PATCH", f"/apps/{made['appid']}", changed, status=422)


def test_a_code_is_never_sent_to_an_http_address(live: Any) -> None:
    """Also where the host alone decides whether a redirect_uri is good, so that any scheme would do."""
    app = live.api(
        "POST", "/apps", {"dialect": "wechat", "callback_domain": SHOP, "consent": {"mode": "auto"}}
    )

    good = ask_for_a_code(live, app["appid"], f"https://{SHOP}/cb")
    bad = ask_for_a_code(live, app["appid"], f"http://{SHOP}/cb")

    assert "code" in parse_qs(urlsplit(good.headers["Location"]).query)
    assert "Location" not in bad.headers


def test_the_client_says_https_keeps_its_cookies_for_it_and_describes_no_callback(
    live: Any, port: int
) -> None:
    base = f"http://127.0.0.1:{port}"
    browser = requests.Session()
    browser.trust_env = False
    with closing(browser):
        started = browser.get(f"{base}/login/wechat", headers=PROXIED, allow_redirects=False, timeout=10)
        asked = parse_qs(urlsplit(started.headers["Location"]).query)
        cookie = started.headers["Set-Cookie"]
        session = {
            "Cookie": cookie.split(";")[0]
        }  # a Secure cookie, which this session would keep for itself
        arrival = {"code": "0unknown-code", "state": asked["state"][0]}
        refused = browser.get(
            f"{base}/auth/wechat/callback",
            params=arrival,
            headers={**PROXIED, **session},
            allow_redirects=False,
            timeout=10,
        )

    assert asked["redirect_uri"] == [f"https://{SHOP}/auth/wechat/callback"]
    assert cookie.startswith("mt_session=")
    assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}
    assert refused.headers["Location"] == "/login?notice=invalid_grant"
    logs = logs_with("OAuth登录错误", Path(live.state))
    assert "OAuth Debug Info" not in logs
    [entry] = [json.loads(line) for line in logs.splitlines() if "OAuth登录错误" in line]
    assert entry["code"] == "invalid_grant"


@pytest.mark.parametrize("own", [False, True])
def test_codes_and_tokens_live_as_long_as_the_settings_say_unless_the_app_says_more(
    live: Any, own: bool
) -> None:
    asked = {"dialect": "wechat", "fidelity": "tutorial", "consent": {"mode": "auto"}}
    app = live.api(
        "POST", "/apps", asked | ({"ttl": {"code": 90, "access": 700, "refresh": 4000}} if own else {})
    )
    life = app["ttl"] if own else {"code": 60, "access": 600, "refresh": 3600}
    clock = f"/worlds/{app['world']}/clock"
    live.api("POST", clock, {"freeze": True})
    start = live.api("GET", clock)["now"]

    def code() -> str:
        return str(live.api("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"])

    def call(path: str, **form: str) -> dict[str, Any]:
        form |= {"appid": app["appid"], "secret": app["secret"]}
        return dict(requests.post(f"{live.provider}/sns/oauth2/{path}", data=form, timeout=10).json())

    def redeem(code: str) -> dict[str, Any]:
        return call("access_token", code=code, grant_type="authorization_code")

    def refresh() -> dict[str, Any]:
        return call("refresh_token", refresh_token=tokens["refresh_token"], grant_type="refresh_token")

    def profile() -> dict[str, Any]:
        who = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        return dict(json.loads(get(f"{live.resource}/sns/userinfo", params=who).content))

    def at(seconds: int) -> None:
        live.api("POST", clock, {"set": datetime.fromtimestamp(start + seconds, UTC).isoformat()})

    tokens, early, late = redeem(code()), code(), code()
    assert tokens["expires_in"] == life["access"]
    at(life["code"] - 1)
    assert "access_token" in redeem(early)
    at(life["code"] + 1)
    assert redeem(late)["errcode"] == 40029
    at(life["access"] - 1)
    assert profile()["nickname"] == "张三"
    at(life["access"] + 1)
    assert profile()["errcode"] == 42001
    at(life["refresh"] - 1)
    assert refresh()["expires_in"] == life["access"]
    at(life["refresh"] + 1)
    assert refresh()["errcode"] == 42002
