"""What an App or a mini program gets from WeChat on the phone (/connect/phone/…), over HTTP, as the phone's page asks."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mini_client import decrypt
from phone_app import PAGE, Phone

pytestmark = pytest.mark.thorough


@pytest.fixture
def mini(town: Any) -> Phone:
    return Phone(town, kind="mini_program", name="小程序")


@pytest.fixture
def app(town: Any) -> Phone:
    return Phone(town, kind="mobile", name="应用")


# -- wx.login


def test_wx_login_gives_a_code_and_asks_nobody(mini: Phone) -> None:
    told = mini.ask("login")

    assert set(told) == {"code", "generation"}
    assert re.fullmatch(r"[0-9A-Za-z_-]{32}", told["code"])
    assert set(mini.session(told["code"])) == {"session_key", "openid", "unionid"}


def test_even_who_always_refuses_is_logged_in_silently(town: Any) -> None:
    phone = Phone(town, owner="zhaoliu", kind="mini_program")

    assert "openid" in phone.session(phone.ask("login")["code"])


def test_each_login_is_a_new_generation_and_kills_the_key_before_it(mini: Phone) -> None:
    first = mini.ask("login")
    old = mini.session(first["code"])["session_key"]
    second = mini.ask("login")
    new = mini.session(second["code"])["session_key"]

    sealed = mini.ask("user_info", {"decision": "approve"})

    assert (first["generation"], second["generation"]) == (1, 2)
    assert decrypt(new, sealed)["openId"]
    with pytest.raises(ValueError):
        decrypt(old, sealed)


def test_a_stable_session_key_stays_the_generation_that_it_is(town: Any) -> None:
    phone = Phone(town, kind="mini_program", policies={"stable_session_key": True})

    assert [phone.ask("login")["generation"] for _ in range(3)] == [1, 1, 1]


def test_a_reset_by_the_server_is_a_new_generation_too(mini: Phone) -> None:
    import hmac

    session = mini.session(mini.ask("login")["code"])
    token = mini.server("/cgi-bin/token", grant_type="client_credential")["access_token"]
    signature = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    mini.server(
        "/wxa/resetusersessionkey",
        access_token=token,
        openid=session["openid"],
        signature=signature,
        sig_method="hmac_sha256",
    )

    assert mini.ask("session") == {"valid": True, "generation": 2}


def test_the_session_is_checked_without_being_renewed(mini: Phone) -> None:
    assert mini.ask("session") == {"valid": False, "generation": 0}
    mini.ask("login")
    assert mini.ask("session") == {"valid": True, "generation": 1}

    mini.town.api("POST", f"/worlds/{mini.world}/clock", {"advance": "73h"})

    assert mini.ask("session") == {"valid": False, "generation": 0}


def test_users_of_one_phone_have_their_own_sessions(mini: Phone) -> None:
    mine = mini.session(mini.ask("login")["code"])
    mini.take("lisi")

    assert mini.ask("session")["valid"] is False
    assert mini.session(mini.ask("login")["code"])["openid"] != mine["openid"]


# -- getUserProfile and the phone number


def test_the_profile_is_asked_for_and_comes_signed_and_sealed(town: Any) -> None:
    phone = Phone(town, kind="mini_program", policies={"profile_era": "legacy"})
    session = phone.session(phone.ask("login")["code"])
    assert "ask" in phone.ask("user_info", {})

    told = phone.ask("user_info", {"decision": "approve"})

    assert set(told) == {"userInfo", "rawData", "signature", "encryptedData", "iv"}
    assert told["userInfo"]["nickName"] == "张三"
    assert decrypt(session["session_key"], told)["unionId"] == session["unionid"]
    signed = hashlib.sha1((told["rawData"] + session["session_key"]).encode()).hexdigest()
    assert told["signature"] == signed


def test_without_a_login_before_there_is_no_profile(mini: Phone) -> None:
    assert mini.ask("user_info", {"decision": "approve"}) == {"error": "session_missing"}


def test_the_number_is_shown_masked_and_its_code_is_spent_by_the_server(mini: Phone) -> None:
    mini.town.api("PUT", f"/users/anna?world={mini.world}", {"nickname": "Anna", "phone": "13812345678"})
    mini.take("anna")
    session = mini.session(mini.ask("login")["code"])
    assert mini.ask("phone_number") == {"ask": {"number": "138****5678"}}

    told = mini.ask("phone_number", {"decision": "approve"})

    token = mini.server("/cgi-bin/token", grant_type="client_credential")["access_token"]
    read = mini.town.http.post(
        f"{mini.town.provider}/wxa/business/getuserphonenumber",
        params={"access_token": token},
        json={"code": told["code"]},
        timeout=10,
    ).json()
    assert read["phone_info"]["phoneNumber"] == "13812345678"
    assert decrypt(session["session_key"], told)["phoneNumber"] == "13812345678"


@pytest.mark.parametrize("what", ["user_info", "phone_number"])
def test_a_no_gives_nothing(mini: Phone, what: str) -> None:
    mini.ask("login")

    assert mini.ask(what, {"decision": "deny"}) == {"denied": True}
    mini.take("zhaoliu")
    mini.ask("login")
    assert mini.ask(what) == {"denied": True}
    assert mini.ask(what, {"decision": "approve"}) == {"denied": True}


def test_a_session_key_is_in_no_answer_of_the_phone(mini: Phone) -> None:
    answers = [mini.post("login").text]
    key = mini.session(json.loads(answers[0])["code"])["session_key"]
    for what in ("session", "user_info", "phone_number"):
        answers += [mini.post(what).text, mini.post(what, {"decision": "approve"}).text]
    answers.append(mini.browser.get(mini.address).text)

    assert [text for text in answers if key in text or 'session_key":' in text] == []


def test_a_mini_program_login_is_one_flow(mini: Phone) -> None:
    mini.session(mini.ask("login")["code"])
    mini.ask("user_info", {"decision": "approve"})
    mini.ask("phone_number", {"decision": "approve"})

    [flow] = mini.flows()
    told = [(m["name"], m["step"], m["channel"], m["outcome"]) for m in mini.exchanges(flow["id"])]
    assert told == [
        ("js_code.given", 2, "front", "ok"),
        ("js_code.given", 4, "front", "ok"),
        ("js_code.redeemed", 5, "back", "ok"),
        ("js_code.redeemed", 6, "back", "ok"),
        ("profile.given", 0, "front", "ok"),
        ("phone.given", 0, "front", "ok"),
    ]
    assert flow["user"] == "zhangsan"


# -- SendAuth


def test_the_sheet_says_what_is_asked_and_a_yes_launches_the_app_with_a_code(app: Phone) -> None:
    sheet = app.auth("xyz&=中")["ask"]
    assert [item["label"] for item in sheet["items"]] == ["获取你的昵称和头像"]

    told = {"rid": sheet["rid"], "user": sheet["user"], "decision": "approve"}
    resp = app.ask("auth", told)["resp"]

    assert {name: resp[name] for name in ("errCode", "state", "lang", "country")} == {
        "errCode": 0,
        "state": "xyz&=中",
        "lang": "zh_CN",
        "country": "CN",
    }
    launched = urlsplit(resp["url"])
    assert (launched.scheme, launched.netloc) == (app.appid, "oauth")
    assert parse_qs(launched.query) == {"code": [resp["code"]], "state": ["xyz&=中"]}


def test_the_code_is_good_for_the_profile_and_the_consent_is_kept(app: Phone) -> None:
    tokens = app.redeem(app.answered("approve")["code"])

    assert tokens["scope"] == "snsapi_userinfo"
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    profile = app.town.http.get(f"{app.town.resource}/sns/userinfo", params=query, timeout=10)
    assert json.loads(profile.content)["nickname"] == "张三"
    [grant] = app.town.api("GET", "/grants", params={"world": app.world, "user": "zhangsan"})
    assert (grant["appid"], grant["scopes"]) == (app.appid, ["snsapi_userinfo"])


def test_who_agreed_before_is_not_asked_again_under_platform_and_is_under_tutorial(town: Any) -> None:
    platform, tutorial = (
        Phone(town, kind="mobile", fidelity=fidelity) for fidelity in ("platform", "tutorial")
    )
    for phone in (platform, tutorial):
        phone.answered("approve")

    assert platform.auth()["resp"]["errCode"] == 0
    assert "ask" in tutorial.auth()


@pytest.mark.parametrize(("decision", "number"), [("deny", -4), ("cancel", -2)])
def test_a_no_is_told_as_the_sdk_tells_it(app: Phone, decision: str, number: int) -> None:
    resp = app.answered(decision, "abc")

    assert (resp["errCode"], resp["code"], resp["state"], resp["url"]) == (number, "", "abc", "")
    [flow] = app.flows()
    assert (flow["outcome"], flow["error"]) == ("refused", "access_denied")


def test_who_always_refuses_is_not_even_asked(town: Any) -> None:
    assert Phone(town, owner="zhaoliu", kind="mobile").auth()["resp"]["errCode"] == -4


@pytest.mark.parametrize(("mode", "number"), [("auto", 0), ("deny", -4)])
def test_the_apps_consent_mode_answers_without_a_sheet(town: Any, mode: str, number: int) -> None:
    phone = Phone(town, kind="mobile", consent={"mode": mode})

    assert phone.auth()["resp"]["errCode"] == number


def test_an_armed_decision_answers_the_next_one(app: Phone) -> None:
    app.town.api("POST", f"/apps/{app.appid}/next", {"user": "lisi", "decision": "approve"})

    assert app.auth()["resp"]["errCode"] == 0
    assert "ask" in app.auth()


@pytest.mark.parametrize(
    "scope", ["snsapi_base", "snsapi_login", "snsapi_userinfo snsapi_base", "", "x" * 9000]
)
def test_another_scope_is_refused_without_a_sheet(app: Phone, scope: str) -> None:
    assert app.auth(scope=scope)["resp"]["errCode"] == -1
    assert (app.flows()[0]["outcome"], app.flows()[0]["error"]) == ("refused", "scope_unknown")


def test_a_state_travels_up_to_1024_bytes(app: Phone) -> None:
    assert app.answered("approve", "中" * 341 + "x")["state"] == "中" * 341 + "x"
    assert app.auth("x" * 1025)["resp"]["errCode"] == -1
    assert app.flows()[0]["error"] == "state_too_long"


@pytest.mark.parametrize(
    ("change", "reason"), [({"disabled": True}, "client_disabled"), ({"banned": True}, "client_banned")]
)
def test_an_app_that_may_not_ask_gets_minus_one_and_the_reason_is_kept(
    app: Phone, change: dict[str, Any], reason: str
) -> None:
    sheet = app.auth()["ask"]
    app.town.api("PATCH", f"/apps/{app.appid}", change)

    assert app.auth()["resp"]["errCode"] == -1
    assert app.flows()[0]["error"] == reason
    told = {"rid": sheet["rid"], "user": sheet["user"], "decision": "approve"}
    assert app.ask("auth", told)["resp"]["errCode"] == -1


def test_an_app_that_nobody_knows_gets_minus_one(app: Phone) -> None:
    app.appid = "wx0000000000000000"

    assert app.auth()["resp"]["errCode"] == -1


def test_an_app_of_another_kind_has_no_such_call(mini: Phone) -> None:
    assert mini.auth()["resp"]["errCode"] == -1
    assert mini.flows()[0]["error"] == "client_kind"


def test_a_mobile_app_asks_on_the_phone_and_on_no_web_page(app: Phone) -> None:
    query = {"appid": app.appid, "redirect_uri": f"{app.appid}://oauth", "response_type": "code"}
    answer = app.browser.get(
        f"{app.town.provider}/connect/oauth2/authorize", **query, scope="snsapi_userinfo"
    )

    assert "wx-error" in answer.text


def test_a_sheet_is_answered_once_by_its_user_in_words_that_there_are(app: Phone) -> None:
    sheet = app.auth()["ask"]
    told = {"rid": sheet["rid"], "user": sheet["user"]}

    for wrong in ({**told, "user": "lisi", "decision": "approve"}, {**told, "decision": "maybe"}):
        assert app.ask("auth", wrong)["resp"]["errCode"] == -1
    assert app.ask("auth", {**told, "decision": "approve"})["resp"]["errCode"] == 0
    assert app.ask("auth", {**told, "decision": "approve"})["resp"]["errCode"] == -1


def test_a_sheet_that_was_shown_to_another_user_is_not_answered(app: Phone) -> None:
    sheet = app.auth()["ask"]
    app.take("lisi")

    told = {"rid": sheet["rid"], "user": sheet["user"], "decision": "approve"}
    assert app.ask("auth", told)["resp"]["errCode"] == -1


def test_a_fault_is_minus_one(app: Phone) -> None:
    app.town.api("POST", f"/apps/{app.appid}/faults", {"endpoint": "authorize", "error": "server_error"})

    assert app.auth()["resp"]["errCode"] == -1
    assert "ask" in app.auth()


def test_an_app_login_is_one_flow(app: Phone) -> None:
    app.redeem(app.answered("approve")["code"])

    [flow] = app.flows()
    told = [(m["name"], m["step"], m["channel"]) for m in app.exchanges(flow["id"]) if m["step"]]
    assert told == [
        ("authorize.requested", 2, "front"),
        ("consent.given", 3, "front"),
        ("consent.given", 4, "front"),
        ("code.redeemed", 5, "back"),
        ("code.redeemed", 6, "back"),
    ]


# -- bad input


@pytest.mark.parametrize("what", ["login", "session", "user_info", "phone_number", "auth"])
def test_a_call_without_the_pages_token_is_refused(mini: Phone, what: str) -> None:
    assert mini.post(what, csrf="").status_code == 400
    assert mini.post(what, csrf="guessed").status_code == 400


@pytest.mark.parametrize("what", ["login", "session", "user_info", "phone_number"])
def test_nobodys_phone_and_unknown_apps_are_told_apart(town: Any, what: str) -> None:
    phone = Phone(town, kind="mini_program")
    town.api("POST", f"/apps/{phone.appid}/next", {"user": "zhangsan", "decision": "approve"})
    own = phone.app
    phone.appid = "wx0000000000000000"
    assert phone.post(what).status_code == 404
    other = town.api("POST", "/apps", {"dialect": "wechat", "kind": "mini_program", "page": PAGE})
    phone.appid = other["appid"]
    assert (phone.post(what).status_code, phone.post(what).json()) == (401, {"error": "nobody"})
    assert own["appid"] != other["appid"]


def test_an_app_asks_nothing_for_nobody(town: Any, app: Phone) -> None:
    other = town.api("POST", "/apps", {"dialect": "wechat", "kind": "mobile", "page": PAGE})
    app.appid = other["appid"]

    assert app.post("auth", {"scope": "snsapi_userinfo"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"decision": 7, "rid": {"a": 1}, "scope": [], "state": null}',
        b'{"scope": "snsapi_userinfo", "state": "\\ud800"}',
        b'{"rid": "\\u0000", "decision": "approve", "user": "\\udfff", "items": 5}',
        b'{"scope": "\\u0000"}',
        b"[" * 5000,
    ],
)
@pytest.mark.parametrize("what", ["login", "session", "user_info", "phone_number", "auth"])
def test_no_body_breaks_it(app: Phone, mini: Phone, what: str, body: bytes) -> None:
    for phone in (app, mini):
        url = f"{phone.town.provider}/connect/phone/{phone.appid}/{what}"
        headers = {"X-CSRFToken": phone.csrf, "Content-Type": "application/json"}
        answer = phone.browser.http.post(url, data=body, headers=headers, timeout=10)
        assert answer.status_code < 500, answer.text


def test_the_pages_token_is_hidden_in_the_trace(mini: Phone) -> None:
    mini.ask("login")

    assert mini.csrf not in json.dumps(mini.exchanges(mini.flows()[0]["id"]))


# -- a secret in the front end (M155, M160)


def notes(phone: Phone, name: str) -> list[str]:
    told = [m for flow in phone.flows() for m in phone.exchanges(flow["id"]) if m["name"] == name]
    return [note["rule"] for m in told for note in m["notes"]]


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:9"}])
def test_redeeming_from_a_page_works_and_is_noted(app: Phone, headers: dict[str, str]) -> None:
    app.town.http.headers.update(headers)
    try:
        tokens = app.redeem(app.answered("approve")["code"])
        app.server(
            "/sns/oauth2/refresh_token", grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        )
    finally:
        for name in headers:
            del app.town.http.headers[name]

    assert tokens["openid"]
    assert notes(app, "code.redeemed") == ["secret_in_front_end"]
    assert notes(app, "token.refreshed") == ["secret_in_front_end"]


def test_jscode2session_from_a_page_works_and_is_noted(mini: Phone) -> None:
    query = {"appid": mini.appid, "secret": mini.secret, "js_code": mini.ask("login")["code"]}
    answer = mini.town.http.get(
        f"{mini.town.provider}/sns/jscode2session",
        params={**query, "grant_type": "authorization_code"},
        headers={"Sec-Fetch-Site": "cross-site"},
        timeout=10,
    )

    assert "openid" in answer.text
    assert notes(mini, "js_code.redeemed") == ["secret_in_front_end"]


def test_what_a_server_asks_is_not_noted(app: Phone, town: Any) -> None:
    mini = Phone(town, kind="mini_program")
    app.redeem(app.answered("approve")["code"])
    mini.session(mini.ask("login")["code"])

    assert notes(app, "code.redeemed") == notes(mini, "js_code.redeemed") == []
