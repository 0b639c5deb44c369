"""Exports that do something: the script is run by bash, the test by a browser, and the replay file opened from disk."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from accessibility import dresses, findings
from playwright.sync_api import Browser, Page, expect

CALLBACK = "http://127.0.0.1/callback"


def export(town: Any, flow: str, ext: str, **query: str) -> str:
    answer = town.http.get(f"{town.provider}/_mock/api/flows/{flow}/export.{ext}", params=query, timeout=10)
    assert answer.status_code == 200, answer.text
    return str(answer.content.decode())


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    for program in ("bash", "curl"):
        if not shutil.which(program):
            pytest.skip(f"no {program} here")
    plain = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    command = ["bash", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**plain, **environment})


def wechat_login(world: Any) -> str:
    """A login by hand, to the profile; its flow."""
    town = world.town
    query = {"appid": world.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    asked = f"{town.provider}/connect/oauth2/authorize"
    sent = town.http.get(
        asked, params={**query, "scope": "snsapi_userinfo"}, allow_redirects=False, timeout=10
    )
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    form = {"appid": world.appid, "secret": world.secret, "code": code, "grant_type": "authorization_code"}
    token = json.loads(
        town.http.post(f"{town.provider}/sns/oauth2/access_token", data=form, timeout=10).content
    )
    who = {"access_token": token["access_token"], "openid": token["openid"], "lang": "zh_CN"}
    profile = town.http.get(f"{town.resource}/sns/userinfo", params=who, timeout=10).content
    assert json.loads(profile)["nickname"] == "张三"
    return str(sent.headers["X-Ninestep-Flow"])


def test_the_script_replays_the_back_channel_with_a_fresh_code(world: Any) -> None:
    flow, town = wechat_login(world), world.town
    fresh = town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan", "scope": "snsapi_userinfo"})

    done = run(export(town, flow, "sh"), CLIENT_SECRET=world.secret, CODE=fresh["code"])

    assert done.returncode == 0, done.stderr
    tokens, profile = (json.loads(line) for line in done.stdout.splitlines())
    assert tokens["openid"] == profile["openid"]
    assert profile["nickname"] == "张三"


def test_the_script_says_what_it_needs_and_sends_nothing_without(world: Any) -> None:
    flow = wechat_login(world)

    done = run(export(world.town, flow, "sh"), CLIENT_SECRET=world.secret)

    assert done.returncode != 0
    assert "CODE" in done.stderr
    assert done.stdout == ""


def test_a_script_of_a_standard_app_proves_itself_by_basic_and_reads_with_a_bearer(town: Any) -> None:
    made = {"dialect": "standard", "redirect_uris": [CALLBACK], "consent": {"mode": "auto", "user": "lisi"}}
    app = town.api("POST", "/apps", made)
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    sent = town.http.get(f"{town.provider}/oauth/authorize", params=query, allow_redirects=False, timeout=10)
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": verifier}
    form["code"] = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    asked = requests.post(
        f"{town.provider}/oauth/token", data=form, auth=(app["appid"], app["secret"]), timeout=10
    )
    bearer = {"Authorization": f"Bearer {asked.json()['access_token']}"}
    requests.get(f"{town.resource}/userinfo", headers=bearer, timeout=10)
    fresh = town.api("POST", f"/apps/{app['appid']}/codes", {"user": "lisi", "redirect_uri": CALLBACK})
    basic = str(asked.request.headers["Authorization"]).removeprefix("Basic ")

    text = export(town, sent.headers["X-Ninestep-Flow"], "sh")
    done = run(text, BASIC_CREDENTIALS=basic, CODE=fresh["code"])

    assert done.returncode == 0, done.stderr
    tokens, profile = (json.loads(line) for line in done.stdout.splitlines())
    assert tokens["token_type"] == "Bearer"
    assert "李四" in profile["name"]


@pytest.mark.parametrize(
    ("path", "appid", "scope"), [("qq", "101234567", "get_user_info"), ("weibo", "1357924680", "email")]
)
def test_the_script_reads_the_answers_of_every_platform(town: Any, path: str, appid: str, scope: str) -> None:
    """QQ answers a query string and JSONP, Weibo JSON as text."""
    with requests.Session() as browser:
        browser.trust_env = False
        first = browser.get(f"{town.client}/login/{path}", allow_redirects=False, timeout=10)
        town.api("POST", f"/apps/{appid}/next", {"user": "zhangsan"})
        assert browser.get(first.headers["Location"], timeout=10).url.startswith(f"{town.client}/me")
    callback = parse_qs(urlsplit(first.headers["Location"]).query)["redirect_uri"][0]
    asked = {"user": "zhangsan", "scope": scope, "redirect_uri": callback}
    code = town.api("POST", f"/apps/{appid}/codes", asked)["code"]
    secret = town.api("GET", f"/apps/{appid}")["secret"]

    done = run(export(town, first.headers["X-Ninestep-Flow"], "sh"), CLIENT_SECRET=secret, CODE=code)

    assert done.returncode == 0, done.stderr
    assert "张三" in done.stdout.splitlines()[-1]


# -- the Playwright test ----------------------------------------------------------------------------------------


def log_in(page: Page, start: Any, persona: str = "") -> None:
    start()
    if persona:
        page.get_by_test_id(f"wx-persona-{persona}").click()
    else:
        page.get_by_test_id("wx-username").fill("zhangsan")
        page.get_by_test_id("wx-password").fill("ninestep")
        page.get_by_test_id("wx-submit").click()


def play(text: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """Run an exported test as pytest would, in a browser that knows nobody."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module: dict[str, Any] = {}
    exec(compile(text, "export.py", "exec"), module)
    context = browser.new_context(locale="zh-CN")
    try:
        module["test_flow"](context.new_page())
    finally:
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("persona", "button"), [("", "wx-approve"), ("lisi", "wx-approve"), ("lisi", "wx-deny")]
)
def test_the_browser_test_goes_the_same_way_again(
    page: Page,
    browser: Browser,
    meituan: Any,
    start: Any,
    monkeypatch: pytest.MonkeyPatch,
    persona: str,
    button: str,
) -> None:
    log_in(page, start, persona)
    page.get_by_test_id(button).click()
    page.wait_for_url(f"{meituan.url}/**")
    [flow] = meituan.flows(wait=10, until="ended")

    play(export(meituan.town, flow["id"], "py"), browser, monkeypatch, CLIENT_URL=meituan.url)

    again, first = meituan.flows()
    assert (again["steps"], again["outcome"]) == (first["steps"], first["outcome"])


@pytest.mark.browser
def test_the_browser_test_notices_that_it_went_otherwise(
    page: Page, browser: Browser, meituan: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(page, start)
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows(wait=10, until="ended")
    text = export(meituan.town, flow["id"], "py")

    meituan.fault("token", error="code_used", times=1)

    with pytest.raises(AssertionError):
        play(text, browser, monkeypatch, CLIENT_URL=meituan.url)


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["official_account", "website"])
def test_a_foreign_clients_flow_is_tested_up_to_its_callback(
    browser: Browser, town: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    callback = "http://127.0.0.1:59001/callback"
    app = town.api(
        "POST", "/apps", {"name": "网站", "dialect": "wechat", "kind": kind, "redirect_uris": [callback]}
    )
    path = "/connect/qrconnect" if kind == "website" else "/connect/oauth2/authorize"
    query = {"appid": app["appid"], "redirect_uri": callback, "response_type": "code", "state": "xyz"}
    query["scope"] = "snsapi_login" if kind == "website" else "snsapi_userinfo"
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    with page.expect_request(lambda request: request.url.startswith(callback)):
        page.goto(f"{town.provider}{path}?{urlencode(query)}")
        if kind == "website":
            uuid = (page.get_by_test_id("wx-qr-img").get_attribute("src") or "").rsplit("/", 1)[-1]
            town.api("POST", "/scan", {"uuid": uuid, "user": "lisi", "action": "confirm"})
        else:
            page.get_by_test_id("wx-persona-lisi").click()
            page.get_by_test_id("wx-approve").click()
    context.close()
    flow = town.api("GET", "/flows", params={"app": app["appid"]})[0]["id"]

    play(export(town, flow, "py"), browser, monkeypatch)

    assert len(town.api("GET", "/flows", params={"app": app["appid"]})) == 2


# -- the replay file --------------------------------------------------------------------------------------------


@pytest.fixture
def replay(page: Page, browser: Browser, meituan: Any, start: Any, tmp_path: Path) -> Any:
    """``replay(language)``: the file of a finished login, opened from disk in a browser without a network."""
    log_in(page, start)
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows(wait=10, until="ended")
    contexts = []

    def replay(language: str = "zh-CN", **options: Any) -> tuple[Page, list[str], list[str]]:
        file = tmp_path / f"{language}.html"
        file.write_text(export(meituan.town, flow["id"], "html", lang=language), "utf-8")
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        opened = context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: errors.append(message.text))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(file.as_uri())
        return opened, asked, errors

    yield replay
    for context in contexts:
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_replay_file_is_clicked_through_without_a_network(replay: Any, language: str) -> None:
    page, asked, errors = replay(language)
    rows, current = (
        page.get_by_test_id("rp-message"),
        page.locator('[data-testid="rp-message"][aria-current]'),
    )
    count = rows.count()
    assert count >= 9

    for n in range(count):
        expect(current).to_have_attribute("data-seq", str(n + 1))
        expect(page.locator('[data-testid="rp-panel"]:visible')).to_have_count(1)
        if n + 1 < count:
            page.get_by_test_id("rp-next").click()
    expect(page.get_by_test_id("rp-next")).to_be_disabled()
    expect(page.get_by_test_id("rp-place")).to_have_text(f"{count} / {count}")
    page.get_by_test_id("rp-previous").click()
    expect(current).to_have_attribute("data-seq", str(count - 1))
    page.keyboard.press("ArrowLeft")
    expect(current).to_have_attribute("data-seq", str(count - 2))

    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == 1
    assert errors == []


@pytest.mark.browser
def test_the_replay_file_plays_by_itself(replay: Any) -> None:
    page, _, errors = replay()
    opened = datetime(2030, 1, 1, tzinfo=UTC)
    page.clock.install(time=opened)
    page.reload()
    page.clock.pause_at(opened + timedelta(hours=1))  # it would go on beside what the test lets pass
    current = page.locator('[data-testid="rp-message"][aria-current]')

    page.get_by_test_id("rp-play").click()
    page.clock.run_for(2700)
    expect(current).to_have_attribute("data-seq", "2")
    page.get_by_test_id("rp-play").click()
    page.clock.run_for(60_000)
    expect(current).to_have_attribute("data-seq", "2")
    page.get_by_test_id("rp-play").click()
    page.clock.run_for(600_000)

    expect(current).to_have_attribute("data-seq", str(page.get_by_test_id("rp-message").count()))
    page.get_by_test_id("rp-first").click()
    expect(current).to_have_attribute("data-seq", "1")
    assert errors == []


@pytest.mark.browser
def test_the_replays_ledger_fills_with_the_messages(replay: Any) -> None:
    page, _, _ = replay()
    token = page.locator('[data-kind="access_token"][data-place="client_app"]')
    browser = page.locator('[data-kind="access_token"][data-place="browser"]')

    expect(token).to_have_text("○")
    while page.get_by_test_id("rp-next").is_enabled():
        page.get_by_test_id("rp-next").click()

    expect(token).to_have_text("●")
    expect(browser).to_have_text("○")


@pytest.mark.browser
def test_the_replay_file_speaks_both_languages(replay: Any) -> None:
    page, _, _ = replay("zh-CN")
    expect(page.get_by_text("一步一步").or_(page.get_by_text("九步回放")).first).to_be_visible()

    page.get_by_test_id("rp-language").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Nine-step replay")).to_be_visible()
    expect(page.get_by_text("九步回放")).to_be_hidden()


@pytest.mark.browser
def test_the_replay_file_reads_without_scripts(replay: Any) -> None:
    page, _, _ = replay("en", java_script_enabled=False)

    panels = page.get_by_test_id("rp-panel")
    assert panels.count() == page.get_by_test_id("rp-message").count()
    expect(panels.last).to_be_visible()
    expect(page.get_by_test_id("rp-bar")).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize(("language", "theme", "width"), dresses(1))
def test_axe_finds_nothing_serious_in_the_replay_file(
    replay: Any, language: str, theme: str, width: int
) -> None:
    viewport = {"width": width, "height": 860}
    page, _, _ = replay(language, color_scheme=theme, viewport=viewport, bypass_csp=True)

    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
