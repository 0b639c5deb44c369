"""Rows of the seeds that the client's back end answers for: a running client and provider, read from their trace."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
import requests

MEITUAN, OLD_APP = "wx1234567890abcdef", "wxff66554433221100"
OWN_APPS = (
    *(MEITUAN, "wxfedcba0987654321", "wx0fedcba987654321", "wx00112233445566ff"),  # 公众号, PC, 小程序, App
    *("zhihu", "101234567", "1357924680"),
)
PROFILE, REFRESH = "profile.read", "token.refreshed"
TECHNICAL = re.compile(
    r"\b[1-9]\d{4}\b|invalid_|errcode|errmsg|Traceback|access_denied|server_error|NEED_REAUTH|HTTP|[{}]"
)


class Visitor:
    """A browser without scripts at the test run's own client; the provider's answer is armed beforehand."""

    def __init__(self, meituan: Any) -> None:
        self.site, self.http = meituan, requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "text/html"

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(urljoin(self.site.url, path), timeout=20, **options)

    def start(self, path: str = "/login/wechat", decision: str = "approve") -> requests.Response:
        """From ① to wherever it ends."""
        armed = {"user": "zhangsan", "decision": decision}
        self.site.town.api("POST", f"/apps/{self.site.appid}/next", armed)
        return self.get(path)

    def log_in(self) -> str:
        """The flow of a login that came to its end."""
        page = self.start()
        assert urldefrag(page.url)[0] == f"{self.site.url}/me", page.text
        return str(self.site.flows()[0]["id"])

    def press(self, action: str) -> requests.Response:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/me").text)
        assert token is not None
        return self.http.post(urljoin(self.site.url, action), data={"csrf_token": token[1]}, timeout=20)

    def call_api(self) -> requests.Response:
        return self.press("/me/refresh-profile")

    def told(self, flow: str, *names: str) -> list[tuple[str, str]]:
        """What the client asked its neighbours in this flow, in order, with the outcome."""
        found = self.site.town.api("GET", f"/flows/{flow}/exchanges")
        asked = [
            e for e in found if e["service"] == "client_app" and e["name"] in (names or (PROFILE, REFRESH))
        ]
        return [(e["name"], e.get("outcome", "ok")) for e in sorted(asked, key=lambda e: e["at_real"])]


@pytest.fixture
def visitor(meituan: Any) -> Iterator[Visitor]:
    visitor = Visitor(meituan)
    with closing(visitor.http):
        yield visitor


def notice(page: requests.Response) -> str:
    found = re.search(r'data-notice="([^"]+)"', page.text)
    return found[1] if found else ""


def test_step_5_in_the_trace_is_the_back_end_posting_four_fields(visitor: Visitor) -> None:
    flow = visitor.log_in()

    [fifth] = [m for m in visitor.site.messages(flow) if m["step"] == 5]
    sent = fifth["legs"][-1]

    assert (sent["from"], sent["to"], sent["channel"]) == ("client_app", "provider", "back")
    assert sent["request"]["method"] == "POST"
    assert urlsplit(sent["request"]["url"]).path == "/sns/oauth2/access_token"
    assert urlsplit(sent["request"]["url"]).query == ""
    form = parse_qs(sent["request"]["body"])
    assert set(form) == {"appid", "secret", "code", "grant_type"}
    assert (form["appid"], form["grant_type"]) == ([visitor.site.appid], ["authorization_code"])
    headers = {name.lower(): value for name, value in sent["request"]["headers"]}
    assert headers["content-type"] == "application/x-www-form-urlencoded"


# -- the token manager (S0 §6.2, §6.3) -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("later", "asked"), [("1h54m59s", [PROFILE]), ("1h55m1s", [REFRESH, PROFILE]), ("3h", [REFRESH, PROFILE])]
)
def test_the_refresh_goes_before_the_call_when_less_than_300_s_remain(
    visitor: Visitor, later: str, asked: list[str]
) -> None:
    visitor.site.freeze()
    flow = visitor.log_in()
    visitor.site.advance(later)

    assert "mt-refreshed" in visitor.call_api().text

    assert visitor.told(flow)[1:] == [(name, "ok") for name in asked]


def test_a_call_that_finds_the_token_dead_is_42001_then_a_refresh_then_a_profile(visitor: Visitor) -> None:
    flow = visitor.log_in()
    visitor.site.fault("userinfo", error="token_expired", times=1)

    assert "mt-refreshed" in visitor.call_api().text

    assert visitor.told(flow)[1:] == [(PROFILE, "refused"), (REFRESH, "ok"), (PROFILE, "ok")]
    answers = [m["legs"][-1]["response"]["body"] for m in visitor.site.messages(flow) if m["step"] == 8]
    assert ["42001" in answer for answer in answers] == [False, True, False]


def test_a_second_42001_is_an_error_and_no_second_refresh(visitor: Visitor) -> None:
    flow = visitor.log_in()
    visitor.site.fault("userinfo", error="token_expired", times=5)

    assert notice(visitor.call_api()) == "NEED_REAUTH"

    assert visitor.told(flow)[1:] == [(PROFILE, "refused"), (REFRESH, "ok"), (PROFILE, "refused")]


def test_a_dead_refresh_token_is_asked_for_once_and_the_person_is_logged_out(visitor: Visitor) -> None:
    flow = visitor.log_in()
    visitor.site.advance("30d1s")

    page = visitor.call_api()

    assert notice(page) == "NEED_REAUTH"
    assert visitor.told(flow)[1:] == [(REFRESH, "refused")]
    assert visitor.get("/api/me").status_code == 401
    visitor.log_in()
    assert "mt-refreshed" in visitor.call_api().text


def test_the_client_follows_a_refresh_token_that_rotates(visitor: Visitor) -> None:
    app = f"/apps/{visitor.site.appid}"
    visitor.site.town.api("PATCH", app, {"policies": {"same_refresh_token": False}})
    try:
        flow = visitor.log_in()
        for _ in range(2):
            visitor.site.advance("2h")
            assert "mt-refreshed" in visitor.call_api().text
    finally:
        visitor.site.town.api("PATCH", app, {"policies": {"same_refresh_token": True}})

    found = visitor.site.town.api("GET", f"/flows/{flow}/exchanges")
    used = [
        {v["where"].split(".")[0]: v["hash"] for v in e["values"] if v["kind"] == "refresh_token"}
        for e in sorted(found, key=lambda e: e["at_real"])
        if e["service"] == "client_app" and e["name"] == REFRESH
    ]
    assert [set(each) for each in used] == [{"request", "response"}] * 2
    first, second = used
    assert first["request"] != first["response"] == second["request"] != second["response"]


# -- failures ------------------------------------------------------------------------------------------------------


def test_a_userinfo_that_stays_expired_ends_in_a_sentence_and_nobody_is_logged_in(visitor: Visitor) -> None:
    visitor.site.fault("userinfo", error="token_expired", times=2)

    page = visitor.start()

    assert notice(page) == "NEED_REAUTH"
    assert "登录已过期，请重新登录" in page.text
    assert "mt_login" not in visitor.http.cookies
    assert visitor.get("/api/me").status_code == 401


@pytest.mark.parametrize(("decision", "error"), [("deny", ""), ("approve", "invalid_client")])
def test_a_refusal_is_one_attempt_and_no_more(visitor: Visitor, decision: str, error: str) -> None:
    if error:
        visitor.site.fault("token", error=error, times=5)

    page = visitor.start(decision=decision)

    assert notice(page) == (error or "access_denied")
    assert "/login/retry/" not in page.text
    [flow] = visitor.site.flows(wait=10, until="ended")
    assert len(visitor.told(flow["id"], "code.redeemed")) == (1 if error else 0)


def test_server_errors_are_three_attempts_at_0_3_and_9_seconds(visitor: Visitor) -> None:
    visitor.site.freeze()
    visitor.site.fault("token", status=503, times=2)

    page = visitor.start()
    for seconds in (3, 6):
        waiting = page.url.partition("#")[0]
        assert urlsplit(waiting).path.startswith("/login/retry/")
        visitor.site.advance(f"{seconds - 1}s")
        assert urldefrag(visitor.get(waiting + "/again").url)[0] == waiting, "a second too early"
        visitor.site.advance("1s")
        page = visitor.start(waiting + "/again")

    assert urldefrag(page.url)[0] == f"{visitor.site.url}/me"
    flows = sorted(visitor.site.flows(), key=lambda flow: flow["at"])
    assert [round(flow["at"] - flows[0]["at"]) for flow in flows] == [0, 3, 9]
    assert [flow["outcome"] for flow in flows] == ["failed", "failed", "ok"]


def test_a_third_server_error_is_the_last(visitor: Visitor) -> None:
    visitor.site.fault("token", status=503, times=9)
    page = visitor.start()
    for seconds in (3, 6):
        visitor.site.advance(f"{seconds}s")
        page = visitor.start(page.url.partition("#")[0] + "/again")

    assert notice(page) == "server_error"
    assert len(visitor.site.flows()) == 3


# -- what the tokens are worth afterwards ----------------------------------------------------------------------------


def test_logging_out_here_ends_no_token_and_withdrawing_there_ends_them_all(visitor: Visitor) -> None:
    town, appid = visitor.site.town, visitor.site.appid
    visitor.log_in()
    newest = max(t["authorization"] for t in town.api("GET", f"/apps/{appid}/tokens"))

    def states() -> set[str]:
        listed = town.api("GET", f"/apps/{appid}/tokens")
        return {t["state"] for t in listed if t["authorization"] == newest}

    visitor.press("/logout")
    assert visitor.get("/api/me").status_code == 401
    assert states() == {"active"}

    town.api("DELETE", "/grants", params={"world": visitor.site.world, "user": "zhangsan"}, status=204)
    assert "active" not in states()


def test_each_event_moves_its_number_by_one_and_the_page_says_the_same(visitor: Visitor) -> None:
    def numbers() -> dict[str, int]:
        told = visitor.get("/metrics", headers={"Accept": "application/json"}).json()
        errors = told.pop("errors")
        page = visitor.get("/metrics.html").text
        assert {name: int(told[name]) for name in told} == {
            name: int(value) for name, value in re.findall(r'data-testid="mt-metric-(\w+)">(\d+)<', page)
        }
        return {**told, **{f"errors.{code}": number for code, number in errors.items()}}

    def moved(before: dict[str, int]) -> dict[str, int]:
        return {
            name: new - before.get(name, 0) for name, new in numbers().items() if new != before.get(name, 0)
        }

    before = numbers()
    visitor.get("/login/wechat", allow_redirects=False)
    assert moved(before) == {"authAttempts": 1}

    before = numbers()
    visitor.log_in()
    assert moved(before) == {"authAttempts": 1, "authSuccess": 1}

    before = numbers()
    visitor.site.advance("2h")
    visitor.call_api()
    assert moved(before) == {"tokenRefreshes": 1}

    before = numbers()
    visitor.start(decision="deny")
    assert moved(before) == {"authAttempts": 1, "authFailures": 1, "errors.access_denied": 1}


# -- every page of the client --------------------------------------------------------------------------------------


class Crawl:
    """All that the seeded town's client shows to somebody who is logged in at both of its sites."""

    def __init__(self, town: Any) -> None:
        self.base, self.http = town.client, requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "text/html"
        self.texts: dict[str, str] = {}
        self.redirects: list[str] = []
        for appid, start in ((MEITUAN, "/login/wechat"), ("zhihu", "/zhihu/login")):
            self.visit(start)
            town.api("POST", f"/apps/{appid}/next", {"user": "zhangsan", "decision": "approve"})
            answer = self.http.get(self.base + start, timeout=20)
            self.redirects += [each.headers["Location"] for each in answer.history]
            assert answer.url.startswith(self.base), answer.url
        for path in ("/", "/me", "/zhihu/me", "/metrics", "/metrics.html", "/api/me", "/nothing-here"):
            self.visit(path)
        for path in ("/auth/wechat/callback", "/auth/zhihu/callback"):
            self.visit(path)
            self.visit(path + "?code=x&state=y")

    def visit(self, path: str) -> None:
        url = urldefrag(urljoin(self.base, path))[0]
        if url in self.texts or not url.startswith(self.base + "/"):
            return
        self.texts[url] = ""  # seen, also while its links are followed
        answer = self.http.get(url, timeout=20, allow_redirects=False)
        self.texts[url] = answer.text + "\n" + "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
        for link in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
            self.visit(link.replace("&amp;", "&"))

    def pages(self) -> dict[str, str]:
        return {url: text for url, text in self.texts.items() if "<html" in text}


@pytest.fixture(scope="module")
def crawl(town: Any) -> Iterator[Crawl]:
    crawl = Crawl(town)
    with closing(crawl.http):
        yield crawl


def test_no_page_script_style_picture_or_redirect_of_the_client_holds_its_secret(
    town: Any, crawl: Crawl
) -> None:
    secrets = [town.api("GET", f"/apps/{appid}")["secret"] for appid in OWN_APPS]
    secret_of_the_old_app = town.api("GET", f"/apps/{OLD_APP}")["secret"]
    everything = {**crawl.texts, **{url: url for url in crawl.redirects}}

    kinds = {urlsplit(url).path.rpartition(".")[2] for url in crawl.texts}
    assert {"css", "js", "svg"} <= kinds
    assert any("code=" in url for url in crawl.redirects)
    assert all(len(secret) == 32 for secret in secrets)
    assert [url for url, text in everything.items() for secret in secrets if secret in text] == []
    given_away = {urlsplit(url).path for url, text in everything.items() if secret_of_the_old_app in text}
    assert given_away == {"/app/old", "/app/old/strings"}  # the bad way, shown as such, and nowhere else


def test_no_page_of_the_client_asks_for_a_password_but_the_one_from_before_oauth(crawl: Crawl) -> None:
    pages = crawl.pages()
    asks = re.compile(r'type="?password|autocomplete="?\w*-password')

    assert {urlsplit(url).path for url in pages} >= {"/login", "/me", "/zhihu", "/zhihu/me", "/metrics.html"}
    assert {urlsplit(url).path for url, text in pages.items() if asks.search(text)} == {
        "/meitu"
    }  # the lesson


CODES = (
    "invalid_client",
    "access_denied",
    "invalid_grant",
    "server_error",
    "NEED_REAUTH",
    "insufficient_scope",
)
OTHER_CODES = ("no_code", "invalid_state", "other", "40029", "wechat_45009", "unknown_error")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_a_failure_shows_is_never_technical(crawl: Crawl, language: str) -> None:
    paths = [f"{page}?notice={code}" for page in ("/login", "/me", "/zhihu") for code in CODES + OTHER_CODES]
    paths += [f"/auth/{name}/callback" for name in ("wechat", "zhihu")]
    paths += [f"/auth/{name}/callback?code=x&state=y" for name in ("wechat", "zhihu")]

    told = {}
    for path in paths:
        address = f"{crawl.base}{path}{'&' if '?' in path else '?'}lang={language}"
        page = crawl.http.get(address, timeout=20, allow_redirects=False).text
        assert "data-notice=" in page, path
        assert f'<html lang="{language}"' in page
        told[path] = visible(page.partition("data-notice=")[2].partition("</section>")[0])

    assert all(told.values())
    assert {path: text for path, text in told.items() if TECHNICAL.search(text)} == {}


def test_the_page_that_waits_after_a_server_error_is_not_technical_either(visitor: Visitor) -> None:
    visitor.site.fault("token", status=503, times=1)

    text = visible(visitor.start().text)

    assert "服务暂时不可用，请稍后再试" in text
    assert not TECHNICAL.search(text)


def visible(html: str) -> str:
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition(">")[2]).split())


def test_the_log_of_a_development_town_describes_a_callback_and_its_failure(town: Any) -> None:
    with closing(requests.Session()) as http:
        http.trust_env = False
        started = http.get(f"{town.client}/login/wechat", allow_redirects=False, timeout=10)
        state = parse_qs(urlsplit(started.headers["Location"]).query)["state"][0]
        headers = {
            "Accept": "text/html",
            "User-Agent": f"browser-{state[:6]}",
            "Referer": f"{town.provider}/from",
        }
        arrival = {"code": "0123456789-unknown", "state": state}
        http.get(f"{town.client}/auth/wechat/callback", params=arrival, headers=headers, timeout=10)

    # a line is in its file when the launcher has read it from the service's pipe
    end = time.monotonic() + 20
    while True:
        logs = "".join(path.read_text("utf-8") for path in (Path(town.state) / "logs").iterdir())
        if "PlatformError" in logs.partition(f"browser-{state[:6]}")[2] or time.monotonic() > end:
            break
        time.sleep(0.02)
    [described] = [line for line in logs.splitlines() if f"browser-{state[:6]}" in line]
    assert "OAuth Debug Info" in described
    for part in ("/auth/wechat/callback?code=", f"{town.provider}/from", "session=", f"••••{state[-4:]}"):
        assert part in described
    assert "微信API错误: 40029 - 不合法的oauth_code" in logs
    failed = logs[logs.rindex("\n", 0, logs.rindex("OAuth登录错误")) :].strip()
    assert "code=invalid_grant" in failed
    assert "授权码已过期，请重新授权" in failed
    assert "PlatformError" in failed
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", failed)
    assert not [secret for secret in (state, arrival["code"]) if secret in logs]
