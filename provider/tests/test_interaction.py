"""Login and consent as a browser without scripts meets them: forms, redirects, cookies."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from browser import Browser
from tutorial_site import CALLBACK, Site


@pytest.fixture
def site(world: Any) -> Site:
    return Site(world)


def query(response: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def test_password_login_then_consent_then_the_code(site: Site) -> None:
    browser = Browser()
    page = site.login_page(browser)
    assert 'autocomplete="current-password"' in page.text

    logged_in = browser.submit(page, username="zhangsan", password="ninestep")
    assert logged_in.status_code == 303
    consent = browser.follow(logged_in)
    answer = browser.submit(consent, decision="approve", scope="region")

    assert "微信授权确认" in consent.text
    assert "获取你的昵称和头像" in consent.text
    assert "获取你的地区信息" in consent.text
    assert answer.status_code == 303
    assert set(query(answer)) == {"code", "state"}


def test_wrong_password_stays_on_the_page_and_spends_nothing(site: Site) -> None:
    browser = Browser()
    page = site.login_page(browser)

    wrong = browser.submit(page, username="zhangsan", password="wrong")

    assert wrong.status_code == 401
    assert "wx-login-error" in wrong.text
    assert browser.submit(wrong, username="zhangsan", password="ninestep").status_code == 303


def test_second_authorization_goes_straight_to_consent(site: Site) -> None:
    browser = Browser()
    browser.submit(site.consent_page(browser), decision="approve")

    page = browser.follow(site.start(browser))

    assert "wx-consent" in page.text
    assert "wx-password" not in page.text


def test_silent_scope_asks_nothing_of_who_is_logged_in(site: Site) -> None:
    browser = Browser()
    site.consent_page(browser)

    answer = site.start(browser, scope="snsapi_base")

    assert answer.status_code == 302
    assert "code" in query(answer)


def test_refusal_comes_back_as_access_denied(site: Site) -> None:
    browser = Browser()

    answer = browser.submit(site.consent_page(browser), decision="deny")

    assert answer.status_code == 303
    assert query(answer) == {"error": "access_denied", "state": "s"}


def test_zhaoliu_always_refuses(site: Site) -> None:
    browser = Browser()

    answer = browser.submit(site.login_page(browser), persona="zhaoliu")

    assert query(answer)["error"] == "access_denied"


def test_unticked_region_is_missing_from_the_profile(site: Site) -> None:
    def profile(**choice: str) -> dict[str, Any]:
        browser = Browser()
        answer = browser.submit(site.consent_page(browser), decision="approve", **choice)
        form = {
            "appid": site.app["appid"],
            "secret": site.app["secret"],
            "code": query(answer)["code"],
            "grant_type": "authorization_code",
        }
        tokens = requests.post(f"{site.town.provider}/sns/oauth2/access_token", data=form, timeout=10).json()
        assert tokens["scope"] == "snsapi_userinfo"
        params = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        answer = requests.get(f"{site.town.resource}/sns/userinfo", params=params, timeout=10)
        return dict(json.loads(answer.content))

    assert profile(scope="region")["city"] == "深圳"
    unticked = profile()
    assert unticked["city"] == ""
    assert unticked["nickname"] == "张三"


def test_two_tabs_do_not_meet(site: Site) -> None:
    browser = Browser()
    first, second = site.login_page(browser, state="one"), site.login_page(browser, state="two")

    consent_one = browser.follow(browser.submit(first, persona="zhangsan"))
    consent_two = browser.follow(browser.submit(second, persona="zhangsan"))
    answers = [query(browser.submit(page, decision="approve")) for page in (consent_two, consent_one)]

    assert [answer["state"] for answer in answers] == ["two", "one"]
    assert answers[0]["code"] != answers[1]["code"]


def test_consent_of_a_page_that_showed_another_user_is_refused(site: Site) -> None:
    browser = Browser()
    shown_to_zhangsan = site.consent_page(browser)
    other = browser.get(shown_to_zhangsan.url.replace("/consent", "/login"))
    browser.submit(other, persona="lisi")

    answer = browser.submit(shown_to_zhangsan, decision="approve")

    assert answer.status_code == 400
    assert "Location" not in answer.headers
    again = browser.get(shown_to_zhangsan.url)
    assert "李四" in again.text
    assert browser.submit(again, decision="approve").status_code == 303


def test_second_click_gets_a_friendly_page_and_no_second_code(site: Site) -> None:
    browser = Browser()
    page = site.consent_page(browser)
    assert browser.submit(page, decision="approve").status_code == 303

    again = browser.submit(page, decision="approve")

    assert again.status_code == 409
    assert "wx-done" in again.text


def test_of_many_clicks_one_gives_a_code(site: Site) -> None:
    browser = Browser()
    page = site.consent_page(browser)
    barrier, statuses = threading.Barrier(16), []

    def click() -> None:
        own = Browser()
        own.http.cookies.update(browser.http.cookies)
        barrier.wait()
        statuses.append(own.submit(page, decision="approve").status_code)

    threads = [threading.Thread(target=click) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [303] + [409] * 15


def test_somebody_elses_nonce_or_none_approves_nothing(site: Site) -> None:
    victim, attacker = Browser(), Browser()
    page = site.consent_page(victim)
    theirs = site.consent_page(attacker)

    forged = victim.submit(page, decision="approve", consent_nonce="")
    borrowed = victim.submit(theirs, decision="approve")

    assert (forged.status_code, borrowed.status_code) == (400, 400)
    assert victim.submit(page, decision="approve").status_code == 303


def test_login_form_from_another_site_is_refused(site: Site) -> None:
    page = site.login_page(Browser())

    response = Browser().submit(page, persona="zhangsan")

    assert response.status_code == 400
    assert "Location" not in response.headers


def test_login_in_one_world_is_none_in_another(site: Site, town: Any) -> None:
    browser = Browser()
    site.consent_page(browser)
    other = town.api(
        "POST",
        "/apps",
        {"name": "别处", "dialect": "wechat", "kind": "official_account", "redirect_uris": [CALLBACK]},
    )

    page = browser.follow(
        browser.get(
            f"{town.provider}/connect/oauth2/authorize",
            appid=other["appid"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope="snsapi_userinfo",
        )
    )

    assert "wx-persona-zhangsan" in page.text


def test_session_id_is_new_after_login(site: Site) -> None:
    browser = Browser()
    page = site.login_page(browser)
    before = browser.http.cookies.get("wx_session")
    browser.submit(page, persona="zhangsan")

    assert browser.http.cookies.get("wx_session") != before


def test_consent_csp_lets_the_form_go_to_the_client_and_nowhere_else(site: Site) -> None:
    page = site.consent_page(Browser())

    rules = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert rules["form-action"] == "'self' http://127.0.0.1"
    assert rules["frame-ancestors"] == "'none'"
    assert rules["default-src"] == "'none'"


def test_request_that_is_gone_gets_a_page_that_says_so(town: Any) -> None:
    response = Browser().get(f"{town.provider}/connect/consent", rid="nothing")

    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")


def test_localhost_is_moved_to_the_public_name_and_the_api_is_not(town: Any, site: Site) -> None:
    port = urlsplit(town.provider).port
    page = Browser().get(f"http://localhost:{port}/connect/login", rid="x")
    api = requests.get(f"http://localhost:{port}/sns/oauth2/access_token", timeout=10, allow_redirects=False)

    assert page.headers["Location"].startswith(f"{town.provider}/connect/login")
    assert api.status_code == 200


def test_unknown_host_is_refused(town: Any) -> None:
    response = requests.get(f"{town.provider}/healthz-not", headers={"Host": "evil.example"}, timeout=10)

    assert response.status_code == 421


def test_armed_decision_goes_before_session_and_login(site: Site) -> None:
    site.town.api("POST", f"/apps/{site.app['appid']}/next", {"user": "lisi", "decision": "approve"})

    assert "code" in query(site.start(Browser()))
    assert "Location" in site.start(Browser()).headers
    assert "/connect/login" in site.start(Browser()).headers["Location"]


def test_refused_request_spends_no_decision(site: Site) -> None:
    site.town.api("POST", f"/apps/{site.app['appid']}/next", {"user": "lisi", "decision": "approve"})

    site.start(Browser(), scope="nonsense")

    assert len(site.town.api("GET", f"/apps/{site.app['appid']}/next")) == 1


def test_platform_consent_is_remembered_unless_forced(world: Any) -> None:
    site = Site(world, fidelity="platform")
    browser = Browser()
    assert "wx-password" not in site.login_page(browser).text
    browser.submit(site.consent_page(browser), decision="approve")

    silent = site.start(browser)
    forced = browser.get(silent.url, forcePopup="true")

    assert "code" in parse_qs(urlsplit(silent.headers["Location"]).query)
    assert "/connect/consent" in forced.headers["Location"]


def test_withdrawn_consent_ends_the_tokens_and_asks_again(site: Site) -> None:
    browser = Browser()
    answer = browser.submit(site.consent_page(browser), decision="approve")
    form = {
        "appid": site.app["appid"],
        "secret": site.app["secret"],
        "code": query(answer)["code"],
        "grant_type": "authorization_code",
    }
    tokens = requests.post(f"{site.town.provider}/sns/oauth2/access_token", data=form, timeout=10).json()

    page = browser.get(f"{site.town.provider}/settings/authorizations", world=site.world.name)
    assert "wx-grant-row" in page.text
    revoked = browser.submit(
        page, "/settings/authorizations/revoke", appid=site.app["appid"], world=site.world.name
    )
    after = browser.follow(revoked)

    assert "wx-grant-empty" in after.text
    params = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert (
        requests.get(f"{site.town.resource}/sns/userinfo", params=params, timeout=10).json()["errcode"]
        == 50001
    )
    refresh = {
        "appid": site.app["appid"],
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    refused = requests.get(
        f"{site.town.provider}/sns/oauth2/refresh_token", params=refresh, timeout=10
    ).json()
    assert refused["errcode"] == 40030


def test_a_consent_that_is_withdrawn_twice_is_told_to_be_gone_the_second_time(site: Site) -> None:
    browser = Browser()
    browser.submit(site.consent_page(browser), decision="approve")
    page = browser.get(f"{site.town.provider}/settings/authorizations", world=site.world.name)
    form = {"appid": site.app["appid"], "world": site.world.name}
    for _ in range(2):
        browser.submit(page, "/settings/authorizations/revoke", **form)

    flow = site.world.flow()["id"]
    exchanges = site.town.api("GET", f"/flows/{flow}/exchanges")
    told = [check for each in exchanges for check in each.get("checks", ())]

    assert [c["ok"] for c in told if c["name"] == "consent existed"] == [True, False]
