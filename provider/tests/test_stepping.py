"""Step mode at the provider: the redirect back waits on a page, for one browser, once; and the API that arms it."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from browser import Browser

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"


class Stage:
    """An app that asks, in a world whose logins stop."""

    def __init__(self, place: Any, **fields: Any) -> None:
        self.town, self.world = place.town, place
        defaults = {"name": "美团", "dialect": "wechat", "kind": "official_account", "fidelity": "tutorial"}
        fields = {"world": place.name, **defaults, "redirect_uris": [CALLBACK], **fields}
        self.app = place.town.api("POST", "/apps", fields)

    def arm(self, **fields: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.town.api("POST", f"/worlds/{self.world.name}/stepping", fields)
        return told

    def stepping(self) -> dict[str, Any]:
        told: dict[str, Any] = self.town.api("GET", f"/worlds/{self.world.name}/stepping")
        return told

    def clock(self) -> dict[str, Any]:
        told: dict[str, Any] = self.town.api("GET", f"/worlds/{self.world.name}/clock")
        return told

    def start(self, browser: Browser, state: str = "s", **changes: str) -> requests.Response:
        query = {"appid": self.app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
        query |= {"scope": "snsapi_userinfo", "state": state, **changes}
        return browser.get(f"{self.town.provider}/connect/oauth2/authorize", **query)

    def consented(self, browser: Browser, decision: str = "approve", **options: str) -> requests.Response:
        login = browser.follow(self.start(browser, **options))
        consent = browser.follow(browser.submit(login, persona="zhangsan"))
        return browser.submit(consent, decision=decision)

    def stop(self, browser: Browser, decision: str = "approve", **options: str) -> requests.Response:
        return browser.follow(self.consented(browser, decision, **options))

    def messages(self) -> list[dict[str, Any]]:
        flow = self.world.flow(app=self.app["appid"])["id"]
        found: list[dict[str, Any]] = self.town.api("GET", f"/flows/{flow}/messages")
        return found


@pytest.fixture
def stage(world: Any) -> Stage:
    return Stage(world)


def query(response: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def is_stop(response: requests.Response) -> bool:
    return response.headers.get("Location", "").startswith("/step/")


def state_of(page: requests.Response) -> str:
    return page.text.split('data-testid="step" ')[1].split('data-state="')[1].split('"')[0]


def test_off_is_the_default_and_changes_nothing(stage: Stage) -> None:
    answer = stage.consented(Browser())

    assert answer.headers["Location"].startswith(CALLBACK)
    assert stage.stepping() == {
        "world": stage.world.name,
        "on": False,
        "freeze": True,
        "flows": 0,
        "resting": [],
    }


def test_the_way_back_waits_and_then_leads_where_it_would_have_led(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    answer = stage.consented(browser)
    assert answer.status_code == 303
    assert is_stop(answer)

    page = browser.follow(answer)
    assert state_of(page) == "waiting"
    gone_on = browser.submit(page)

    assert gone_on.status_code == 303
    assert gone_on.headers["Location"].startswith(CALLBACK)
    assert query(gone_on)["state"] == "s"
    code = query(gone_on)["code"]
    assert code not in page.text
    assert f"••••{code[-4:]}" in page.text


def test_the_code_of_a_stop_is_as_good_as_any(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    code = query(browser.submit(stage.stop(browser)))["code"]

    answer = requests.get(
        f"{stage.town.provider}/sns/oauth2/access_token",
        params={
            "appid": stage.app["appid"],
            "secret": stage.app["secret"],
            "code": code,
            "grant_type": "authorization_code",
        },
        timeout=10,
    )

    assert answer.json()["access_token"]


def test_what_the_page_names_is_the_address_in_parts_with_its_openness(stage: Stage) -> None:
    stage.arm()
    page = stage.stop(Browser()).text

    assert 'data-name="code" data-openness="half"' in page
    assert 'data-name="state" data-openness="half"' in page
    assert "第二次重定向" in page


def test_reveal_shows_the_code_to_the_browser_that_is_about_to_have_it(world: Any) -> None:
    stage = Stage(world, policies={"reveal": True})
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)

    assert query(browser.submit(page))["code"] in page.text


def test_a_page_of_the_stage_is_kept_by_nobody(stage: Stage) -> None:
    stage.arm()
    headers = stage.stop(Browser()).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self' http://127.0.0.1;" in headers["Content-Security-Policy"] + ";"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_it_is_taken_once_and_a_reload_says_so(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    first = browser.submit(page)
    again = browser.submit(page)

    assert first.headers["Location"].startswith(CALLBACK)
    assert is_stop(again)
    done = browser.follow(again)
    assert state_of(done) == "done"
    assert "th-next" not in done.text
    assert "code" not in query(again)


def test_of_many_clicks_at_once_one_gets_the_code(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    cookies, found, gate = browser.http.cookies, [], threading.Barrier(8)

    def click() -> None:
        other = Browser()
        other.http.cookies = cookies
        gate.wait()
        found.append(other.submit(page).headers["Location"])

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(location.startswith(CALLBACK) for location in found) == 1


def test_reading_the_page_again_moves_nothing(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)

    again = browser.get(page.url)

    assert state_of(again) == "waiting"
    assert browser.submit(again).headers["Location"].startswith(CALLBACK)


def test_another_browser_gets_nothing_and_spends_nothing(stage: Stage) -> None:
    stage.arm()
    mine, theirs = Browser(), Browser()
    page = stage.stop(mine)
    own = stage.stop(theirs, state="other")  # it has a session, and a stop, of its own

    seen = theirs.get(page.url)
    pressed = theirs.submit(own, action=urlsplit(page.url).path)

    assert seen.status_code == pressed.status_code == 404
    assert state_of(seen) == "gone"
    assert "code" not in seen.headers.get("Location", "")
    assert mine.submit(page).headers["Location"].startswith(CALLBACK)


def test_without_the_forms_token_nothing_moves(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)

    assert browser.http.post(page.url, allow_redirects=False, timeout=10).status_code == 400
    assert browser.submit(page).headers["Location"].startswith(CALLBACK)


@pytest.mark.parametrize("name", ["x", "0" * 500, "%00", "é", "..%2f.."])
def test_a_name_that_nobody_knows_is_a_friendly_page(stage: Stage, name: str) -> None:
    answer = Browser().get(f"{stage.town.provider}/step/{name}")

    assert answer.status_code == 404


def test_a_target_in_the_query_is_nobodys_business(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    form = browser.submit(page, target="https://evil.test/", next="https://evil.test/")

    assert form.headers["Location"].startswith(CALLBACK)


# -- who stops, and who does not -------------------------------------------------------------------------------


def test_programs_are_never_stopped(stage: Stage) -> None:
    stage.town.api("PATCH", f"/apps/{stage.app['appid']}", {"consent": {"mode": "auto"}})
    stage.arm()
    program = Browser()
    program.http.headers["Accept"] = "application/json"

    assert stage.start(program).headers["Location"].startswith(CALLBACK)


def test_consent_that_is_given_at_once_stops_too(stage: Stage) -> None:
    stage.town.api("PATCH", f"/apps/{stage.app['appid']}", {"consent": {"mode": "auto"}})
    stage.arm()
    browser = Browser()
    answer = stage.start(browser)

    assert is_stop(answer)
    assert query(browser.submit(browser.follow(answer)))["code"]
    assert [(m["step"], m["outcome"]) for m in stage.messages()] == [(2, "ok"), (4, "ok")]


def test_a_refusal_stops_and_is_recorded_where_it_belongs(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser, "deny")
    assert not stage.world.flow(app=stage.app["appid"])["ended"]
    assert "带着拒绝" in page.text

    back = browser.submit(page)

    assert query(back)["error"] == "access_denied"
    assert [(m["step"], m["outcome"]) for m in stage.messages()] == [(2, "ok"), (3, "ok"), (4, "refused")]
    assert stage.world.flow(app=stage.app["appid"])["error"] == "access_denied"


def test_a_request_that_is_refused_before_anybody_is_asked_goes_straight_back(stage: Stage) -> None:
    stage.arm()
    answer = stage.start(Browser(), scope="snsapi_everything")

    assert answer.headers["Location"].startswith(CALLBACK)
    assert "error" in query(answer)


def test_the_messages_are_the_same_as_without_it(stage: Stage) -> None:
    def told() -> list[tuple[Any, ...]]:
        return [(m["step"], m["name"], m["from"], m["to"], m["outcome"]) for m in stage.messages()]

    stage.consented(Browser())
    usual = told()
    stage.arm()
    browser = Browser()
    browser.submit(stage.stop(browser, state="t"))

    assert told() == usual


def test_the_pause_is_a_note_with_the_time_it_took(stage: Stage) -> None:
    stage.world.freeze()
    stage.arm(freeze=False)
    browser = Browser()
    page = stage.stop(browser)
    stage.world.advance("90s")
    browser.submit(page)

    flow = stage.world.flow(app=stage.app["appid"])["id"]
    exchanges = stage.town.api("GET", f"/flows/{flow}/exchanges")
    notes = {note["rule"]: note["detail"] for each in exchanges for note in each.get("notes", [])}
    assert notes == {"paused": {"before": 4}, "resumed": {"after": 90.0}}


def test_a_client_of_somebody_elses_is_told_what_cannot_be_stopped(stage: Stage) -> None:
    stage.arm()

    assert 'data-testid="step-foreign"' in stage.stop(Browser()).text


def test_run_lets_the_rest_go_by(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)

    assert query(browser.submit(page, run="1"))["code"]
    assert stage.stepping()["resting"] == []


DIALECTS = {
    "standard": ("/oauth/authorize", {"dialect": "standard", "kind": "web"}, {"scope": "user_info"}),
    "qq": ("/oauth2.0/authorize", {"dialect": "qq", "kind": "web"}, {}),
    "weibo": ("/oauth2/authorize", {"dialect": "weibo", "kind": "web"}, {}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_stops(world: Any, dialect: str) -> None:
    path, fields, params = DIALECTS[dialect]
    stage = Stage(world, fidelity="platform", **fields)
    stage.arm()
    browser = Browser()
    asked = {"client_id": stage.app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    login = browser.follow(browser.get(f"{stage.town.provider}{path}", **asked, **params))
    consent = browser.follow(browser.submit(login, persona="lisi"))
    answer = browser.submit(consent, decision="approve")
    assert is_stop(answer)

    back = browser.submit(browser.follow(answer))

    assert back.headers["Location"].startswith(CALLBACK)
    assert query(back)["code"]


def test_a_token_in_the_redirect_is_masked_too(world: Any) -> None:
    stage = Stage(world, dialect="qq", kind="web", fidelity="platform", policies={"implicit": True})
    stage.arm()
    browser = Browser()
    asked = {
        "client_id": stage.app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "token",
        "state": "s",
    }
    login = browser.follow(browser.get(f"{stage.town.provider}/oauth2.0/authorize", **asked))
    consent = browser.follow(browser.submit(login, persona="lisi"))
    page = browser.follow(browser.submit(consent, decision="approve"))
    back = browser.submit(page)

    token = dict(parse_qsl(urlsplit(back.headers["Location"]).fragment))["access_token"]
    assert token not in page.text
    assert 'data-name="access_token" data-openness="secret"' in page.text


# -- arming ----------------------------------------------------------------------------------------------------


def test_one_login_alone_can_be_armed(stage: Stage) -> None:
    assert stage.arm(flows=1)["flows"] == 1
    first, second = Browser(), Browser()

    assert is_stop(stage.consented(first, state="one"))
    assert stage.stepping()["on"] is False
    assert stage.consented(second, state="two").headers["Location"].startswith(CALLBACK)


def test_off_again_nothing_stops_and_what_rests_still_goes_on(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    stage.town.api("DELETE", f"/worlds/{stage.world.name}/stepping")

    assert stage.consented(Browser(), state="two").headers["Location"].startswith(CALLBACK)
    assert browser.submit(page).headers["Location"].startswith(CALLBACK)


def test_reset_turns_it_off_and_forgets_what_rests(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    stage.town.api("POST", "/reset", {"world": stage.world.name})

    assert stage.stepping()["on"] is False
    assert stage.stepping()["resting"] == []
    assert stage.clock()["frozen"] is False
    assert browser.submit(page).status_code == 404


def test_another_world_is_not_touched(stage: Stage) -> None:
    stage.arm()
    elsewhere = stage.town.api("POST", "/worlds", {})["name"]
    other = Stage(stage.world, world=elsewhere)

    assert other.consented(Browser()).headers["Location"].startswith(CALLBACK)


@pytest.mark.parametrize("flows", [0, -1, 1001, "some", 10**30, ""])
def test_a_number_of_logins_that_is_none_is_refused(control: Any, flows: Any) -> None:
    world = control.wechat()["world"]

    assert control.refused("POST", f"/worlds/{world}/stepping", {"flows": flows})["field"] == "flows"
    assert control("GET", f"/worlds/{world}/stepping")["on"] is False


def test_a_world_that_is_not_there_is_404(control: Any) -> None:
    assert control.refused("POST", "/worlds/nowhere/stepping", {}, status=404)["field"] == "world"


def test_on_false_is_off(control: Any) -> None:
    world = control.wechat()["world"]
    control("POST", f"/worlds/{world}/stepping", {"on": True})

    assert control("POST", f"/worlds/{world}/stepping", {"on": False})["on"] is False


def test_it_stands_in_the_openapi_document(control: Any) -> None:
    path = control("GET", "/openapi.json")["paths"]["/_mock/api/worlds/{world}/stepping"]

    assert {"get", "post", "delete"} <= path.keys()


# -- the clock -------------------------------------------------------------------------------------------------


def test_the_clock_stands_while_a_login_rests_and_goes_on_from_there(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    [resting] = stage.stepping()["resting"]
    assert resting["step"] == 4
    assert resting["address"] == page.url
    stood = stage.clock()
    assert stood["frozen"]

    browser.submit(page)

    gone_on = stage.clock()
    assert not gone_on["frozen"]
    assert 0 <= gone_on["now"] - stood["now"] < 60


def test_with_two_at_rest_it_stands_until_both_went_on(stage: Stage) -> None:
    stage.arm()
    first, second = Browser(), Browser()
    one, two = stage.stop(first, state="one"), stage.stop(second, state="two")

    first.submit(one)
    assert stage.clock()["frozen"]
    second.submit(two)
    assert not stage.clock()["frozen"]


def test_a_clock_that_somebody_else_froze_stays_frozen(stage: Stage) -> None:
    stage.world.freeze()
    stage.arm()
    browser = Browser()
    browser.submit(stage.stop(browser))

    assert stage.clock()["frozen"]


def test_a_clock_that_was_moved_meanwhile_goes_on_from_where_it_is(stage: Stage) -> None:
    stage.arm()
    browser = Browser()
    page = stage.stop(browser)
    before = stage.clock()["now"]
    stage.world.advance("2h")

    browser.submit(page)

    assert 7200 <= stage.clock()["now"] - before < 7260


def test_off_lets_the_clock_go(stage: Stage) -> None:
    stage.arm()
    stage.stop(Browser())
    assert stage.clock()["frozen"]
    stage.town.api("DELETE", f"/worlds/{stage.world.name}/stepping")

    assert not stage.clock()["frozen"]


def test_without_freeze_time_goes_by(stage: Stage) -> None:
    stage.arm(freeze=False)
    page = stage.stop(Browser())

    assert not stage.clock()["frozen"]
    assert 'data-state="running"' in page.text


# -- the page that switches it -----------------------------------------------------------------------------------


def switch_page(stage: Stage, browser: Browser) -> requests.Response:
    return browser.get(f"{stage.town.provider}/_mock/stepping", world=stage.world.name)


def test_the_backstage_page_switches_by_the_same_call(stage: Stage) -> None:
    browser = Browser()
    page = switch_page(stage, browser)
    assert 'data-state="off"' in page.text

    browser.submit(page, flows="1", freeze="1", on="1")
    assert {name: stage.stepping()[name] for name in ("on", "flows", "freeze")} == {
        "on": True,
        "flows": 1,
        "freeze": True,
    }

    browser.submit(page, flows="all", on="1")
    assert {name: stage.stepping()[name] for name in ("flows", "freeze")} == {"flows": "all", "freeze": False}

    browser.submit(page, on="0")
    assert stage.stepping()["on"] is False


def test_the_backstage_page_lists_what_rests_without_giving_its_address_away(stage: Stage) -> None:
    stage.arm()
    stop = stage.stop(Browser())
    page = switch_page(stage, Browser())

    assert 'data-testid="step-mode-rest"' in page.text
    assert urlsplit(stop.url).path not in page.text


@pytest.mark.parametrize("flows", ["0", "some", "9" * 40, "-1"])
def test_a_form_with_nonsense_changes_nothing_and_says_so(stage: Stage, flows: str) -> None:
    browser = Browser()
    answer = browser.submit(switch_page(stage, browser), flows=flows, on="1")

    assert 'role="alert"' in browser.follow(answer).text
    assert stage.stepping()["on"] is False


def test_the_backstage_page_of_a_world_that_is_not_there_is_404(stage: Stage) -> None:
    assert Browser().get(f"{stage.town.provider}/_mock/stepping", world="nowhere").status_code == 404
