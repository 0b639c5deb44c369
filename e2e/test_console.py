"""The developer console by clicking, with scripts and without: each form does what the control API does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def callback() -> Iterator[str]:
    """The client's callback: it says that it was reached."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def desk(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A developer's browser; no other machine is asked."""
    context = browser.new_context(java_script_enabled=request.param, locale="zh-CN", accept_downloads=True)
    foreign: list[str] = []
    context.on(
        "request",
        lambda asked: foreign.append(asked.url) if urlsplit(asked.url).hostname != "127.0.0.1" else None,
    )
    yield context.new_page()
    context.close()
    assert foreign == []


def console(desk: Page, world: Any, path: str = "") -> None:
    desk.goto(f"{world.town.provider}/_mock/console{path}?world={world.name}")


def authorize_url(world: Any, appid: str, redirect_uri: str = CALLBACK) -> str:
    query = {
        "appid": appid,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "snsapi_userinfo",
    }
    return f"{world.town.provider}/connect/oauth2/authorize?{urlencode({**query, 'state': 's'})}"


def code_of(world: Any) -> str:
    answer = world.town.http.get(authorize_url(world, world.appid), allow_redirects=False)
    return str(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0])


def asked(world: Any, path: str, base: str = "", **query: str) -> dict[str, Any]:
    """A call of the client's back end; what cannot be read as JSON is {}."""
    answer = world.town.http.get((base or world.town.gateway) + path, params=query)
    return dict(json.loads(answer.content)) if answer.status_code == 200 else {}


def redeem(world: Any, appid: str, secret: str, code: str) -> dict[str, Any]:
    fields = {"appid": appid, "secret": secret, "code": code, "grant_type": "authorization_code"}
    return asked(world, "/sns/oauth2/access_token", **fields)


def userinfo(world: Any, tokens: dict[str, Any]) -> dict[str, Any]:
    return asked(world, "/sns/userinfo", access_token=tokens["access_token"], openid=tokens["openid"])


def test_an_app_made_here_logs_somebody_in(
    desk: Page, world: Any, callback: str, request: pytest.FixtureRequest
) -> None:
    console(desk, world)
    desk.get_by_test_id("co-app-new").click()
    desk.get_by_test_id("co-name").fill("我的新应用")
    desk.get_by_test_id("co-what").select_option("standard machine")
    without_scripts = not request.node.callspec.params["desk"]
    expect(desk.get_by_test_id("co-redirect-uris")).to_be_visible(visible=without_scripts)
    desk.get_by_test_id("co-what").select_option("wechat official_account")
    desk.get_by_test_id("co-redirect-uris").fill(callback)
    desk.get_by_test_id("co-app-make").click()
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "made")
    appid = desk.get_by_test_id("co-appid").inner_text()
    expect(desk.get_by_test_id("co-secret")).to_have_count(0)
    desk.get_by_test_id("co-secret-show").click()
    secret = desk.get_by_test_id("co-secret").inner_text()

    desk.goto(authorize_url(world, appid, callback))
    desk.get_by_test_id("wx-persona-lisi").click()
    expect(desk.get_by_test_id("wx-consent-app")).to_contain_text("我的新应用")
    desk.get_by_test_id("wx-approve").click()
    desk.wait_for_url(f"{callback}?*")

    tokens = redeem(world, appid, secret, parse_qs(urlsplit(desk.url).query)["code"][0])
    assert userinfo(world, tokens)["nickname"] == "李四🌸"


CLICKED_TWICE = """button => {
    let sent = 0
    button.form.addEventListener("submit", event => {
        sent += !event.defaultPrevented
        event.preventDefault()  // the answer is still under way
    })
    button.click()
    button.click()
    return sent
}"""


@pytest.mark.parametrize(
    ("path", "button", "times"),
    [
        ("/apps/new", "co-app-make", 1),
        ("/worlds", "co-world-new", 1),
        ("/clock", "co-clock-advance-5m", 1),
        ("/users/zhangsan", "co-user-login-as", 2),  # a file: the page stays, and may give another
    ],
)
def test_a_second_click_sends_nothing(page: Page, world: Any, path: str, button: str, times: int) -> None:
    page.goto(f"{world.town.provider}/_mock/console{path}?world={world.name}")

    assert page.get_by_test_id(button).first.evaluate(CLICKED_TWICE) == times


def test_what_is_refused_is_said_at_the_field_and_stays_typed(desk: Page, world: Any) -> None:
    console(desk, world, f"/apps/{world.appid}")
    desk.get_by_test_id("co-name").fill("still here")
    desk.get_by_test_id("co-redirect-uris").fill("ftp://127.0.0.1/callback")
    desk.get_by_test_id("co-app-save").click()

    expect(desk.get_by_test_id("co-problem")).to_have_attribute("data-field", "redirect_uris")
    field = desk.get_by_test_id("co-redirect-uris")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("ftp://127.0.0.1/callback")
    expect(desk.get_by_test_id("co-name")).to_have_value("still here")

    field.fill(CALLBACK)
    desk.get_by_test_id("co-app-save").click()
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "saved")
    assert world.town.api("GET", f"/apps/{world.appid}")["name"] == "still here"


def test_a_consent_mode_is_changed_and_the_next_answer_armed(desk: Page, world: Any, callback: str) -> None:
    console(desk, world, f"/apps/{world.appid}")
    desk.get_by_test_id("co-consent-mode").select_option("deny")
    desk.get_by_test_id("co-app-save").click()
    desk.goto(authorize_url(world, world.appid, callback))
    desk.wait_for_url(f"{callback}?*")
    assert parse_qs(urlsplit(desk.url).query)["code"] == ["authdeny"]

    console(desk, world, f"/apps/{world.appid}")
    desk.get_by_test_id("co-user").select_option("lisi")
    desk.get_by_test_id("co-next-arm").click()
    expect(desk.get_by_test_id("co-next-row")).to_have_attribute("data-user", "lisi")
    assert redeem(world, world.appid, world.secret, code_of(world))["openid"]


def test_a_ready_made_fault_fires_and_its_hits_are_counted(desk: Page, world: Any) -> None:
    console(desk, world, "/faults")
    desk.get_by_test_id("co-fault-fail-next-token").click()
    row = desk.get_by_test_id("co-fault-row")
    expect(row).to_have_attribute("data-hits", "0")
    code = code_of(world)

    assert redeem(world, world.appid, world.secret, code) == {}
    assert "access_token" in redeem(world, world.appid, world.secret, code)

    console(desk, world, "/faults")
    expect(row).to_have_attribute("data-hits", "1")
    desk.get_by_test_id("co-fault-delete").click()
    expect(desk.get_by_test_id("co-faults-empty")).to_be_visible()


def test_a_fault_of_ones_own(desk: Page, world: Any) -> None:
    console(desk, world, "/faults")
    desk.get_by_test_id("co-endpoint").select_option("userinfo")
    desk.get_by_test_id("co-error").select_option(label="token_expired")
    desk.get_by_test_id("co-times").fill("1")
    desk.get_by_test_id("co-fault-new").click()
    expect(desk.get_by_test_id("co-fault-row")).to_have_attribute("data-endpoint", "userinfo")

    tokens = redeem(world, world.appid, world.secret, code_of(world))
    assert userinfo(world, tokens)["errcode"] == 42001
    assert userinfo(world, tokens)["nickname"] == "张三"


def test_a_token_expired_here_is_refused_by_the_resource_server(desk: Page, world: Any) -> None:
    tokens = redeem(world, world.appid, world.secret, code_of(world))
    assert userinfo(world, tokens)["nickname"] == "张三"

    console(desk, world, "/tokens")
    access = desk.locator('[data-testid="co-token-row"][data-kind="access"]')
    expect(access).to_have_attribute("data-state", "active")
    access.get_by_test_id("co-token-expire").click()
    expect(access).to_have_attribute("data-state", "expired")

    assert userinfo(world, tokens)["errcode"] == 42001


def test_a_revoked_family_is_dead_as_a_whole(desk: Page, world: Any) -> None:
    tokens = redeem(world, world.appid, world.secret, code_of(world))

    console(desk, world, "/tokens")
    refresh = desk.locator('[data-testid="co-token-row"][data-kind="refresh"]')
    refresh.get_by_test_id("co-token-revoke").click()
    expect(desk.locator('[data-testid="co-token-row"][data-state="revoked"]')).to_have_count(2)

    assert "errcode" in userinfo(world, tokens)
    fields = {"appid": world.appid, "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert "errcode" in asked(world, "/sns/oauth2/refresh_token", **fields)


def test_the_clock_is_advanced_and_a_token_dies_of_it(desk: Page, world: Any) -> None:
    world.freeze()
    tokens = redeem(world, world.appid, world.secret, code_of(world))
    console(desk, world, "/clock")
    ahead = desk.get_by_test_id("co-clock-ahead")
    desk.get_by_test_id("co-clock-advance-1h55m").click()
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "moved")
    first = ahead.inner_text()
    assert userinfo(world, tokens)["nickname"] == "张三"
    desk.get_by_test_id("co-advance").fill("5m")
    desk.get_by_test_id("co-clock-move").click()
    expect(ahead).not_to_have_text(first)
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "moved")

    assert userinfo(world, tokens)["errcode"] == 42001
    desk.get_by_test_id("co-clock-reset").click()
    expect(desk.get_by_test_id("co-clock-now")).to_have_attribute("data-frozen", "false")


def test_a_code_is_inspected_before_and_after_it_was_redeemed(desk: Page, world: Any) -> None:
    code = code_of(world)

    def look() -> str:
        console(desk, world, "/inspect")
        desk.get_by_test_id("co-inspect").fill(code)
        desk.get_by_test_id("co-inspect-go").click()
        result = desk.get_by_test_id("co-inspect-result")
        expect(result).to_have_attribute("data-kind", "code")
        assert code not in desk.content()
        assert code not in desk.url
        return str(result.get_attribute("data-state"))

    assert look() == "active"
    redeem(world, world.appid, world.secret, code)
    assert look() == "spent"


def test_a_user_made_here_logs_in_without_a_click(desk: Page, world: Any, browser: Browser) -> None:
    console(desk, world, "/users")
    desk.get_by_test_id("co-user-new").click()
    desk.get_by_test_id("co-uid").fill("wang")
    desk.get_by_test_id("co-nickname").fill("小王")
    desk.get_by_test_id("co-user-save").click()
    with desk.expect_download() as download:
        desk.get_by_test_id("co-user-login-as").click()
    state = json.loads(download.value.path().read_text("utf-8"))
    world.town.api("PATCH", f"/apps/{world.appid}", {"consent": {"mode": "ask", "user": ""}})

    ready = browser.new_context(storage_state=state, locale="zh-CN")
    page = ready.new_page()
    page.goto(authorize_url(world, world.appid))
    expect(page.get_by_test_id("wx-consent-user")).to_have_text("小王")
    ready.close()


def test_following_is_said_of_one_account(desk: Page, world: Any) -> None:
    console(desk, world, "/users/wangwu")
    row = desk.get_by_test_id("co-follow-row")
    expect(row).to_have_attribute("data-follows", "false")
    desk.get_by_test_id("co-follow").click()
    expect(row).to_have_attribute("data-follows", "true")


def test_a_world_is_made_looked_at_and_deleted(desk: Page, world: Any) -> None:
    name = f"desk-{world.name}"
    console(desk, world, "/worlds")
    desk.get_by_test_id("co-name").fill(name)
    desk.get_by_test_id("co-world-new").click()
    expect(desk.get_by_test_id("co-world")).to_have_value(name)
    desk.get_by_test_id("co-tab-apps").click()
    expect(desk.get_by_test_id("co-apps-empty")).to_be_visible()

    desk.get_by_test_id("co-tab-worlds").click()
    row = desk.locator(f'[data-testid="co-world-row"][data-world="{name}"]')
    row.get_by_test_id("co-world-delete").click()
    expect(row).to_have_count(0)


def test_an_app_and_then_its_world_are_reset(desk: Page, world: Any) -> None:
    tokens = redeem(world, world.appid, world.secret, code_of(world))
    console(desk, world, "/reset")
    desk.get_by_test_id("co-reset-app").click()
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "reset")
    assert "errcode" in userinfo(world, tokens)
    assert len(world.town.api("GET", "/flows", params={"world": world.name})) == 1

    console(desk, world, "/reset")  # where nothing is said to be done yet
    desk.get_by_test_id("co-reset-world").click()
    expect(desk.get_by_test_id("co-done")).to_have_attribute("data-done", "reset")
    assert world.town.api("GET", "/flows", params={"world": world.name}) == []


def test_everything_is_not_reset_by_a_slip(desk: Page, world: Any) -> None:
    console(desk, world, "/reset")
    desk.get_by_test_id("co-reset-all").click()

    expect(desk.get_by_test_id("co-problem")).to_have_attribute("data-field", "sure")
    assert world.town.api("GET", f"/apps/{world.appid}")["appid"] == world.appid


def test_an_app_is_deleted(desk: Page, world: Any) -> None:
    other = world.new_app(name="别的")
    console(desk, world, f"/apps/{other['appid']}")
    desk.get_by_test_id("co-app-delete").click()

    expect(desk.get_by_test_id("co-app-row")).to_have_count(1)


def test_the_page_goes_on_by_itself_where_the_clock_runs(page: Page, world: Any, seen: Any) -> None:
    """The bar of a token grows, and a second is a second: watched on a browser's clock that the test moves."""
    page.clock.install()
    redeem(world, world.appid, world.secret, code_of(world))
    console(page, world, "/tokens")
    part = page.locator('[data-kind="access"] .life__part')
    before = float(part.get_attribute("width") or 0)

    page.clock.run_for(1800_000)

    assert float(part.get_attribute("width") or 0) - before == pytest.approx(25, abs=0.5)
    console(page, world, "/clock")
    shown = page.get_by_test_id("co-clock-now").inner_text()
    page.clock.run_for(61_000)
    assert page.get_by_test_id("co-clock-now").inner_text() != shown
    assert seen.errors == []
