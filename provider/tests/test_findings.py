"""The doctor over HTTP: each rule has a client that provokes it and one that does nothing of the kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from browser import Browser
from by_record import RECORDED
from ninestep.trace.doctor import ORDER, RULES
from patients import CALLBACK, FLOW, Clinic, fresh
from phone_app import Phone
from standard_client import PKCE, VERIFIER
from tutorial_site import Site

pytestmark = pytest.mark.thorough

MEITUAN = "wx1234567890abcdef"

Scene = Callable[[Clinic], set[str]]


def wechat(**changes: Any) -> Scene:
    """An authorize request, and what the doctor says of it."""

    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.asked(**changes)
        return client.rules()

    return scene


def states(*users: str) -> Scene:
    """One login per user, all with one state."""

    def scene(clinic: Clinic) -> set[str]:
        client, state = clinic.wechat(), fresh()
        for user in users:
            client.next(user)
            client.log_in(state=state)
        return client.rules()

    return scene


def callback(*, tampered: bool) -> Scene:
    """A login at Meituan, whose callback comes with its own state or with another."""

    def scene(clinic: Clinic) -> set[str]:
        town, http = clinic.world.town, requests.Session()
        town.api("POST", f"/apps/{MEITUAN}/next", {"user": "wangwu"})
        started = http.get(f"{town.client}/login/wechat", allow_redirects=False, timeout=10)
        back = http.get(started.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
        if tampered:
            back = back.replace(parse_qs(urlsplit(back).query)["state"][0], fresh())
        http.get(back, allow_redirects=False, timeout=10)
        found = town.api("GET", f"/flows/{started.headers[FLOW]}/findings", params={"wait": 5})
        http.close()
        return {finding["rule"] for finding in found}

    return scene


def redirect_to(uri: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat(redirect_uris=[uri])
        client.asked(redirect_uri=uri)
        return client.rules()

    return scene


def unencoded(clinic: Clinic) -> set[str]:
    client = clinic.wechat()
    client.asked(
        f"appid={client.appid}&redirect_uri={CALLBACK}&response_type=code&scope=snsapi_base&state={fresh()}"
    )
    return client.rules()


def secret_in_front(clinic: Clinic) -> set[str]:
    client = clinic.wechat()
    client.asked(secret=client.secret)
    return client.rules()


def qq_type(response_type: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.qq()
        client.log_in(response_type=response_type)
        return client.rules()

    return scene


def redeemed(method: str, **headers: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        code = client.asked()["code"]
        client.headers = headers
        assert "access_token" in client.redeem(code, method)
        return client.rules()

    return scene


def read_standard(*, in_query: bool) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.standard()
        client.log_in()
        assert client.profile(in_query=in_query).status_code == 200
        return client.rules()

    return scene


def referred(*, with_code: bool) -> Scene:
    """A page at the callback sends the browser on, and its address along."""

    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        code = client.asked()["code"]
        client.headers = {"Referer": f"{CALLBACK}?code={code}" if with_code else CALLBACK}
        client.asked()
        return client.rules()

    return scene


def profile_with(**extra: str) -> Scene:
    """⑦ with the values of further tokens in it, by their names."""

    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.log_in()
        client.profile(**{name: client.tokens[kind] for name, kind in extra.items()})
        return client.rules()

    return scene


def code2session(**headers: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat(kind="mini_program", redirect_uris=[])
        js_code = client.api("POST", f"/apps/{client.appid}/js_codes", {"user": "zhangsan"})["js_code"]
        sent = {"appid": client.appid, "secret": client.secret, "js_code": js_code}
        sent["grant_type"] = "authorization_code"
        url = f"{client.town.provider}/sns/jscode2session"
        answer = client.ask("GET", url, params=sent, headers=headers)
        return client.rules(answer.headers[FLOW])

    return scene


def redemptions(count: int) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        code = client.asked()["code"]
        for _ in range(count):
            client.redeem(code)
        return client.rules()

    return scene


def redeemed_after(seconds: int) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.freeze()
        code = client.asked()["code"]
        client.advance(f"{seconds}s")
        client.redeem(code)
        return client.rules()

    return scene


def redeemed_by(*, other: bool) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        redeemer = clinic.wechat() if other else client
        redeemer.redeem(client.asked()["code"])
        return client.rules()

    return scene


def standard(**changes: Any) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.standard()
        client.asked(**changes)
        return client.rules()

    return scene


def qq_scope(asked: str, *used: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.qq()
        client.log_in(scope=asked)
        for api in used:
            client.read(api)
        return client.rules()

    return scene


def openid_of(other: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.next(other)
        openid = client.log_in()["openid"]
        client.next("zhangsan")
        client.log_in()
        client.profile(openid=openid)
        return client.rules()

    return scene


def expired(*, refreshes: bool) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.log_in()
        client.advance("3h")
        assert client.profile()["errcode"] == 42001
        if refreshes:
            client.refresh()
        return client.rules()

    return scene


def refreshed_after(time: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.freeze()
        client.log_in()
        client.advance(time)
        assert "access_token" in client.refresh()
        return client.rules()

    return scene


def asked_again_after(time: str) -> Scene:
    """The user says no on the consent page, and is shown it again."""

    def scene(clinic: Clinic) -> set[str]:
        site, browser = Site(clinic.world), Browser()
        clinic.world.freeze()
        browser.submit(site.consent_page(browser, state=fresh()), decision="deny")
        clinic.world.advance(time)
        again = site.start(browser, state=fresh())
        found = clinic.world.town.api("GET", f"/flows/{again.headers[FLOW]}/findings")
        return {finding["rule"] for finding in found}

    return scene


def alias(name: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat(fidelity="tutorial")
        given = {"appid": None, name: client.appid}
        client.asked(**given)
        return client.rules()

    return scene


def bearer(*, alone: bool) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat(fidelity="tutorial")
        client.log_in()
        if alone:
            client.headers = {"Authorization": f"Bearer {client.tokens['access_token']}"}
            assert client.profile(access_token=None, openid=None)["nickname"] == "张三"
        else:
            client.profile()
        return client.rules()

    return scene


def qr_page(kind: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat(kind=kind, fidelity="tutorial")
        client.asked(path="/connect/qrconnect", scope="snsapi_login")
        return client.rules()

    return scene


def sheet(decision: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        phone = Phone(clinic.world.town, kind="mobile")
        phone.answered(decision, fresh())
        found = clinic.world.town.api("GET", f"/flows/{phone.flows()[0]['id']}/findings")
        return {finding["rule"] for finding in found}

    return scene


def replayed(*, twice: bool) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.standard()
        code = client.asked()["code"]
        for _ in range(1 + twice):
            client.redeem(code)
        return client.rules()

    return scene


def faulty(endpoint: str) -> Scene:
    def scene(clinic: Clinic) -> set[str]:
        client = clinic.wechat()
        client.log_in()
        fault = {"endpoint": endpoint, "error": "server_error"}
        client.api("POST", f"/apps/{client.appid}/faults", fault)
        client.profile()
        return client.rules()

    return scene


CASES: dict[str, tuple[Scene, Scene]] = {  # rule -> (who provokes it, who does not)
    "state_missing": (wechat(state=None), wechat()),
    "state_short": (wechat(state="123"), wechat()),
    "state_reused": (states("zhangsan", "zhangsan"), states("zhangsan")),
    "state_constant": (states(*["zhangsan"] * 3), states("zhangsan", "zhangsan")),
    "state_not_tied": (states("zhangsan", "lisi"), states("zhangsan", "zhangsan")),
    "state_stopped": (callback(tampered=True), callback(tampered=False)),
    "redirect_not_https": (redirect_to("http://shop.example/cb"), redirect_to("https://shop.example/cb")),
    "redirect_unencoded": (unencoded, wechat()),
    "secret_in_front_channel": (secret_in_front, wechat()),
    "implicit_grant": (qq_type("token"), qq_type("code")),
    "secret_in_query": (redeemed("GET"), redeemed("POST")),
    "token_in_query": (read_standard(in_query=True), read_standard(in_query=False)),
    "value_in_referer": (referred(with_code=True), referred(with_code=False)),
    "wrong_hands": (profile_with(refresh_token="refresh_token"), profile_with(lang="scope")),
    "exchange_from_browser": (redeemed("POST", Origin="http://127.0.0.1"), redeemed("POST")),
    "code2session_from_front_end": (code2session(Origin="http://127.0.0.1"), code2session()),
    "code_twice": (redemptions(2), redemptions(1)),
    "code_late": (redeemed_after(61), redeemed_after(60)),
    "code_foreign": (redeemed_by(other=True), redeemed_by(other=False)),
    "pkce_missing": (standard(), standard(**PKCE)),
    "scope_unused": (
        qq_scope("get_user_info,get_user_email,get_user_phone,read_friendlist", "get_user_info"),
        qq_scope("get_user_info,get_user_email", "get_user_info", "get_user_email"),
    ),
    "scope_minimal": (
        qq_scope("get_user_info", "get_user_info"),
        qq_scope("get_user_info,get_user_email", "get_user_info"),
    ),
    "foreign_openid": (openid_of("lisi"), openid_of("zhangsan")),
    "refresh_never": (expired(refreshes=False), expired(refreshes=True)),
    "refresh_too_often": (refreshed_after("59m"), refreshed_after("1h55m")),
    "retry_after_denied": (asked_again_after("5s"), asked_again_after("10m")),
    "alias": (alias("client_id"), alias("appid")),
    "bearer_header": (bearer(alone=True), bearer(alone=False)),
    "qr_by_scope": (qr_page("official_account"), qr_page("website")),
    "scope_ignored": (qq_scope("get_user_info,read_friendlist"), qq_scope("get_user_info")),
    "sheet_closed": (sheet("cancel"), sheet("deny")),
    "authorization_revoked": (replayed(twice=True), replayed(twice=False)),
    "fault": (faulty("userinfo"), faulty("refresh")),
}


@pytest.fixture
def clinic(world: Any) -> Clinic:
    return Clinic(world)


@pytest.mark.parametrize("rule", CASES)
def test_the_doctor_sees_who_provokes_the_rule(clinic: Clinic, rule: str) -> None:
    assert rule in CASES[rule][0](clinic)


@pytest.mark.parametrize("rule", CASES)
def test_the_doctor_leaves_alone_who_does_nothing_of_the_kind(clinic: Clinic, rule: str) -> None:
    assert rule not in CASES[rule][1](clinic)


def test_every_rule_is_provoked_over_http_or_by_records() -> None:
    assert set(CASES) | set(RECORDED) == set(RULES)


def test_no_findings_is_a_result(clinic: Clinic) -> None:
    client = clinic.wechat()
    client.asked()

    assert client.findings() == []


def test_the_reference_client_is_praised_and_nothing_else(clinic: Clinic) -> None:
    assert callback(tampered=False)(clinic) == {"scope_minimal"}


def test_a_finding_names_message_field_rows_and_says_it_in_both_languages(clinic: Clinic) -> None:
    client = clinic.wechat()
    code = client.asked()["code"]
    client.redeem(code)
    client.redeem(code)

    [found] = [finding for finding in client.findings() if finding["rule"] == "code_twice"]

    assert (found["severity"], found["field"], found["step"]) == ("bad", "code", 5)
    assert (found["seed_row"], found["rfc"]) == ("S0 §4.5", "RFC 6749 §4.1.2, §10.5")
    messages = client.api("GET", f"/flows/{client.flow}/messages", helpers="1")
    [message] = [message for message in messages if message["seq"] == found["message"]]
    assert [leg["name"] for leg in message["legs"]] == ["code.redeemed"]
    assert {"zh", "en"} == set(found["said"]) == set(found["fix"])
    assert "授权码" in found["said"]["zh"]
    assert "code" in found["said"]["en"]


def test_over_asking_lists_what_was_not_used(clinic: Clinic) -> None:
    """M077: the seed's ❌ line, of which only the basics are used."""
    client = clinic.qq()
    client.log_in(scope="get_user_info,get_user_email,get_user_phone,read_friendlist")
    client.read("get_user_info")

    [found] = [finding for finding in client.findings() if finding["rule"] == "scope_unused"]

    assert "没有用到 get_user_email get_user_phone read_friendlist" in found["said"]["zh"]


def test_another_browser_that_asks_after_a_no_is_somebody_elses_business(clinic: Clinic) -> None:
    site, first, second = Site(clinic.world), Browser(), Browser()
    first.submit(site.consent_page(first, state=fresh()), decision="deny")
    asked = site.start(second, state=fresh())

    found = clinic.world.town.api("GET", f"/flows/{asked.headers[FLOW]}/findings")

    assert found == []


def test_the_worst_stands_first(clinic: Clinic) -> None:
    client = clinic.wechat()
    code = client.asked(state=None)["code"]
    client.redeem(code, "GET")

    severities = [finding["severity"] for finding in client.findings()]

    assert severities == sorted(severities, key=ORDER.index)
    assert severities[0] == "bad"


def test_a_documented_query_is_told_and_not_scolded(clinic: Clinic) -> None:
    client = clinic.wechat()
    client.redeem(client.asked()["code"], "GET")

    assert [f["severity"] for f in client.findings() if f["rule"] == "secret_in_query"] == ["info"]


def test_a_public_client_may_redeem_from_a_page_and_needs_pkce(clinic: Clinic) -> None:
    client = clinic.standard(kind="spa")
    code = client.asked(**PKCE)["code"]
    client.headers = {"Origin": "http://127.0.0.1"}
    form = {"client_id": client.appid, "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    url = f"{client.town.provider}/oauth/token"
    assert client.ask("POST", url, data={"grant_type": "authorization_code", **form}).status_code == 200

    assert "exchange_from_browser" not in client.rules()


@pytest.mark.parametrize("path", ["ledger", "findings"])
def test_a_flow_that_is_not_there_is_404(town: Any, path: str) -> None:
    assert "flow" in town.api("GET", f"/flows/nowhere/{path}", status=404)["detail"]
