"""The server's side of a mini program (wire.md C, A.6, D.1), over HTTP; decrypted by means of the tests' own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from mini_client import JSON, Mini, assert_refused, decrypt

pytestmark = pytest.mark.thorough

LONG_40001 = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r rid: "
)


@pytest.fixture
def mini(town: Any) -> Mini:
    return Mini(town)


# -- jscode2session (C.1)


@pytest.mark.parametrize("open_platform", ["p", ""])
def test_the_session_answer_has_the_platforms_bytes(town: Any, open_platform: str) -> None:
    mini = Mini(town, open_platform=open_platform)

    answer = mini.exchange(js_code=mini.js_code())

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain")
    unionid = rb',"unionid":"o[\w-]{27}"' if open_platform else b""
    key = rb'"session_key":"(?:[\w+]|\\/){22}=="'
    assert re.fullmatch(rb"\{" + key + rb',"openid":"o[\w-]{27}"' + unionid + rb"\}", answer.content)
    assert len(base64.b64decode(answer.json()["session_key"])) == 16


def test_a_slash_in_a_session_key_is_escaped(mini: Mini) -> None:
    answers = [mini.exchange(js_code=mini.js_code()) for _ in range(25)]  # 1 in 10^4 that none has one

    slashed = [answer for answer in answers if "/" in answer.json()["session_key"]]
    assert slashed
    assert all(b"\\/" in a.content and not re.search(rb"(?<!\\)/", a.content) for a in slashed)


def test_a_js_code_has_the_platforms_shape_and_no_page_was_needed(mini: Mini) -> None:
    assert re.fullmatch(r"0[0-9A-Za-z]{31}", mini.js_code())


def test_a_form_works_and_what_is_not_known_is_ignored(mini: Mini) -> None:
    answer = mini.exchange("POST", js_code=mini.js_code(), access_token="x", redirect_uri="http://x/")

    assert "session_key" in answer.json()


def test_openids_differ_by_app_and_unionids_do_not(mini: Mini) -> None:
    other = Mini(mini.town, world=mini.world)
    first, second = mini.log_in(), other.log_in()

    assert first["unionid"] == second["unionid"]
    assert first["openid"] != second["openid"]


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"secret": None}, 41004, "appsecret missing"),
        ({"js_code": None}, 41008, "missing code"),
        ({"js_code": "", "grant_type": None}, 41008, "missing code"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "password"}, 40002, "invalid grant_type"),
        ({"appid": "wx0000000000000000"}, 40013, "invalid appid"),
        ({"secret": "wrong"}, 40125, "invalid appsecret"),
        ({"secret": "汉字 💥"}, 40125, "invalid appsecret"),
        ({"js_code": "x"}, 40029, "invalid code"),
        ({"js_code": "汉字 \x00 💥"}, 40029, "invalid code"),
    ],
)
def test_refusals_in_the_platforms_order_spend_nothing(
    mini: Mini, changes: dict[str, Any], number: int, message: str
) -> None:
    js_code = mini.js_code()

    assert_refused(mini.exchange(**{"js_code": js_code, **changes}), number, message, sns=True)
    assert "session_key" in mini.exchange(js_code=js_code).json()


def test_a_js_code_works_once(mini: Mini) -> None:
    js_code = mini.js_code()
    mini.exchange(js_code=js_code)

    assert_refused(mini.exchange(js_code=js_code), 40163, "code been used", sns=True)


def test_a_js_code_lives_for_five_minutes(mini: Mini) -> None:
    mini.freeze()
    early, late = mini.js_code("lisi"), mini.js_code()
    mini.advance("4m55s")
    assert "session_key" in mini.exchange(js_code=early).json()
    mini.advance("10s")

    assert_refused(mini.exchange(js_code=late), 40029, "invalid code", sns=True)


@pytest.mark.parametrize("same_world", [True, False])
def test_another_apps_js_code_is_no_code_and_is_not_spent(mini: Mini, same_world: bool) -> None:
    other = Mini(mini.town, **({"world": mini.world} if same_world else {}))
    js_code = mini.js_code()

    assert_refused(other.exchange(js_code=js_code), 40029, "invalid code", sns=True)
    mini.exchange(js_code=js_code)
    assert_refused(other.exchange(js_code=js_code), 40029, "invalid code", sns=True)


def test_a_js_code_is_no_oauth_code_nor_the_other_way_round(mini: Mini, world: Any) -> None:
    query = {"appid": world.appid, "secret": world.secret, "grant_type": "authorization_code"}
    got = mini.ask("GET", "/sns/oauth2/access_token", params={**query, "code": mini.js_code()})
    code = mini.town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]

    assert got.json()["errcode"] == 40029
    assert_refused(mini.exchange(js_code=code), 40029, sns=True)
    assert_refused(mini.exchange(appid=world.appid, secret=world.secret, js_code=code), 40013, sns=True)


def test_a_js_code_that_many_redeem_at_once_gives_one_session(mini: Mini) -> None:
    js_code, barrier = mini.js_code(), threading.Barrier(8)

    def redeem(_: int) -> Any:
        barrier.wait()
        query = {"appid": mini.appid, "secret": mini.secret, "grant_type": "authorization_code"}
        url = f"{mini.town.provider}/sns/jscode2session"
        return requests.get(url, {**query, "js_code": js_code}, timeout=20).json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(redeem, range(8)))

    assert sum("session_key" in answer for answer in answers) == 1
    assert sum(answer.get("errcode") == 40163 for answer in answers) == 7


def test_a_risky_user_is_blocked_and_keeps_the_code(mini: Mini) -> None:
    mini.policies(risk_blocked=True)
    js_code = mini.js_code()
    assert_refused(mini.exchange(js_code=js_code), 40226, "code blocked", sns=True)
    mini.policies(risk_blocked=None)

    assert "session_key" in mini.exchange(js_code=js_code).json()


@pytest.mark.parametrize(
    ("error", "number", "message"),
    [
        ("quota", 45011, "api minute-quota reach limit  mustslower  retry next minute"),
        ("busy", -1, "system error"),
        ("code_used", 40163, "code been used"),
    ],
)
def test_faults_of_the_exchange(mini: Mini, error: str, number: int, message: str) -> None:
    js_code = mini.js_code()
    mini.town.api("POST", f"/apps/{mini.appid}/faults", {"endpoint": "token", "error": error})

    assert_refused(mini.exchange(js_code=js_code), number, message, sns=True)
    assert "session_key" in mini.exchange(js_code=js_code).json()


def test_under_tutorial_the_seeds_numbers_hold(town: Any) -> None:
    mini = Mini(town, fidelity="tutorial")
    js_code = mini.js_code()

    assert mini.exchange(js_code=js_code, secret="x").json() == {
        "errcode": 40001,
        "errmsg": "invalid credential",
    }
    mini.exchange(js_code=js_code)
    assert mini.exchange(js_code=js_code).json() == {"errcode": 40029, "errmsg": "invalid code"}


# -- session_key (C.2, C.3)


def test_each_login_makes_a_new_session_key_and_the_old_one_stops_working(mini: Mini) -> None:
    old = mini.log_in()
    assert decrypt(old["session_key"], mini.page("user_info"))["openId"] == old["openid"]
    new = mini.log_in()

    assert old["session_key"] != new["session_key"]
    sealed = mini.page("user_info")
    assert decrypt(new["session_key"], sealed)["openId"] == new["openid"]
    with pytest.raises(ValueError):
        decrypt(old["session_key"], sealed)
    assert_refused(mini.session_call(old), 87009, "invalid signature")
    assert mini.session_call(new).content == b'{"errcode":0,"errmsg":"ok"}'


def test_what_the_page_encrypts_before_the_exchange_decrypts_after_it(mini: Mini) -> None:
    """The usual page sends js_code and encryptedData together."""
    old, js_code = mini.log_in(), mini.js_code()
    sealed = mini.page("user_info")
    assert_refused(mini.session_call(old), 87009)

    new = mini.exchange(js_code=js_code).json()
    assert decrypt(new["session_key"], sealed)["openId"] == new["openid"]


def test_a_stable_session_key_stays(mini: Mini) -> None:
    mini.policies(stable_session_key=True)
    first, second = mini.log_in(), mini.log_in()

    assert first["session_key"] == second["session_key"]
    assert mini.log_in("lisi")["session_key"] != first["session_key"]


def test_a_session_lives_from_the_users_last_act(mini: Mini) -> None:
    session = mini.log_in()
    mini.advance("2d")
    mini.page("user_info")
    mini.advance("2d")
    assert mini.page("session", method="GET")["valid"] is True
    assert mini.session_call(session).json()["errcode"] == 0
    mini.advance("2d")

    assert mini.page("session", method="GET") == {"valid": False, "expires_at": None}
    assert_refused(mini.session_call(session), 87009)
    mini.page("user_info", status=409)


def test_a_session_can_be_ended(mini: Mini) -> None:
    session = mini.log_in()
    mini.page("session", method="DELETE")

    assert mini.page("session", method="GET")["valid"] is False
    assert_refused(mini.session_call(session), 40003, "invalid openid")


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({"access_token": "83_unknown"}, 40001, LONG_40001),
        ({"openid": None}, 40003, "invalid openid"),
        ({"openid": "o" * 28}, 40003, "invalid openid"),
        ({"openid": "汉字"}, 40003, "invalid openid"),
        ({"sig_method": None}, 87008, "invalid sig_method"),
        ({"sig_method": "md5"}, 87008, "invalid sig_method"),
        ({"signature": None}, 87009, "invalid signature"),
        ({"signature": "0" * 64}, 87009, "invalid signature"),
        ({"signature": "汉字 💥"}, 87009, "invalid signature"),
    ],
)
@pytest.mark.parametrize("path", ["checksession", "resetusersessionkey"])
def test_session_calls_are_refused(
    mini: Mini, path: str, changes: dict[str, Any], number: int, message: str
) -> None:
    session = mini.log_in()

    assert_refused(mini.session_call(session, path, **changes), number, message)
    assert mini.session_call(session).json()["errcode"] == 0


def test_a_session_call_needs_a_token_of_cgi_bin(mini: Mini, world: Any) -> None:
    session = mini.log_in()
    code = mini.town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]
    query = {"appid": world.appid, "secret": world.secret, "code": code, "grant_type": "authorization_code"}
    sns = mini.ask("GET", "/sns/oauth2/access_token", params=query).json()
    account = mini.cgi(appid=world.appid, secret=world.secret).json()["access_token"]

    missing = mini.ask("GET", "/wxa/checksession", params={"openid": session["openid"]})
    assert_refused(missing, 41001, "access_token missing")
    assert_refused(mini.session_call(session, access_token=sns["access_token"]), 40001, LONG_40001)
    assert_refused(mini.session_call(session, access_token=account), 48001, "api unauthorized")
    profile = {"access_token": mini.token(), "openid": session["openid"]}
    answer = mini.town.http.get(f"{mini.town.resource}/sns/userinfo", params=profile, timeout=10)
    assert answer.json()["errcode"] == 40001


def test_the_signature_may_be_upper_case_and_the_openid_in_a_body(mini: Mini) -> None:
    session = mini.log_in()
    signature = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest().upper()
    query = {"access_token": mini.token(), "signature": signature, "sig_method": "hmac_sha256"}
    body = {"openid": session["openid"]}

    for method, options in (("POST", {"json": body}), ("POST", {"data": body}), ("GET", {"json": body})):
        assert mini.ask(method, "/wxa/checksession", params=query, **options).json()["errcode"] == 0
    empty = {"headers": {"Content-Type": "application/json"}, "params": {**query, **body}}
    assert mini.ask("GET", "/wxa/checksession", **empty).json()["errcode"] == 0


def test_a_reset_gives_a_new_key_that_ends_when_the_old_one_would_have(mini: Mini) -> None:
    old = mini.log_in()
    until = mini.page("session", method="GET")["expires_at"]
    mini.advance("1h")

    answer = mini.session_call(old, "resetusersessionkey")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)
    assert list(answer.json()) == ["errcode", "errmsg", "openid", "session_key"]
    assert answer.json()["openid"] == old["openid"]
    assert_refused(mini.session_call(old), 87009)
    assert mini.session_call({**old, "session_key": answer.json()["session_key"]}).json()["errcode"] == 0
    assert mini.page("session", method="GET")["expires_at"] == until


# -- encrypted data (C.4)


def test_a_profile_is_signed_encrypted_and_the_same_for_everybody(mini: Mini) -> None:
    session = mini.log_in()

    told = mini.page("user_info")
    data = decrypt(session["session_key"], told)

    raw = told["rawData"]
    assert told["signature"] == hashlib.sha1((raw + session["session_key"]).encode()).hexdigest()
    assert raw.startswith(
        '{"nickName":"微信用户","gender":0,"language":"","city":"","province":"","country":"","avatarUrl":"http'
    )
    assert told["userInfo"] == {**json.loads(raw), "is_demote": True}
    named = "openId nickName gender language city province country avatarUrl unionId watermark"
    assert list(data) == named.split()
    assert (data["openId"], data["unionId"]) == (session["openid"], session["unionid"])
    assert list(data["watermark"]) == ["timestamp", "appid"]
    assert data["watermark"]["appid"] == mini.appid
    assert isinstance(data["watermark"]["timestamp"], int)


def test_the_fixed_avatar_is_the_platforms_and_loads_offline(town: Any) -> None:
    real, ours = Mini(town, policies={"real_hosts": True}), Mini(town)
    for mini in (real, ours):
        mini.js_code()
    urls = [mini.page("user_info")["userInfo"]["avatarUrl"] for mini in (real, ours)]

    assert urls[0].startswith(
        "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4po"
    )
    assert urls[1] == town.provider + urls[0].removeprefix("https://thirdwx.qlogo.cn")
    assert town.http.get(urls[1], timeout=10).headers["Content-Type"].startswith("image/")


def test_before_2021_a_profile_was_the_users_own(town: Any) -> None:
    mini = Mini(town, fidelity="tutorial", open_platform="")
    session = mini.log_in()

    data = decrypt(session["session_key"], mini.page("user_info"))

    told = {name: data[name] for name in ("nickName", "gender", "language", "city", "province", "country")}
    assert told == {
        "nickName": "张三",
        "gender": 1,
        "language": "zh_CN",
        "city": "深圳",
        "province": "广东",
        "country": "中国",
    }
    assert "unionId" not in data


def test_the_watermark_is_on_the_worlds_clock(mini: Mini) -> None:
    mini.town.api("POST", f"/worlds/{mini.world}/clock", {"set": "2030-01-01T00:00:00Z"})
    session = mini.log_in()

    told = decrypt(session["session_key"], mini.page("user_info"))["watermark"]["timestamp"]
    assert 0 <= told - 1893456000 < 60


# -- phone number (C.5)


def test_the_phone_answer_has_the_platforms_bytes(mini: Mini) -> None:
    mini.town.api("PATCH", f"/users/zhangsan?world={mini.world}", {"phone": "13800000000"})
    told = mini.page("phone_number")

    answer = mini.phone(told["code"])

    assert re.fullmatch(r"[0-9a-f]{64}", told["code"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)
    assert re.fullmatch(
        r'\{"errcode":0,"errmsg":"ok","phone_info":\{"phoneNumber":"13800000000","purePhoneNumber":"13800000000",'
        rf'"countryCode":"86","watermark":\{{"timestamp":\d{{10}},"appid":"{mini.appid}"\}}\}}\}}',
        answer.text,
    )


def test_a_foreign_number_carries_its_country_code(mini: Mini) -> None:
    mini.town.api("PATCH", f"/users/lisi?world={mini.world}", {"phone": "+852 61234567"})

    info = mini.phone(mini.page("phone_number", "lisi")["code"]).json()["phone_info"]

    told = (info["phoneNumber"], info["purePhoneNumber"], info["countryCode"])
    assert told == ("85261234567", "61234567", "852")


def test_the_old_way_encrypts_the_same_four_members(mini: Mini) -> None:
    without = mini.page("phone_number")
    session = mini.log_in()
    told = mini.page("phone_number")

    assert set(without) == {"code", "expires_in"}
    data = decrypt(session["session_key"], told)
    assert list(data) == ["phoneNumber", "purePhoneNumber", "countryCode", "watermark"]
    assert data["phoneNumber"] == mini.phone(told["code"]).json()["phone_info"]["phoneNumber"]


def test_a_phone_code_works_once_and_for_five_minutes(mini: Mini) -> None:
    code, late = mini.page("phone_number")["code"], mini.page("phone_number")["code"]
    assert mini.phone(code).json()["errcode"] == 0
    assert_refused(mini.phone(code), 40029, "invalid code hint: [")
    mini.advance("5m1s")

    assert_refused(mini.phone(late), 40029, "invalid code hint: [")


@pytest.mark.parametrize("code", [None, "", 7, ["x"], "x", "汉字 💥", "a" * 5000])
def test_no_phone_code(mini: Mini, code: Any) -> None:
    assert_refused(mini.phone(code), 40029, "invalid code hint: [")


def test_a_js_code_is_no_phone_code(mini: Mini) -> None:
    js_code = mini.js_code()

    assert_refused(mini.phone(js_code), 40029)
    assert "session_key" in mini.exchange(js_code=js_code).json()


def test_refused_phone_calls_spend_nothing(mini: Mini) -> None:
    other = Mini(mini.town, world=mini.world)
    openid, code = mini.log_in()["openid"], mini.page("phone_number")["code"]
    query, body = {"access_token": mini.token()}, {"code": code}
    path = "/wxa/business/getuserphonenumber"

    assert_refused(mini.ask("GET", path, params={**query, **body}), 43002, "require POST method")
    assert_refused(mini.ask("POST", path, json=body), 41001, "access_token missing")
    assert_refused(mini.phone(code, "83_unknown"), 40001, LONG_40001)
    assert_refused(mini.ask("POST", path, params=query, data="{"), 47001, "data format error")
    assert_refused(mini.ask("POST", path, params=query, data="[" * 60000), 47001)
    assert_refused(other.phone(code), 40013, "invalid appid")
    assert_refused(mini.phone(code, openid="o" * 28), 40003, "invalid openid")
    assert mini.phone(code, openid=openid).json()["errcode"] == 0


@pytest.mark.parametrize(
    ("endpoint", "error", "number"),
    [
        ("phone", "quota", 45011),
        ("phone", "busy", -1),
        ("phone", "server_error", -1),
        ("phone", "token_expired", 42001),
        ("phone", "token_unknown", 40001),
        ("session", "quota", 45011),
        ("session", "busy", -1),
        ("session", "server_error", -1),
        ("session", "token_expired", 42001),
        ("session", "token_unknown", 40001),
        ("cgi_token", "quota", 45009),
        ("cgi_token", "busy", -1),
        ("cgi_token", "server_error", -1),
        ("cgi_token", "invalid_client", 40125),
    ],
)
def test_faults_of_the_servers_calls(mini: Mini, endpoint: str, error: str, number: int) -> None:
    session, token = mini.log_in(), mini.token()
    code = mini.page("phone_number")["code"]
    calls: dict[str, Any] = {
        "phone": lambda: mini.phone(code, token),
        "session": lambda: mini.session_call(session, access_token=token),
        "cgi_token": mini.cgi,
    }
    mini.town.api("POST", f"/apps/{mini.appid}/faults", {"endpoint": endpoint, "error": error})

    assert_refused(calls[endpoint](), number)
    assert "errcode" not in calls[endpoint]().json() or calls[endpoint]().json()["errcode"] in (0, 40029)


# -- cgi tokens (C.6)


def test_the_token_answer_has_the_platforms_bytes(mini: Mini) -> None:
    for answer in (mini.cgi(), mini.stable()):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, JSON)
        assert re.fullmatch(rb'\{"access_token":"83_[\w-]{133}","expires_in":7200\}', answer.content)


def test_an_official_account_has_cgi_tokens_too_a_website_has_none(mini: Mini, world: Any) -> None:
    website = world.new_app(dialect="wechat", kind="website")

    assert "access_token" in mini.cgi(appid=world.appid, secret=world.secret).json()
    assert_refused(mini.cgi(appid=website["appid"], secret=website["secret"]), 40013, "invalid appid")


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": "wx0000000000000000", "grant_type": None}, 40013, "invalid appid"),
        ({"grant_type": None}, 40002, "invalid grant_type"),
        ({"grant_type": "authorization_code"}, 40002, "invalid grant_type"),
        ({"secret": None}, 41004, "appsecret missing"),
        ({"secret": "wrong"}, 40125, "invalid appsecret rid: "),
        ({"secret": "汉字 💥"}, 40125, "invalid appsecret"),
    ],
)
@pytest.mark.parametrize("space", ["cgi", "stable"])
def test_token_calls_are_refused_in_the_platforms_order(
    mini: Mini, space: str, changes: dict[str, Any], number: int, message: str
) -> None:
    assert_refused(getattr(mini, space)(**changes), number, message)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (40164, "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: "),
        (40243, ""),
        (45009, "reach max api daily quota limit"),
        (50004, ""),
        (50007, ""),
        (89503, ""),
    ],
)
def test_an_account_that_may_not_have_a_token(mini: Mini, number: int, message: str) -> None:
    mini.policies(cgi_token_error=number)

    assert_refused(mini.cgi(), number, message)
    assert_refused(mini.stable(), number, message)


def test_a_stable_token_is_posted_as_json(mini: Mini) -> None:
    form = {"appid": mini.appid, "secret": mini.secret, "grant_type": "client_credential"}

    assert_refused(mini.ask("GET", "/cgi-bin/stable_token", params=form), 43002, "require POST method")
    for body in ("{", "[]", "null", "", "7", json.dumps({**form, "secret": 1}), "[" * 60000):
        assert_refused(mini.ask("POST", "/cgi-bin/stable_token", data=body), 47001, "data format error")
    assert_refused(mini.stable(force_refresh="yes"), 47001)


def works(mini: Mini, token: str) -> int:
    """0 where a cgi token is good: the call gets past it, and fails for the openid."""
    number: int = mini.ask("GET", "/wxa/checksession", params={"access_token": token}).json()["errcode"]
    return 0 if number == 40003 else number


def test_a_token_call_makes_a_new_token_and_leaves_the_old_one_five_minutes(mini: Mini) -> None:
    mini.freeze()
    old, new = mini.token(), mini.token()
    assert old != new
    mini.advance("4m55s")
    assert (works(mini, old), works(mini, new)) == (0, 0)
    mini.advance("10s")

    assert (works(mini, old), works(mini, new)) == (40001, 0)
    mini.advance("2h")
    assert works(mini, new) == 42001


def test_a_new_secret_ends_the_tokens_that_the_old_one_got(mini: Mini) -> None:
    token, stable = mini.token(), mini.stable().json()["access_token"]

    mini.secret = mini.town.api("POST", f"/apps/{mini.appid}/secret")["secret"]

    assert (works(mini, token), works(mini, stable)) == (40001, 40001)
    assert works(mini, mini.token()) == 0


def test_an_app_that_was_deleted_and_made_again_finds_nothing_of_the_old_one(mini: Mini) -> None:
    token, session = mini.token(), mini.log_in()
    other = mini.town.api(
        "POST", "/apps", {"world": mini.world, "dialect": "wechat"}
    )  # so that the world stays

    mini.town.api("DELETE", f"/apps/{mini.appid}")
    again = {"world": mini.world, "dialect": "wechat", "kind": "mini_program", "secret": mini.secret}
    mini.town.api("PUT", f"/apps/{mini.appid}", again)

    assert other["world"] == mini.world
    assert works(mini, token) == 40001
    assert mini.session_call(session).json()["errcode"] == 40003


def test_a_stable_token_is_the_same_until_five_minutes_before_its_end(mini: Mini) -> None:
    first = mini.stable().json()
    mini.advance("1h54m")
    again = mini.stable().json()
    mini.advance("2m")
    renewed = mini.stable().json()

    assert again["access_token"] == first["access_token"]
    assert 300 <= again["expires_in"] <= 360
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200
    assert (works(mini, first["access_token"]), works(mini, renewed["access_token"])) == (0, 0)
    mini.advance("5m")
    assert (works(mini, first["access_token"]), works(mini, renewed["access_token"])) == (42001, 0)


def test_force_refresh_kills_the_old_token_at_once(mini: Mini) -> None:
    old = mini.stable().json()["access_token"]
    new = mini.stable(force_refresh=True).json()["access_token"]

    assert (works(mini, old), works(mini, new)) == (40001, 0)
    assert mini.stable(force_refresh=False).json()["access_token"] == new


def test_force_refresh_is_for_rare_days(mini: Mini) -> None:
    """wire.md C.6: 30 s apart, 20 times in a day; a refusal leaves the token as it is."""
    mini.freeze()
    token = mini.stable(force_refresh=True).json()["access_token"]
    mini.advance("29s")
    assert_refused(mini.stable(force_refresh=True), 45011, "api minute-quota reach limit")
    assert mini.stable().json()["access_token"] == token
    for _ in range(19):
        mini.advance("30s")
        token = mini.stable(force_refresh=True).json()["access_token"]
    mini.advance("10m")
    assert_refused(mini.stable(force_refresh=True), 45009, "reach max api daily quota limit")
    assert works(mini, token) == 0
    mini.advance("1d")

    assert "access_token" in mini.stable(force_refresh=True).json()


def test_under_the_tutorial_force_refresh_is_not_counted(town: Any) -> None:
    mini = Mini(town, fidelity="tutorial")

    tokens = {mini.stable(force_refresh=True).json()["access_token"] for _ in range(22)}

    assert len(tokens) == 22


def test_the_two_spaces_are_apart(mini: Mini) -> None:
    plain, stable = mini.token(), mini.stable().json()["access_token"]
    mini.stable(force_refresh=True)
    mini.token()
    mini.advance("1m")

    assert (works(mini, plain), works(mini, stable)) == (0, 40001)


def test_many_stable_calls_at_once_give_one_token(mini: Mini) -> None:
    barrier = threading.Barrier(8)
    body = {"appid": mini.appid, "secret": mini.secret, "grant_type": "client_credential"}

    def ask(_: int) -> str:
        barrier.wait()
        url = f"{mini.town.provider}/cgi-bin/stable_token"
        return str(requests.post(url, json=body, timeout=20).json()["access_token"])

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(ask, range(8)))

    assert len(tokens) == 1


# -- trace, isolation, control API


def test_the_exchange_is_traced_and_its_secrets_are_masked(mini: Mini) -> None:
    js_code = mini.js_code()
    answer = mini.exchange(js_code=js_code)
    session = answer.json()
    call = mini.session_call(session, "resetusersessionkey")
    code = mini.page("phone_number")["code"]
    mini.phone(code)

    flow = answer.headers["X-Ninestep-Flow"]
    assert call.headers["X-Ninestep-Flow"] == flow
    text = json.dumps(mini.town.api("GET", f"/flows/{flow}/exchanges"), ensure_ascii=False)
    for name in ("js_code.redeemed", "session.reset", "phone.read", "js_code spent by this request"):
        assert name in text
    for secret in (js_code, session["session_key"], call.json()["session_key"], code, mini.secret):
        for spelling in (secret, json.dumps(secret)[1:-1], secret.replace("/", "\\\\/"), secret[:10]):
            assert spelling not in text
    assert "access_token=83_" not in text


def test_the_token_calls_of_an_app_are_one_flow(mini: Mini) -> None:
    answers = [mini.cgi(), mini.cgi()]
    flows = {answer.headers["X-Ninestep-Flow"] for answer in answers}

    assert len(flows) == 1
    text = json.dumps(mini.town.api("GET", f"/flows/{flows.pop()}/exchanges"))
    assert "cgi_token.issued" in text
    assert answers[0].json()["access_token"] not in text


def test_resetting_a_world_ends_sessions_tokens_and_codes(mini: Mini) -> None:
    session, token, js_code = mini.log_in(), mini.token(), mini.js_code("lisi")
    mini.town.api("POST", "/reset", {"world": mini.world})

    assert works(mini, token) == 40001
    assert_refused(mini.exchange(js_code=js_code), 40029, sns=True)
    assert_refused(mini.session_call(session), 40003)


def test_the_control_calls_are_for_mini_programs_and_known_users(mini: Mini, world: Any) -> None:
    api = mini.town.api
    api("POST", f"/apps/{world.appid}/js_codes", {"user": "zhangsan"}, status=422)
    api("POST", f"/apps/{mini.appid}/js_codes", {"user": "nobody"}, status=422)
    api("POST", f"/apps/{mini.appid}/js_codes", {"who": "zhangsan"}, status=422)
    api("POST", "/apps/wx0000000000000000/js_codes", {}, status=404)
    for what in ("user_info", "phone_number"):
        mini.page(what, "nobody", status=422)
    refused = mini.page("user_info", status=409)
    assert "no session" in refused["detail"]
    documented = api("GET", "/openapi.json")["paths"]
    assert "/_mock/api/apps/{appid}/mini_program/{user}/phone_number" in documented


@pytest.mark.parametrize("path", ["/sns/jscode2session", "/cgi-bin/token", "/wxa/checksession"])
def test_head_is_refused(mini: Mini, path: str) -> None:
    assert mini.ask("HEAD", path).status_code == 405
