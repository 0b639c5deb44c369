"""The sample clients of the seeds beside Meituan and 知乎, by clicking: one grant each, with what it shows."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from accessibility import dresses, findings
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def person(town: Any) -> Iterator[dict[str, Any]]:
    """Somebody of this test's own, whose password and consents it may change."""
    uid = f"p{secrets.token_hex(4)}"
    town.api("POST", "/users", {"uid": uid, "nickname": "老王", "password": "first-password"})
    yield {"uid": uid, "password": "first-password"}
    town.api("DELETE", f"/users/{uid}")


def agree(page: Page, user: str = "lisi") -> None:
    """Login and consent, as far as they are asked."""
    persona, approve = page.get_by_test_id(f"wx-persona-{user}"), page.get_by_test_id("wx-approve")
    expect(persona.or_(approve).first).to_be_visible()
    if persona.is_visible():
        persona.click()
        expect(approve).to_be_visible()
    approve.click()


def flow(page: Page) -> str:
    """That which the page links to."""
    return str(page.get_by_test_id("sa-theatre").first.get_attribute("data-flow"))


def steps(town: Any, name: str) -> list[int]:
    told = town.api("GET", f"/flows/{name}/messages", params={"wait": 10, "until": "ended"})
    return [message["step"] for message in told]


def exchanges(town: Any, name: str, kind: str) -> list[dict[str, Any]]:
    found = town.api("GET", f"/flows/{name}/exchanges")
    return [each for each in found if each["name"] == kind]


def withdraw(town: Any, app: str, user: str) -> None:
    town.api("DELETE", "/grants", params={"world": "town", "app": app, "user": user})


# -- 小兔排版 (M043, M052)


def test_xiaotu_reads_the_articles_and_typesets_one_for_the_user(
    page: Page, town: Any, person: dict[str, Any], seen: Any
) -> None:
    page.goto(f"{town.client}/login")
    page.get_by_test_id("sa-to-xiaotu").click()
    page.get_by_test_id("xt-login-both").click()
    page.get_by_test_id(f"wx-persona-{person['uid']}").click()
    expect(page.get_by_test_id("wx-consent")).to_contain_text("读取你公众号里的文章")
    expect(page.get_by_test_id("wx-consent")).to_contain_text("替你排版，写进草稿")
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("xt-article")).to_have_count(3)
    unpublished = page.locator('[data-testid="xt-article"][data-id="a3"]')
    unpublished.get_by_test_id("xt-typeset").click()

    expect(unpublished.get_by_test_id("xt-draft")).to_contain_text(
        "scope 是一张清单：写在上面的可以做，没写的不行。"
    )
    name = flow(page)
    assert steps(town, name)[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    [written] = {each["exchange"]: each for each in exchanges(town, name, "draft.written")}.values()
    assert "outcome" not in written or written["outcome"] == "ok"
    assert seen.errors == []


def test_who_allowed_reading_alone_gets_nothing_written(
    page: Page, town: Any, person: dict[str, Any]
) -> None:
    page.goto(f"{town.client}/xiaotu")
    page.get_by_test_id("xt-login-reading").click()
    agree(page, person["uid"])
    expect(page.get_by_test_id("xt-article")).to_have_count(3)

    page.get_by_test_id("xt-typeset").first.click()

    expect(page.get_by_test_id("xt-refused")).to_contain_text("403 insufficient_scope")
    expect(page.get_by_test_id("xt-draft")).to_have_count(0)
    refused = exchanges(town, flow(page), "draft.written")
    assert {each["response"]["status"] for each in refused} == {403}
    challenge = dict(refused[0]["response"]["headers"])["WWW-Authenticate"]
    assert challenge.startswith('Bearer realm="ninestep", error="insufficient_scope", error_description="')
    assert challenge.endswith('", scope="articles.write"')


# -- the A/B sites (M049)


def test_site_a_learns_from_the_token_answer_who_it_is(page: Page, town: Any, seen: Any) -> None:
    withdraw(town, "site-a", "lisi")
    page.goto(f"{town.client}/site-a")
    page.get_by_test_id("sa-login").click()
    agree(page)

    expect(page.get_by_test_id("sa-name")).to_have_text("李四🌸")
    expect(page.get_by_test_id("sa-expires")).to_have_text("2592000")
    assert int(page.get_by_test_id("sa-uid").inner_text()) > 100_000
    assert steps(town, flow(page)) == [1, 2, 3, 4, 5, 6, 9], "no profile is asked for"
    assert seen.errors == []


# -- the nightly job (M143)


def test_the_nightly_job_has_a_token_without_a_user(page: Page, town: Any, seen: Any) -> None:
    page.goto(f"{town.client}/nightly")
    page.get_by_test_id("nj-run").click()

    report = page.get_by_test_id("nj-report")
    expect(report.get_by_test_id("nj-article").first).to_be_visible()
    expect(report.get_by_test_id("nj-refresh")).to_have_text("没有")
    expect(report.get_by_test_id("nj-refused")).to_have_text("403 insufficient_scope")
    name = flow(page)
    assert steps(town, name)[:4] == [5, 6, 7, 8]
    granted = exchanges(town, name, "token.granted")
    assert {each["service"] for each in granted} == {"client_app", "provider"}
    assert {each.get("user", "") for each in granted} == {""}
    page.get_by_test_id("sa-theatre").click()
    expect(page.get_by_test_id("th-messages")).to_contain_text("直接要令牌")
    expect(page.get_by_test_id("th-overview")).to_contain_text("没有用户参与")
    assert seen.errors == []


# -- 美图秀秀 before OAuth (M008, M142)


def hand_over(page: Page, town: Any, uid: str, password: str) -> None:
    page.goto(f"{town.client}/meitu")
    page.get_by_test_id("mx-username").fill(uid)
    page.get_by_test_id("mx-password").fill(password)
    page.get_by_test_id("mx-submit").click()


def test_whom_one_tells_the_password_can_do_everything_until_it_is_changed(
    page: Page, town: Any, person: dict[str, Any], seen: Any
) -> None:
    hand_over(page, town, person["uid"], person["password"])
    known = page.get_by_test_id("mx-known")
    expect(known).to_have_attribute("data-tokens", "1")
    for harm in ("读你的一切", "以你的名义发表", "删除你的内容"):
        expect(known).to_contain_text(harm)
    page.get_by_test_id("mx-read").click()
    expect(page.get_by_test_id("mx-did")).to_contain_text("还没写完的一篇")
    page.get_by_test_id("mx-write").click()
    expect(page.get_by_test_id("mx-did")).to_have_attribute("data-what", "write")
    page.get_by_test_id("mx-delete").click()
    expect(page.get_by_test_id("mx-did")).to_have_attribute("data-what", "delete")
    [gone] = {each["exchange"]: each for each in exchanges(town, flow(page), "draft.deleted")}.values()
    assert gone["response"]["status"] == 200

    withdraw(town, "meitu", person["uid"])
    page.get_by_test_id("mx-read").click()
    expect(known).to_have_attribute("data-tokens", "2")
    expect(page.get_by_test_id("mx-did")).to_have_attribute("data-what", "read")

    withdraw(town, "meitu", person["uid"])
    town.api("PATCH", f"/users/{person['uid']}", {"password": "second-password"})
    page.get_by_test_id("mx-read").click()
    expect(page.get_by_test_id("mx-wrong")).to_be_visible()
    assert seen.errors == []


def test_the_ledger_shows_the_password_at_the_client(page: Page, town: Any, person: dict[str, Any]) -> None:
    hand_over(page, town, person["uid"], person["password"])
    page.get_by_test_id("mx-read").click()
    expect(page.get_by_test_id("mx-did")).to_be_visible()

    ledger = town.api("GET", f"/flows/{flow(page)}/ledger")

    [row] = [row for row in ledger["rows"] if row["kind"] == "password"]
    assert row["cells"]["client_app"]["state"] == "forbidden"
    assert row["cells"]["client_app"]["why"] == "password_shared"
    assert person["password"] not in str(town.api("GET", f"/flows/{flow(page)}/exchanges"))
    page.get_by_test_id("sa-theatre").click()
    expect(page.get_by_test_id("th-facts").locator('[data-fact="password"]')).to_have_attribute(
        "data-holds", "false"
    )
    expect(page.get_by_test_id("th-overview")).to_contain_text("密码也到了它手里")


def test_a_wrong_password_buys_nothing(page: Page, town: Any, person: dict[str, Any]) -> None:
    hand_over(page, town, person["uid"], "wrong-password")

    expect(page.get_by_test_id("mx-wrong")).to_be_visible()
    expect(page.get_by_test_id("mx-known")).to_have_count(0)


# -- the single-page app (M141)


def spa(page: Page, town: Any, way: str) -> list[str]:
    """A login there; every address that the browser was at or was sent to."""
    withdraw(town, "spa", "lisi")
    been: list[str] = []
    page.on("request", lambda request: been.append(request.url))
    page.on("response", lambda response: been.append(response.headers.get("location", "")))
    page.goto(f"{town.client}/spa")
    page.get_by_test_id(f"sp-play-{way}").click()
    agree(page)
    expect(page.get_by_test_id("sp-callback")).to_have_attribute("data-state", "in")
    expect(page.get_by_test_id("sp-name")).to_contain_text("李四🌸")
    assert page.url == f"{town.client}/spa/callback"
    return been


def test_a_page_logs_in_with_a_code_and_pkce_and_no_address_ever_held_the_token(
    page: Page, town: Any, seen: Any
) -> None:
    been = spa(page, town, "code")

    assert any("code=" in address for address in been)
    assert [address for address in been if "access_token" in address] == []
    expect(page.get_by_test_id("sp-leaked")).to_be_hidden()
    assert page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]") == [{}, {}, ""]
    name = str(page.get_by_test_id("sp-theatre").get_attribute("href")).rpartition("/")[2]
    assert exchanges(town, name, "code.redeemed")
    assert seen.errors == []


def test_the_implicit_way_is_marked_and_its_token_was_in_an_address(page: Page, town: Any, seen: Any) -> None:
    page.goto(f"{town.client}/spa")
    expect(page.get_by_test_id("sp-weaker")).to_have_text("较弱")

    been = spa(page, town, "implicit")

    assert any("#access_token=" in address for address in been)
    assert not any(address.endswith("/oauth/token") for address in been)
    expect(page.get_by_test_id("sp-leaked")).to_be_visible()
    assert seen.errors == []


def test_the_pages_script_may_speak_to_the_two_services_alone(page: Page, town: Any) -> None:
    answer = page.goto(f"{town.client}/spa")

    assert answer is not None
    rules = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ") if " " in rule
    )
    assert rules["connect-src"] == f"'self' {town.provider} {town.resource}"
    assert rules["script-src"] == "'self'"


def test_an_answer_that_the_page_did_not_ask_for_is_not_used(page: Page, town: Any) -> None:
    page.goto(f"{town.client}/spa/callback?code=stolen&state=foreign")

    expect(page.get_by_test_id("sp-callback")).to_have_attribute("data-state", "failed")
    expect(page.get_by_test_id("sp-error")).to_have_text("invalid_state")


# -- the TV (RFC 8628)


def tv_on(page: Page, town: Any) -> str:
    """A TV that shows its code; the address that its QR code leads to."""
    page.goto(f"{town.client}/tv")
    if page.get_by_test_id("tv").get_attribute("data-state") == "in":
        page.get_by_test_id("tv-off").click()
    page.get_by_test_id("tv-start").click()
    expect(page.get_by_test_id("tv-code")).to_have_text(re.compile(r"[A-Z]{4}-[A-Z]{4}"))
    return str(page.get_by_test_id("tv-qr").get_attribute("href"))


def test_a_tv_is_logged_in_from_a_phone(page: Page, browser: Browser, town: Any, seen: Any) -> None:
    address = tv_on(page, town)
    code = page.get_by_test_id("tv-code").inner_text()
    assert address.endswith(f"?user_code={code}")
    phone = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    hand = phone.new_page()

    hand.goto(address)
    hand.get_by_test_id("wx-device-next").click()
    hand.get_by_test_id("wx-persona-lisi").click()
    hand.get_by_test_id("wx-approve").click()
    expect(hand.get_by_test_id("wx-device-done")).to_be_visible()
    phone.close()

    expect(page.get_by_test_id("tv-welcome")).to_have_text("李四🌸，欢迎回来")
    name = flow(page)
    told = town.api("GET", f"/flows/{name}/messages", params={"helpers": 1})
    assert [m["step"] for m in told if m["step"] >= 5] == [5, 6, 7, 8]
    assert sum(m["name"] == "device.polled" for m in told) < 6, "not each question in vain is told"
    assert seen.errors == []


def test_a_tv_is_told_of_a_refusal(page: Page, browser: Browser, town: Any) -> None:
    address = tv_on(page, town)
    phone = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    hand = phone.new_page()

    hand.goto(address)
    hand.get_by_test_id("wx-device-next").click()
    hand.get_by_test_id("wx-persona-lisi").click()
    hand.get_by_test_id("wx-deny").click()
    expect(hand.get_by_test_id("wx-device-done")).to_be_visible()
    phone.close()

    expect(page.get_by_test_id("tv")).to_have_attribute("data-state", "denied")
    expect(page.get_by_test_id("tv-start")).to_be_visible()


# -- the tour


SLOW = pytest.mark.slow
PLAYED = [  # the way, whether somebody has to agree, what it leaves in the theatre, and at the sample
    pytest.param("code", True, [1, 2, 3, 4, 5, 6, 7, 8, 9], "xt-article", id="code"),
    pytest.param("implicit", True, [2, 3, 4, 7, 8], "sp-leaked", id="implicit"),
    pytest.param("password", False, [5, 6], "mx-known", id="password"),
    pytest.param("machine", False, [5, 6, 7, 8], "nj-report", id="machine"),
    pytest.param("device", False, [1, 2], "tv-code", id="device", marks=SLOW),
    pytest.param("token_answer", True, [1, 2, 3, 4, 5, 6, 9], "sa-uid", id="token_answer", marks=SLOW),
]


def followed(page: Page, sample: Page, town: Any) -> None:
    """The sample has pressed its button, and the theatre shows what came of it: two pages, and one moves the other."""
    sample.wait_for_url(f"{town.provider}/**")
    page.wait_for_url("**/_mock/theatre/**")
    expect(page.locator('[data-theatre="stage"]')).to_be_visible()


@pytest.mark.parametrize(("way", "asks", "steps", "left"), PLAYED)
def test_one_press_plays_a_grant_beside_its_theatre(
    page: Page, town: Any, seen: Any, way: str, asks: bool, steps: list[int], left: str
) -> None:
    page.goto(f"{town.provider}/_mock/learn/")
    page.get_by_test_id("ln-grants").click()
    page.wait_for_url("**/learn/grants")  # as a whole: without its script the links lead to the sample alone
    page.evaluate("sessionStorage.setItem('theatre-speed', '300')")

    with page.expect_popup() as opened:
        page.get_by_test_id(f"ln-play-{way}").press("Enter")
    sample = opened.value
    if asks:  # also of somebody who has agreed before
        followed(page, sample, town)
        agree(sample)

    sample.get_by_test_id(left).first.wait_for()
    page.wait_for_url("**/_mock/theatre/**")
    # what is played has a pace, and each move waits for the one before
    expect(page.get_by_test_id("th-counter")).to_have_text(f"{steps[-1]} / 9")
    expect(page).to_have_url(
        re.compile(r"\?msg=\d+$" if way in ("password", "machine") else r"\?live=1#stay$")
    )
    numbered = page.locator("li[data-step]:not([data-step='0'])")
    told = numbered.evaluate_all("all => all.map((one) => Number(one.dataset.step))")
    assert told[: len(steps)] == steps
    page.goto(f"{town.provider}/_mock/learn/grants")
    expect(page.get_by_test_id(f"ln-played-{way}")).to_have_attribute("href", re.compile("/_mock/theatre/"))
    assert seen.errors == []


def test_what_was_pressed_for_stays_when_somebody_else_begins(page: Page, town: Any) -> None:
    page.goto(f"{town.provider}/_mock/learn/grants")
    with page.expect_popup() as opened:
        page.get_by_test_id("ln-play-code").click()
    followed(page, opened.value, town)
    address = page.url
    page.evaluate(
        """() => new Promise((open) => {
            const stream = new EventSource(document.querySelector("[data-theatre]").dataset.events)
            window.begun = new Promise((heard) => stream.addEventListener("begun", heard))
            stream.addEventListener("open", () => open())
        })"""
    )

    opened.value.goto(f"{town.client}/nightly")
    opened.value.get_by_test_id("nj-run").click()
    page.evaluate("() => begun.then(() => true)")

    assert page.url == address
    page.get_by_test_id("th-live").click()  # who wants to see everything follows by hand, as ever
    expect(page.get_by_test_id("th-live")).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("th-live").click()
    expect(page).to_have_url(re.compile(r"live=1$"))


def test_a_tvs_first_step_is_called_what_it_is(page: Page, town: Any) -> None:
    tv_on(page, town)
    name = town.api("GET", "/flows", params={"world": "town", "app": "tv"})[0]["id"]

    page.goto(f"{town.provider}/_mock/theatre/{name}?msg=1")

    expect(page.get_by_test_id("th-msg-1")).to_contain_text("让设备显示登录码")
    expect(page.get_by_test_id("th-story")).to_contain_text("要一个登录码")


def test_nobody_but_the_provider_has_a_sample_press_its_button(page: Page, town: Any) -> None:
    page.route("http://elsewhere.test/", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.goto("http://elsewhere.test/")
    with page.expect_popup() as opened:
        page.evaluate("url => { window.sample = open(url) }", f"{town.client}/nightly?play=1")
    sample = opened.value
    sample.wait_for_load_state()

    with sample.expect_event("console", lambda said: said.text.startswith("unmoved")) as heard:
        sample.evaluate(
            "addEventListener('message', () => console.log('unmoved', document.querySelector('[data-playing]').hidden))"
        )
        page.evaluate("sample.postMessage('ninestep:play', '*')")

    assert heard.value.text == "unmoved true"
    sample.get_by_test_id("nj-run").click()
    expect(sample.get_by_test_id("nj-report")).to_be_visible()


def test_without_a_script_each_way_is_one_press_at_its_sample(browser: Browser, town: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    for way, button in {"code": "xt-login-both", "password": "mx-submit", "machine": "nj-run"}.items():
        page.goto(f"{town.provider}/_mock/learn/grants")
        with context.expect_page() as opened:
            page.get_by_test_id(f"ln-play-{way}").click()
        sample = opened.value
        expect(sample.get_by_test_id(button)).to_be_visible()
        if way == "password":
            expect(sample.get_by_test_id("mx-filled")).to_contain_text("zhangsan / ninestep")
            sample.get_by_test_id(button).click()
            expect(sample.get_by_test_id("mx-known")).to_be_visible()
        sample.close()
    page.goto(f"{town.provider}/_mock/learn/grants/password?after=none")
    expect(page.locator('[data-theatre="stage"]')).to_be_visible()
    context.close()


def test_every_sample_is_in_the_footer_of_the_clients_home(page: Page, town: Any) -> None:
    for name in ("xiaotu", "site_a", "spa", "tv", "nightly", "meitu"):
        page.goto(f"{town.client}/")
        page.get_by_test_id(f"sa-to-{name}").click()
        expect(page).to_have_url(f"{town.client}/{name.replace('_', '-')}")


# -- all of them


@pytest.mark.parametrize(("language", "theme", "width"), dresses(0))
def test_axe_finds_nothing_serious(
    browser: Browser, town: Any, person: dict[str, Any], language: str, theme: str, width: int
) -> None:
    context = browser.new_context(
        locale=language, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, problems = context.new_page(), []

    def look() -> None:
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0
        problems.extend(findings(page))

    for path in ("xiaotu", "site-a", "spa", "tv", "nightly", "meitu", "meitu?play=1"):
        page.goto(f"{town.client}/{path}")
        look()
    page.goto(f"{town.client}/xiaotu")
    page.get_by_test_id("xt-login-reading").click()
    agree(page, person["uid"])
    page.get_by_test_id("xt-typeset").first.click()
    expect(page.get_by_test_id("xt-refused")).to_be_visible()
    look()
    page.goto(f"{town.client}/nightly")
    page.get_by_test_id("nj-run").click()
    expect(page.get_by_test_id("nj-report")).to_be_visible()
    look()
    tv_on(page, town)
    look()
    hand_over(page, town, person["uid"], person["password"])
    page.get_by_test_id("mx-read").click()
    expect(page.get_by_test_id("mx-did")).to_be_visible()
    look()
    context.close()

    assert problems == []
