"""The theatre in a browser: a login appears while it happens, is replayed, compared, projected and printed."""

from __future__ import annotations

import re
import statistics
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from cutting import Wire
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

pytestmark = pytest.mark.browser

NUMBERED = 'li:not([data-step="0"])'


def agree(page: Page, answer: str = "wx-approve") -> None:
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id(answer).click()


def log_in(page: Page, meituan: Any, answer: str = "wx-approve") -> str:
    """A whole login in a browser of its own; its flow."""
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    persona, approval = page.get_by_test_id("wx-persona-zhangsan"), page.get_by_test_id(answer)
    persona.or_(approval).first.wait_for()
    if persona.count():
        persona.click()
    approval.click()
    page.wait_for_url(f"{meituan.url}/**")
    flow = str(meituan.flows()[0]["id"])
    meituan.messages(flow)
    return flow


def stage(page: Page, meituan: Any, flow: str, **look: object) -> None:
    query = "&".join(f"{name}={value}" for name, value in {"world": meituan.world, **look}.items())
    page.goto(f"{meituan.town.provider}/_mock/theatre/{flow}?{query}")
    expect(page.locator("[data-theatre]")).to_have_attribute("data-stream", "live")


@pytest.fixture
def another(browser: Browser, browser_context_args: dict[str, Any]) -> Any:
    """A second window, of somebody else's browser."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


PARTS = re.compile(r"[?&]part=live\b")

WATCH = """
window.arrived = {}
for (const row of document.querySelectorAll("[data-exchanges]"))
  for (const id of row.dataset.exchanges.split(" ")) window.arrived[id] = 0
new MutationObserver(() => {
  for (const row of document.querySelectorAll("[data-exchanges]"))
    for (const id of row.dataset.exchanges.split(" ")) window.arrived[id] ??= Date.now() / 1000
}).observe(document.documentElement, { childList: true, subtree: true })
"""


def test_a_login_appears_while_it_happens(page: Page, another: Page, meituan: Any, seen: Any) -> None:
    """The list shows the new flow, its stage each arrow; how long each took is printed."""
    page.goto(f"{meituan.town.provider}/_mock/theatre?world={meituan.world}")
    expect(page.locator("[data-theatre]")).to_have_attribute("data-stream", "live")
    another.goto(f"{meituan.url}/login")
    another.get_by_test_id("mt-login-wechat").click()
    row = page.get_by_test_id("flow-row")
    expect(row).to_have_count(1)
    row.get_by_role("link").click()
    expect(page.locator('[data-theatre="stage"]')).to_have_attribute("data-stream", "live")
    page.evaluate(WATCH)

    expect(page.get_by_test_id("th-messages").locator('[data-name="login.shown"]')).to_be_visible()
    another.get_by_test_id("wx-persona-zhangsan").click()
    expect(page.get_by_test_id("th-messages").locator('[data-name="consent.shown"]')).to_be_visible()
    assert page.get_by_test_id("th-messages").locator('[data-step="3"]').count() == 0
    another.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("th-messages").locator(NUMBERED)).to_have_count(9)
    [flow] = meituan.flows()
    arrived = page.evaluate("window.arrived")
    ends = {
        e["exchange"]: e["at_real"] + e["duration"]
        for e in meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
        if arrived.get(e["exchange"])  # 0: it was there when the page was opened
    }
    late = sorted((arrived[name] - end) * 1000 for name, end in ends.items())
    print(
        f"arrows after their record: median {statistics.median(late):.0f} ms, all {[round(x) for x in late]}"
    )
    assert len(late) >= 5
    assert seen.errors == []


def test_the_stage_that_is_opened_from_the_theatre_is_followed(
    context: BrowserContext, page: Page, meituan: Any
) -> None:
    """With «follow» on, the theatre goes along to the login that begins next."""
    old = log_in(page, meituan)
    stage(page, meituan, old, live=1)

    other = context.new_page()
    other.goto(f"{meituan.url}/login")
    other.get_by_test_id("mt-login-wechat").click()

    expect(page.locator("[data-theatre]")).not_to_have_attribute("data-flow", old)
    other.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("th-messages").locator(NUMBERED)).to_have_count(9)
    expect(page.get_by_test_id("th-live")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("th-counter")).to_have_text("9 / 9")


def test_a_stream_that_was_cut_comes_back_and_nothing_is_missing_or_double(
    page: Page, another: Page, meituan: Any
) -> None:
    another.goto(f"{meituan.url}/login")
    another.get_by_test_id("mt-login-wechat").click()
    another.get_by_test_id("wx-persona-zhangsan").wait_for()
    [flow] = meituan.flows()
    with closing(Wire(meituan.town.provider)) as wire:
        page.goto(f"{wire.url}/_mock/theatre/{flow['id']}")
        expect(page.locator("[data-theatre]")).to_have_attribute("data-stream", "live")

        wire.cut()
        agree(another)
        another.get_by_test_id("mt-logged-in").wait_for()
        expect(page.get_by_test_id("th-messages").locator('[data-step="9"]')).to_have_count(0)
        with page.expect_response("**/events?*"):  # the browser comes back when it likes
            wire.mend()

        rows = page.get_by_test_id("th-messages").locator("li")
        expect(page.get_by_test_id("th-messages").locator('[data-step="9"]')).to_be_visible()
        told = meituan.town.api("GET", f"/flows/{flow['id']}/messages", params={"helpers": 1})
        assert [row.get_attribute("data-name") for row in rows.all()] == [message["name"] for message in told]


def test_where_no_stream_is_to_be_had_the_page_looks_by_itself(
    page: Page, another: Page, meituan: Any
) -> None:
    """The provider's answer to one viewer too many."""
    page.route("**/events?*", lambda route: route.fulfill(status=503, headers={"Retry-After": "10"}))
    page.goto(f"{meituan.town.provider}/_mock/theatre?world={meituan.world}")
    expect(page.locator("[data-theatre]")).to_have_attribute("data-stream", "polling")

    flow = log_in(another, meituan)

    expect(page.locator(f'[data-flow="{flow}"][data-outcome="ok"]')).to_be_visible()


def test_a_login_is_replayed_by_its_buttons(page: Page, meituan: Any, seen: Any) -> None:
    stage(page, meituan, log_in(page, meituan), all=0)
    page.get_by_test_id("th-speed").select_option("300")

    page.get_by_test_id("th-first").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("1 / 9")
    page.get_by_test_id("th-next").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("2 / 9")
    page.get_by_test_id("th-prev").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("1 / 9")
    page.get_by_test_id("th-replay").click()

    # eight moves, each 300 ms after the one before was shown
    expect(page.get_by_test_id("th-counter")).to_have_text("9 / 9")
    expect(page.get_by_test_id("th-replay")).to_have_attribute("aria-pressed", "false")
    assert seen.errors == []


def test_a_replay_from_the_end_waits_for_an_answer_slower_than_its_pace(page: Page, meituan: Any) -> None:
    opened = datetime(2030, 1, 1, tzinfo=UTC)
    page.clock.install(time=opened)
    stage(page, meituan, log_in(page, meituan), all=0)
    page.get_by_test_id("th-speed").select_option("300")
    page.get_by_test_id("th-last").click()
    expect(page.get_by_test_id("th-bar")).to_have_attribute("data-forward", "")
    page.clock.pause_at(opened + timedelta(hours=1))
    held: list[Route] = []
    page.route(PARTS, lambda route: held.append(route))

    with page.expect_request(PARTS):
        page.get_by_test_id("th-replay").click()
    page.clock.run_for(1000)
    held.pop().continue_()

    expect(page.get_by_test_id("th-counter")).to_have_text("1 / 9")
    expect(page.get_by_test_id("th-replay")).to_have_attribute("aria-pressed", "true")
    page.unroute(PARTS)
    page.clock.run_for(300)
    expect(page.get_by_test_id("th-counter")).to_have_text("2 / 9")


def test_the_bar_has_keys_and_single_letters_only_once_they_are_switched_on(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan), all=0, msg=1)
    counter = page.get_by_test_id("th-counter")
    page.keyboard.press("j")
    expect(counter).to_have_text("1 / 9")

    page.get_by_test_id("th-bar").focus()
    page.keyboard.press("ArrowRight")
    expect(counter).to_have_text("2 / 9")
    page.keyboard.press("ArrowLeft")
    expect(counter).to_have_text("1 / 9")
    page.get_by_test_id("th-letters").click()
    page.keyboard.press("j")
    expect(counter).to_have_text("2 / 9")
    page.keyboard.press("l")
    expect(page.get_by_test_id("th-ledger")).to_be_visible()


def test_the_drawer_is_worked_by_keyboard_and_keeps_the_focus(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan))

    page.get_by_role("link", name=re.compile("用授权码换Token")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("th-story")).to_be_visible()
    expect(page.locator('[data-step="5"] a')).to_be_focused()
    page.get_by_test_id("th-tab-fields").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("th-field").filter(has_text="client_secret").or_(
        page.locator('[data-field="secret"]')
    ).first).to_be_visible()  # fmt: skip
    expect(page.get_by_test_id("th-tab-fields")).to_be_focused()
    page.go_back()
    expect(page.get_by_test_id("th-story")).to_be_visible()
    expect(page).to_have_url(re.compile("msg="))


def test_the_same_can_be_read_without_scripts(browser: Browser, page: Page, meituan: Any) -> None:
    flow = log_in(page, meituan)
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain = context.new_page()
    plain.goto(f"{meituan.town.provider}/_mock/theatre?world={meituan.world}")
    plain.get_by_test_id("flow-row").first.get_by_role("link").click()
    expect(plain).to_have_url(re.compile(re.escape(flow)))

    plain.get_by_role("link", name=re.compile("用授权码换Token")).click()
    expect(plain.get_by_test_id("th-story")).to_be_visible()
    plain.get_by_test_id("th-tab-checks").click()
    expect(plain.get_by_test_id("th-check").first).to_be_visible()
    plain.get_by_test_id("th-next").click()
    expect(plain.get_by_test_id("th-counter")).to_have_text("6 / 9")
    plain.get_by_test_id("th-clock-freeze").click()
    expect(plain.get_by_test_id("th-clock-freeze")).to_have_attribute("aria-pressed", "true")
    expect(plain.get_by_test_id("th-counter")).to_have_text("6 / 9")
    context.close()


def test_a_cell_of_the_ledger_leads_to_the_message_that_told(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan), tab="ledger")

    page.locator('tr[data-kind="client_secret"] [data-place="provider"] a').click()

    expect(page.locator('[data-step="5"] a[aria-current]')).to_be_visible()
    expect(page.locator('tr[data-kind="access_token"] [data-place="client_app"]').first).to_have_attribute(
        "data-state", "never"
    )
    page.get_by_test_id("th-next").click()
    expect(page.locator('tr[data-kind="access_token"] [data-place="client_app"]').first).to_have_attribute(
        "data-state", "knows"
    )
    expect(page.get_by_test_id("th-pocket-browser")).not_to_contain_text("access_token")


def test_a_good_and_a_refused_login_are_compared(page: Page, another: Page, meituan: Any) -> None:
    good = log_in(page, meituan)
    bad = log_in(another, meituan, "wx-deny")
    stage(page, meituan, good)

    page.get_by_test_id("th-compare").click()
    page.get_by_test_id("th-right").select_option(bad)
    page.get_by_test_id("th-compare-go").click()

    expect(page.get_by_test_id("th-diff")).to_be_visible()
    first = page.locator('[data-first="true"]')
    expect(first).to_have_count(1)
    expect(first).to_have_attribute("data-step", "3")
    expect(page.locator('[data-testid="th-pair"][data-step="4"]')).to_contain_text("access_denied")


def test_the_ledger_checks_what_was_predicted(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan), all=0, msg=6)
    page.get_by_test_id("th-predict-on").click()

    page.get_by_test_id("th-next").click()
    card = page.locator('[data-card][data-step="4"]')
    expect(card).to_be_visible()
    expect(page.get_by_test_id("th-counter")).to_have_text("3 / 9")  # not before the answer
    card.get_by_role("checkbox").nth(0).check()
    card.get_by_role("checkbox").nth(2).check()
    card.get_by_test_id("th-predict-check").click()
    expect(card.locator('[data-verdict="right"]')).to_be_visible()
    card.get_by_test_id("th-predict-continue").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("4 / 9")

    page.get_by_test_id("th-next").click()
    card = page.locator('[data-card][data-step="5"]')
    card.get_by_role("checkbox").nth(0).check()
    card.get_by_test_id("th-predict-check").click()
    expect(card.locator('[data-verdict="wrong"]')).to_contain_text("美团")
    expect(card.get_by_test_id("th-predict-tally")).to_have_text("猜对 1 / 2")


def test_an_open_question_stays_while_more_is_recorded(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan), all=0, msg=6)
    page.get_by_test_id("th-predict-on").click()
    page.get_by_test_id("th-next").click()
    card = page.locator('[data-card][data-step="4"]')
    card.get_by_role("checkbox").nth(0).check()

    page.get_by_test_id("th-clock-freeze").click()  # draws the whole page anew
    expect(page.get_by_test_id("th-clock-freeze")).to_have_attribute("aria-pressed", "true")

    expect(card.get_by_role("checkbox").nth(0)).to_be_checked()
    card.get_by_role("checkbox").nth(2).check()
    card.get_by_test_id("th-predict-check").click()
    expect(card.locator('[data-verdict="right"]')).to_be_visible()
    card.get_by_test_id("th-predict-continue").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("4 / 9")


def test_the_world_grows_older_by_a_button(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan), msg=8)
    before = meituan.town.api("GET", f"/worlds/{meituan.world}/clock")["ahead"]

    with page.expect_response(re.compile("/clock")):
        page.get_by_test_id("th-clock-advance-2h").click()
    expect(page.get_by_test_id("th-counter")).to_have_text("5 / 9")

    assert meituan.town.api("GET", f"/worlds/{meituan.world}/clock")["ahead"] - before == pytest.approx(
        7200, abs=5
    )


def test_step_mode_is_switched_on_from_the_bar(page: Page, meituan: Any) -> None:
    stage(page, meituan, log_in(page, meituan))
    page.get_by_test_id("th-step-on").click()
    expect(page.get_by_test_id("th-step-on")).to_have_attribute("aria-pressed", "true")
    assert meituan.town.api("GET", f"/worlds/{meituan.world}/stepping")["on"] is True
    page.get_by_test_id("th-step-on").click()
    expect(page.get_by_test_id("th-step-on")).to_have_attribute("aria-pressed", "false")


def test_a_message_is_sent_again_by_a_button(page: Page, meituan: Any) -> None:
    """The code that ⑤ spent is refused, and the theatre shows it."""
    meituan.town.api(
        "PATCH", f"/apps/{meituan.appid}", {"policies": {**meituan.app["policies"], "reveal": True}}
    )
    flow = log_in(page, meituan)
    stage(page, meituan, flow, msg=8, tab="resend")

    page.get_by_test_id("th-resend").last.click()

    sent = page.locator('[data-name="code.redeemed"][data-outcome="refused"]')
    expect(sent.first).to_be_visible()
    meituan.town.api("PATCH", f"/apps/{meituan.appid}", {"policies": meituan.app["policies"]})


def test_a_double_click_sends_a_message_again_once(page: Page, world: Any) -> None:
    town, client = world.town, world.town.http
    town.api("PATCH", f"/apps/{world.appid}", {"policies": {"reveal": True}})
    query = {"appid": world.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    address = f"{town.provider}/connect/oauth2/authorize"
    client.get(address, params={**query, "scope": "snsapi_base", "state": "s"}, allow_redirects=False)
    flow = world.flow()["id"]
    page.goto(f"{town.provider}/_mock/theatre/{flow}?msg=1&tab=resend")
    sent: list[Route] = []  # the first is under way for as long as a double click takes
    page.route("**/resend*", lambda route: sent.append(route))

    with page.expect_request("**/resend*"):
        page.get_by_test_id("th-resend").dblclick()
    [once] = sent
    once.continue_()

    expect(page.get_by_test_id("th-msg-3")).to_be_visible()
    page.reload()
    assert len(town.api("GET", f"/flows/{flow}/messages?helpers=1")) == 3


def test_a_button_of_an_old_page_leads_to_a_fresh_one(page: Page, world: Any) -> None:
    """The session that its form belongs to is gone: the next press works."""
    town, address = world.town, f"{world.town.provider}/connect/oauth2/authorize"
    query = {"appid": world.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    town.http.get(address, params={**query, "scope": "snsapi_base", "state": "s"}, allow_redirects=False)
    stage_of = f"{town.provider}/_mock/theatre/{world.flow()['id']}?msg=1"
    page.goto(stage_of)
    page.context.clear_cookies()

    with page.expect_event("load"):
        page.get_by_test_id("th-clock-freeze").click()

    assert page.url == stage_of
    page.get_by_test_id("th-clock-freeze").click()
    expect(page.get_by_test_id("th-clock-freeze")).to_have_attribute("aria-pressed", "true")


def test_a_foreign_clients_flow_has_no_first_and_no_ninth_step(page: Page, town: Any, world: Any) -> None:
    """A plain script against an app: what happens inside it is its own business."""
    query = {"appid": world.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    query |= {"scope": "snsapi_userinfo", "state": "mine"}
    with requests.Session() as script:
        answer = script.get(f"{town.gateway}/connect/oauth2/authorize", params=query, allow_redirects=False)
        code = answer.headers["Location"].split("code=")[1].split("&")[0]
        query = {
            "appid": world.appid,
            "secret": world.secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        token = script.get(f"{town.gateway}/sns/oauth2/access_token", params=query).json()
        query = {"access_token": token["access_token"], "openid": token["openid"]}
        script.get(f"{town.gateway}/sns/userinfo", params=query)

    page.goto(f"{town.provider}/_mock/theatre/{world.flow()['id']}")

    rows = page.get_by_test_id("th-messages").locator(NUMBERED)
    assert [row.get_attribute("data-step") for row in rows.all()] == ["2", "4", "5", "6", "7", "8"]
    expect(page.get_by_test_id("th-pocket-client_app")).to_contain_text("access_token")
    expect(page.get_by_test_id("th-lane-client_app")).to_contain_text("127.0.0.1")
    text = page.content()
    assert token["access_token"] not in text
    assert world.secret not in text


def test_a_scan_gives_the_phone_a_lane(page: Page, another: Page, meituan: Any) -> None:
    page.goto(f"{meituan.town.client}/login")
    page.get_by_test_id("mt-login-wechat-qr").click()
    uuid = str(page.get_by_test_id("wx-qr-img").get_attribute("src")).rpartition("/")[2]
    another.goto(f"{meituan.town.provider}/_mock/phone/scan")
    another.get_by_test_id(f"ph-scan-{uuid}").click()  # another test's code may still stand there
    another.get_by_test_id("wx-persona-lisi").click()
    another.get_by_test_id("ph-confirm").click()
    page.get_by_test_id("mt-logged-in").wait_for()

    page.goto(f"{meituan.town.provider}/_mock/theatre")
    page.get_by_test_id("flow-row").first.get_by_role("link").click()

    expect(page.get_by_test_id("th-lane-phone")).to_be_visible()
    assert page.locator('[data-name="qr.scanned"] .pic__arrow--phone').count()
    assert page.locator('[data-step="1"] .pic__arrow--browser').count()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_projector_gets_big_letters_big_buttons_and_both_languages(
    page: Page, meituan: Any, theme: str
) -> None:
    flow = log_in(page, meituan)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 1920, "height": 1080})
    stage(page, meituan, flow, present=1, msg=8)

    expect(page.get_by_test_id("th-flow-list")).to_be_hidden()
    caption = page.locator('[data-step="5"] .th-msg__caption')
    expect(caption).to_contain_text("用授权码换Token")
    expect(caption).to_contain_text("Code for token")
    small = page.evaluate(
        """[...document.querySelectorAll(".th *")].filter(e => e.checkVisibility({visibilityProperty: true})
          && !e.closest(".visually-hidden, svg, option") && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
          && parseFloat(getComputedStyle(e).fontSize) < 24).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []
    buttons = page.locator(".th-key, .th-toggle, .th .btn, .th-tabs a, .th-subtabs a")
    sizes = [box for button in buttons.all() if (box := button.bounding_box())]
    assert min(min(box["width"], box["height"]) for box in sizes) >= 44


def test_paper_gets_the_sequence_and_the_ledger_in_black_on_white(page: Page, meituan: Any) -> None:
    flow = log_in(page, meituan)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 703, "height": 1000})  # A4 less its margins
    stage(page, meituan, flow)
    page.emulate_media(media="print", color_scheme="dark")

    expect(page.get_by_test_id("th-ledger-print")).to_be_visible()
    expect(page.locator('[data-step="5"] .pic')).to_be_visible()
    expect(page.get_by_test_id("th-bar")).to_be_hidden()
    expect(page.get_by_test_id("th-drawer")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize(
    "width", [320, 768, *(pytest.param(width, marks=pytest.mark.slow) for width in (390, 1280, 1920))]
)
def test_nothing_is_wider_than_the_window(page: Page, meituan: Any, width: int) -> None:
    flow = log_in(page, meituan)
    page.set_viewport_size({"width": width, "height": 800})
    for tab in ("story", "fields", "raw", "code", "ledger"):
        stage(page, meituan, flow, msg=8, tab=tab)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, tab
    page.goto(f"{meituan.town.provider}/_mock/theatre?world={meituan.world}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
