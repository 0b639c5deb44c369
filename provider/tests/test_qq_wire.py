"""The wire of QQ Connect's login, byte by byte (wire.md E.1–E.3, E.5, §0.3, §8.2, §11.8), over HTTP."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from browser import Browser
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.dialects.qq import errors
from qq_client import CALLBACK, HEX, QQ, error, registered, told

pytestmark = pytest.mark.thorough


@pytest.fixture
def qq(town: Any) -> QQ:
    return registered(town)


# -- the app


def test_an_appid_has_nine_digits_and_tokens_live_ninety_days(qq: QQ) -> None:
    assert re.fullmatch(r"10[1-9]\d{6}|[1-9]\d{8}", qq.appid)
    assert qq.app["kind"] == "web"
    assert qq.app["ttl"] == {"code": 600, "access": 7776000, "refresh": 7776000}


@pytest.mark.parametrize("kind", ["web", "mobile"])
def test_both_kinds_log_in(town: Any, kind: str) -> None:
    assert registered(town, kind=kind).tokens()["access_token"]


# -- authorize (E.1)


def test_a_yes_is_a_redirect_with_code_and_state(qq: QQ) -> None:
    location = qq.authorize().headers["Location"]

    assert re.fullmatch(re.escape(CALLBACK) + rf"\?code={HEX}&state=s", location)


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": None},
        {"scope": ""},
        {"scope": "get_user_info"},
        {"scope": "get_user_info,get_unionId,get_vip_info,list_album"},
        {"scope": "get_user_info get_user_email"},
        {"scope": "not_a_scope"},
        {"display": ""},
        *({"display": name} for name in ("pc", "mobile", "nonsense")),
        {"which": "Login"},
        {"g_ut": "2"},
        {"state": None},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
    ids=str,
)
def test_parameters_of_authorize_that_may_be_there_or_not(qq: QQ, changes: dict[str, Any]) -> None:
    assert "code=" in qq.authorize(**changes).headers["Location"]


def test_show_is_another_name_of_authorize(qq: QQ) -> None:
    location = qq.authorize("/oauth2.0/show", which="Login", display="pc").headers["Location"]

    assert re.fullmatch(re.escape(CALLBACK) + rf"\?code={HEX}&state=s", location)


@pytest.mark.parametrize("state", ["", "a b+c", "https://x.test/?a=1&b=汉字#f", "%2B", None])
def test_state_comes_back_unchanged(qq: QQ, state: str | None) -> None:
    location = qq.authorize(state=state).headers["Location"]

    assert dict(parse_qsl(urlsplit(location).query)).get("state") == (state or None)


def test_the_redirect_uri_keeps_its_own_query_and_fragment(town: Any) -> None:
    own = "http://127.0.0.1/cb?a=%2F&b#/route"
    qq = registered(town, redirect_uris=[own])

    location = qq.authorize(redirect_uri=own).headers["Location"]

    assert re.fullmatch(rf"http://127\.0\.0\.1/cb\?a=%2F&b&code={HEX}&state=s#/route", location)


@pytest.mark.parametrize(
    ("changes", "number", "text"),
    [
        ({"client_id": None}, 100001, "param client_id is wrong or lost"),
        ({"client_id": "101000000"}, 100008, "client id is illegal"),
        ({"client_id": "汉字"}, 100008, "client id is illegal"),
        ({"redirect_uri": None}, 100010, "redirect uri is illegal"),
        ({"redirect_uri": CALLBACK + "/more"}, 100010, "redirect uri is illegal"),
        ({"redirect_uri": "http://evil.test/callback"}, 100010, "redirect uri is illegal"),
        ({"redirect_uri": "javascript:alert(1)"}, 100010, "redirect uri is illegal"),
    ],
    ids=str,
)
def test_a_bad_client_or_redirect_uri_is_a_page(
    qq: QQ, changes: dict[str, Any], number: int, text: str
) -> None:
    response = qq.authorize(**changes)

    assert response.status_code == 200
    assert "Location" not in response.headers
    assert f'data-testid="wx-error-title">{text}({number})<' in response.text


@pytest.mark.parametrize("field", ["disabled", "banned"])
def test_an_app_that_is_offline_is_a_page(qq: QQ, field: str) -> None:
    qq.change(**{field: True})

    assert "app is not online(100011)" in qq.authorize().text


@pytest.mark.parametrize("kind", ["code token", "nonsense", "", None])
def test_a_wrong_response_type_is_told_by_redirect(qq: QQ, kind: str | None) -> None:
    location = qq.authorize(response_type=kind).headers["Location"]

    text = "param%20response_type%20is%20wrong%20or%20lost%20"
    assert location == f"{CALLBACK}?error=100000&error_description={text}&state=s"


@pytest.mark.parametrize(("state", "tail"), [("s", "&state=s"), (None, "")])
@pytest.mark.parametrize(
    ("refusal", "display", "back"),
    [
        ("platform", "mobile", True),
        ("platform", "pc", False),
        ("platform", None, False),
        ("usercancel", "pc", True),
        ("none", "mobile", False),
    ],
)
def test_a_no_goes_back_from_a_phone_and_closes_the_page_on_a_pc(
    qq: QQ, refusal: str, display: str | None, back: bool, state: str | None, tail: str
) -> None:
    qq.change(consent={"mode": "deny"}, policies={"refusal": refusal})

    response = qq.authorize(display=display, state=state)

    if back:
        assert response.headers["Location"] == f"{CALLBACK}?usercancel=1{tail}"
    else:
        assert response.status_code == 200
        assert 'data-testid="wx-done"' in response.text


@pytest.mark.parametrize(
    ("rule", "uri", "good"),
    [
        ("exact", "https://app.test/cb", True),
        ("exact", "https://app.test/cb/", False),
        ("exact", "https://app.test/cb?x=1", False),
        ("prefix", "https://app.test/cb", True),
        ("prefix", "https://app.test/cb/more?x=1", True),
        ("prefix", "https://app.test/cb?x=1", True),
        ("prefix", "https://app.test/cbx", False),
        ("prefix", "https://app.test/cb/../other", False),
        ("prefix", "https://app.test/cb/%2E%2e/other", False),
        ("prefix", "https://app.test.evil.test/cb", False),
        ("prefix", "http://app.test/cb", False),
        ("domain", "https://app.test/other", True),
        ("domain", "http://www.app.test:8080/other", True),
        ("domain", "https://notapp.test/cb", False),
        ("domain", "https://app.test.evil.test/cb", False),
        ("domain", "https://app.test@evil.test/cb", False),
        ("domain", "https://evil.test\\.app.test/cb", False),
    ],
)
def test_how_a_redirect_uri_is_compared_is_a_policy(town: Any, rule: str, uri: str, good: bool) -> None:
    qq = registered(town, redirect_uris=["https://app.test/cb"], policies={"redirect_match": rule})

    response = qq.authorize(redirect_uri=uri)

    assert (response.status_code == 302) is good
    assert ("(100010)" in response.text) is not good


def test_pkce_counts_only_where_the_app_wants_it(qq: QQ) -> None:
    qq.change(policies={"require_pkce": True})

    location = qq.authorize().headers["Location"]

    assert "error=100000&error_description=param%20code_challenge" in location


# -- the pages


def _to_consent(qq: QQ, browser: Browser, **changes: Any) -> requests.Response:
    login = browser.follow(browser.get(f"{qq.town.provider}/oauth2.0/authorize", **qq.query(**changes)))
    return browser.follow(browser.submit(login, persona="zhangsan"))


@pytest.fixture
def asking(town: Any) -> QQ:
    return registered(town, consent={"mode": "ask"})


def test_a_person_logs_in_and_unticks_what_the_app_need_not_have(asking: QQ) -> None:
    browser = Browser()
    query = asking.query(scope="get_user_info,get_user_email,get_user_phone")
    login = browser.follow(browser.get(f"{asking.town.provider}/oauth2.0/authorize", **query))
    assert urlsplit(login.url).path == "/oauth2.0/login"
    assert "QQ登录" in login.text
    consent = browser.follow(browser.submit(login, username="lisi", password="ninestep"))
    assert urlsplit(consent.url).path == "/oauth2.0/consent"
    for label in ("获得你的昵称、头像、性别", "获得你的邮箱地址", "获得你的手机号"):
        assert label in consent.text
    assert re.search(r'type="checkbox"[^>]*value="get_user_email"', consent.text)
    assert not re.search(r'type="checkbox"[^>]*value="get_user_info"', consent.text)

    done = browser.submit(consent, decision="approve", scope=["get_user_phone"])

    assert done.status_code == 303
    code = parse_qs(urlsplit(done.headers["Location"]).query)["code"][0]
    tokens = asking.token(code=code, fmt="json", need_openid="1").json()
    assert _rets(asking, tokens) == [0, 100030, 0]


def test_scope_items_can_be_switched_off(asking: QQ) -> None:
    asking.change(policies={"scope_items": False})

    assert 'type="checkbox"' not in _to_consent(asking, Browser(), scope="get_user_info,get_user_email").text


@pytest.mark.parametrize(("display", "status"), [("pc", 200), ("mobile", 303)])
def test_cancel_on_the_consent_page(asking: QQ, display: str, status: int) -> None:
    browser = Browser()
    consent = _to_consent(asking, browser, display=display)
    assert ("qq--mobile" in consent.text) is (display == "mobile")

    done = browser.submit(consent, decision="deny")

    assert done.status_code == status
    if status == 303:
        assert done.headers["Location"] == f"{CALLBACK}?usercancel=1&state=s"
    else:
        assert "Location" not in done.headers


@pytest.mark.parametrize("remembered", [True, False])
def test_an_earlier_consent_is_remembered(asking: QQ, remembered: bool) -> None:
    asking.change(policies={"remember_consent": remembered})
    browser = Browser()
    browser.submit(_to_consent(asking, browser), decision="approve")

    again = browser.get(f"{asking.town.provider}/oauth2.0/authorize", **asking.query())

    assert ("code=" in again.headers["Location"]) is remembered


def test_the_login_page_without_a_password(asking: QQ) -> None:
    asking.change(policies={"login_page": "picker"})
    browser = Browser()

    login = browser.follow(
        browser.get(f"{asking.town.provider}/oauth2.0/authorize", **asking.query(lang="en"))
    )

    assert 'type="password"' not in login.text
    assert "wx-persona-zhangsan" in login.text


def test_the_pages_speak_english_too(asking: QQ) -> None:
    browser = Browser()
    browser.http.headers["Accept-Language"] = "en"

    consent = _to_consent(asking, browser)

    assert "QQ authorization" in consent.text
    assert "See your nickname, avatar and gender" in consent.text


# -- token (E.2)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_answer_is_a_query_string(qq: QQ, method: str) -> None:
    response = qq.token(method, code=qq.code())

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html"
    assert re.fullmatch(
        rf"access_token={HEX}&expires_in=7776000&refresh_token={HEX}".encode(), response.content
    )


def test_a_token_answer_in_json_has_its_lifetime_as_a_string(qq: QQ) -> None:
    response = qq.token(code=qq.code(), fmt="json")

    assert re.fullmatch(
        rf'\{{"access_token":"{HEX}","expires_in":"7776000","refresh_token":"{HEX}"\}}'.encode(),
        response.content,
    )


def test_need_openid_puts_the_openid_last(qq: QQ) -> None:
    openid = told(qq.me(qq.tokens()["access_token"]))["openid"]

    plain = qq.token(code=qq.code(), need_openid="1").text
    in_json = qq.token(code=qq.code(), need_openid="1", fmt="json").text

    assert plain.endswith(f"&openid={openid}")
    assert in_json.endswith(f',"openid":"{openid}"}}')


def test_form_and_query_are_read_together(qq: QQ) -> None:
    url = f"{qq.town.provider}/oauth2.0/token?fmt=json&client_id={qq.appid}&client_secret={qq.secret}"
    form = {"code": qq.code(), "grant_type": "authorization_code", "redirect_uri": CALLBACK}

    assert requests.post(url, data=form, timeout=10).json()["access_token"]


def test_docs_and_captures_disagree_on_the_lifetime_so_it_can_be_set(qq: QQ) -> None:
    qq.change(ttl={"access": 5184000})

    assert qq.tokens()["expires_in"] == "5184000"


@pytest.mark.parametrize("fmt", [None, "json"])
@pytest.mark.parametrize(
    ("changes", "number", "text"),
    [
        ({"client_id": None}, 100001, "param client_id is wrong or lost "),
        ({"client_secret": None}, 100002, "param client_secret is wrong or lost "),
        ({"grant_type": None}, 100004, "param grant_type is wrong or lost "),
        ({"grant_type": "password"}, 100004, "param grant_type is wrong or lost "),
        ({"code": None}, 100005, "param code is wrong or lost "),
        ({"code": ""}, 100005, "param code is wrong or lost "),
        ({"grant_type": "refresh_token"}, 100006, "param refresh token is wrong or lost "),
        ({"client_id": "101000000"}, 100008, "client id is illegal"),
        ({"client_secret": "wrong"}, 100009, "client secret is illegal"),
        ({"client_secret": "汉字"}, 100009, "client secret is illegal"),
        ({"redirect_uri": None}, 100010, "redirect uri is illegal"),
        ({"redirect_uri": CALLBACK + "/"}, 100019, "code to access token error"),
        ({"code": "0" * 32}, 100019, "code to access token error"),
        (
            {"grant_type": "refresh_token", "refresh_token": "0" * 32},
            100022,
            "get refresh token error",
        ),
    ],
    ids=str,
)
def test_what_the_token_endpoint_refuses_spends_nothing(
    qq: QQ, changes: dict[str, Any], number: int, text: str, fmt: str | None
) -> None:
    code = qq.code()

    response = qq.token(**{"code": code, "fmt": fmt, **changes})

    expected = f'{{"error":{number},"error_description":"{text}"}}'
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html"
    assert response.content.decode() == (expected if fmt else f"callback( {expected} );\n")
    assert "access_token=" in qq.token(code=code).text


@pytest.mark.parametrize("field", ["disabled", "banned"])
def test_an_app_that_is_offline_gets_no_token(qq: QQ, field: str) -> None:
    code = qq.code()
    qq.change(**{field: True})

    assert error(qq.token(code=code)) == (100011, "app is not online")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(qq: QQ, method: str) -> None:
    for path in ("/oauth2.0/token", "/oauth2.0/me"):
        assert error(requests.request(method, qq.town.provider + path, timeout=10))[0] == 100012


def test_a_code_is_good_once_and_a_replay_takes_nothing_back(qq: QQ) -> None:
    code = qq.code()
    tokens = qq.token(code=code, fmt="json").json()

    assert error(qq.token(code=code)) == (100020, "code is reused error")
    assert told(qq.me(tokens["access_token"]))["client_id"] == qq.appid


def test_of_many_who_redeem_one_code_one_gets_a_token(qq: QQ) -> None:
    code = qq.code()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: qq.token(code=code).text, range(8)))

    refused = [text for text in answers if not text.startswith("access_token=")]
    assert len(refused) == 7
    assert all("100020" in text for text in refused)


def test_a_code_lives_ten_minutes(qq: QQ) -> None:
    late = qq.code()
    qq.advance("601s")

    assert error(qq.token(code=late)) == (100019, "code to access token error")


def test_a_code_of_another_app_is_refused(qq: QQ, town: Any) -> None:
    assert error(qq.token(code=registered(town).code()))[0] == 100019


def test_pkce_verifier_counts_where_the_app_wants_it(qq: QQ) -> None:
    qq.change(policies={"require_pkce": True})
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
    code = qq.code(code_challenge=challenge, code_challenge_method="S256")

    assert error(qq.token(code=code, code_verifier="v" * 43))[0] == 100019
    assert (
        "access_token="
        in qq.token(code=code, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").text
    )


# -- refresh (E.2)


def test_a_refresh_gives_a_new_pair_in_the_same_shape(qq: QQ) -> None:
    first = qq.tokens()

    plain = qq.refresh(first["refresh_token"])

    assert re.fullmatch(rf"access_token={HEX}&expires_in=7776000&refresh_token={HEX}", plain.text)
    second = dict(parse_qsl(plain.text))
    third = qq.refresh(second["refresh_token"], fmt="json").json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert told(qq.me(third["access_token"]))["openid"] == first["openid"]


def test_a_refresh_token_is_good_once(qq: QQ) -> None:
    used = qq.tokens()["refresh_token"]
    qq.refresh(used)

    assert error(qq.refresh(used)) == (100021, "get access token error")


def test_a_refresh_needs_the_secret_and_its_own_app(qq: QQ, town: Any) -> None:
    token = qq.tokens()["refresh_token"]

    assert error(qq.refresh(token, client_secret=None))[0] == 100002
    assert error(qq.refresh(token, client_secret="wrong"))[0] == 100009
    assert error(registered(town).refresh(token))[0] == 100022
    assert "access_token=" in qq.refresh(token).text


def test_a_chain_of_refreshes_ends_three_months_after_the_login(qq: QQ) -> None:
    token = qq.tokens()["refresh_token"]
    for _ in range(2):
        qq.advance("44d")
        token = qq.refresh(token, fmt="json").json()["refresh_token"]

    qq.advance("3d")

    assert error(qq.refresh(token)) == (100021, "get access token error")


def test_after_a_withdrawn_consent_nothing_is_refreshed(qq: QQ) -> None:
    token = qq.tokens()["refresh_token"]
    _withdraw(qq)

    assert error(qq.refresh(token)) == (100021, "get access token error")


# -- me (E.3)


def test_me_answers_the_golden_bytes(qq: QQ) -> None:
    response = qq.me(qq.tokens()["access_token"])

    assert response.headers["Content-Type"] == "text/html"
    pattern = rf'callback\( \{{"client_id":"{qq.appid}","openid":"{HEX}"\}} \);\n'
    assert re.fullmatch(pattern.encode(), response.content)


def test_six_ways_to_read_the_golden_bytes(qq: QQ) -> None:
    """social-core, JustAuth, casdoor, Java templates, grant (wire.md §8.2)."""
    response = qq.me(qq.tokens()["access_token"])
    text, openid = response.text, told(response)["openid"]

    assert json.loads(text[10:-3])["openid"] == openid
    assert json.loads(text.strip()[9:-3])["openid"] == openid
    bare = text.replace("callback", "").replace("(", "").replace(")", "").replace(";", "")
    assert json.loads(bare)["openid"] == openid
    assert re.findall(r'"openid":"(.*?)"}', text) == [openid]
    assert json.loads(re.search(r"{.+}", text)[0])["openid"] == openid  # type: ignore[index]


@pytest.mark.parametrize("query", [{}, {"unionid": "0"}, {"unionid": ""}])
def test_me_in_json_is_the_object_alone(qq: QQ, query: dict[str, str]) -> None:
    response = qq.me(qq.tokens()["access_token"], fmt="json", **query)

    assert re.fullmatch(rf'\{{"client_id":"{qq.appid}","openid":"{HEX}"\}}'.encode(), response.content)


def test_the_unionid_is_given_to_who_asks_and_is_the_same_for_a_companys_apps(qq: QQ, town: Any) -> None:
    other = registered(town)
    mine = told(qq.me(qq.tokens()["access_token"], unionid="1"))
    theirs = told(other.me(other.tokens()["access_token"], unionid="1"))

    assert list(mine) == ["client_id", "openid", "unionid"]
    assert re.fullmatch(rf"UID_{HEX}", mine["unionid"])
    assert mine["unionid"] == theirs["unionid"]
    assert mine["openid"] != theirs["openid"]


@pytest.mark.parametrize(
    ("fields", "scope", "good"),
    [
        ({}, None, True),
        ({}, "get_user_info,get_unionId", True),
        ({"open_platform": ""}, "get_user_info,get_unionId", False),
        ({"scopes": ["get_user_info"]}, "get_user_info,get_unionId", False),
        ({"policies": {"unionid_by_scope": True}}, None, False),
        ({"policies": {"unionid_by_scope": True}}, "get_user_info,get_unionId", True),
    ],
    ids=str,
)
def test_who_may_have_a_unionid(town: Any, fields: dict[str, Any], scope: str | None, good: bool) -> None:
    qq = registered(town, **fields)

    response = qq.me(qq.tokens(scope=scope)["access_token"], unionid="1")

    if good:
        assert "unionid" in told(response)
    else:
        assert error(response) == (100048, "companyid not set")


def _expire(qq: QQ) -> None:
    qq.advance("91d")


def _revoke(qq: QQ) -> None:
    [access] = [t for t in qq.town.api("GET", f"/apps/{qq.appid}/tokens") if t["kind"] == "access"]
    qq.town.api("POST", f"/tokens/{access['id']}", {"revoke": True})


def _withdraw(qq: QQ) -> None:
    qq.town.api("DELETE", "/grants", params={"app": qq.appid, "user": "zhangsan"})


@pytest.mark.parametrize(
    ("kill", "number", "text"),
    [
        (_expire, 100014, "access token expired"),
        (_revoke, 100013, "access token is illegal"),
        (_withdraw, 100015, "access token is abolished"),
    ],
)
@pytest.mark.parametrize("check", ["store", "introspect"])
def test_a_dead_token_is_refused_in_both_halves(
    qq: QQ, kill: Any, number: int, text: str, check: str
) -> None:
    qq.change(policies={"token_check": check})
    tokens = qq.tokens()
    kill(qq)

    assert error(qq.me(tokens["access_token"])) == (number, text)
    bare = json.dumps({"error": number, "error_description": text}, separators=(",", ":"))
    assert qq.me(tokens["access_token"], fmt="json").text == bare
    answer = qq.user(
        access_token=tokens["access_token"], oauth_consumer_key=qq.appid, openid=tokens["openid"]
    )
    assert answer.json() == {"ret": number, "msg": text}


@pytest.mark.parametrize("token", ["0" * 32, "汉字", "\0", "a" * 5000])
def test_me_with_a_token_that_nobody_gave(qq: QQ, token: str) -> None:
    assert error(qq.me(token)) == (100016, "access token check failed")


@pytest.mark.parametrize("token", [None, ""])
def test_me_without_a_token(qq: QQ, token: str | None) -> None:
    assert error(qq.me(token)) == (100007, "param access token is wrong or lost ")


def test_a_bearer_header_beside_the_query_does_no_harm(qq: QQ) -> None:
    tokens = qq.tokens()
    response = requests.get(
        f"{qq.town.provider}/oauth2.0/me",
        params={"access_token": tokens["access_token"]},
        headers={"Authorization": "Bearer nonsense"},
        timeout=10,
    )

    assert told(response)["openid"] == tokens["openid"]


def test_a_token_of_another_dialect_is_a_stranger(qq: QQ, world: Any) -> None:
    query = {"appid": world.appid, "redirect_uri": CALLBACK, "response_type": "code", "scope": "snsapi_base"}
    url = f"{world.town.provider}/connect/oauth2/authorize"
    location = requests.get(url, params=query, allow_redirects=False, timeout=10).headers["Location"]
    form = {
        "appid": world.appid,
        "secret": world.secret,
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "grant_type": "authorization_code",
    }
    token = requests.post(f"{world.town.provider}/sns/oauth2/access_token", data=form, timeout=10).json()

    assert error(qq.me(token["access_token"]))[0] == 100016
    assert error(qq.token(client_id=world.appid, client_secret=world.secret, code="x"))[0] == 100008


# -- scopes (M075)


def _rets(qq: QQ, tokens: dict[str, Any]) -> list[int]:
    """What the three APIs answer to a token: 0, or their error."""
    query = {
        "access_token": tokens["access_token"],
        "oauth_consumer_key": qq.appid,
        "openid": tokens["openid"],
    }
    base = f"{qq.town.resource}/user/get_user_"
    return [
        requests.get(base + api, params=query, timeout=10).json()["ret"] for api in ("info", "email", "phone")
    ]


@pytest.mark.parametrize(
    ("scope", "rets"),
    [
        ("get_user_info", [0, 100030, 100030]),
        ("get_user_email", [100030, 0, 100030]),
        ("get_user_phone", [100030, 100030, 0]),
        ("get_user_info,get_user_email,get_user_phone,read_friendlist", [0, 0, 0]),
        (None, [0, 100030, 100030]),
        ("read_friendlist", [0, 100030, 100030]),
        ("get_unionId", [100030, 100030, 100030]),
    ],
)
def test_each_scope_unlocks_only_its_own_data(qq: QQ, scope: str | None, rets: list[int]) -> None:
    assert _rets(qq, qq.tokens(scope=scope)) == rets


def test_a_refresh_widens_nothing(qq: QQ) -> None:
    first = qq.tokens(scope="get_user_email")
    second = qq.refresh(first["refresh_token"], fmt="json", scope="get_user_info", need_openid="1").json()

    assert _rets(qq, second) == [100030, 0, 100030]


# -- the trace, faults, isolation


def test_the_trace_tells_the_nine_steps_and_no_secret(qq: QQ) -> None:
    code = qq.code()
    tokens = dict(parse_qsl(qq.token(code=code, need_openid="1").text))
    qq.me(tokens["access_token"])
    qq.user(access_token=tokens["access_token"], oauth_consumer_key=qq.appid, openid=tokens["openid"])

    [flow] = qq.town.api("GET", "/flows", params={"world": qq.app["world"]})
    messages = qq.town.api("GET", f"/flows/{flow['id']}/messages")

    assert [m["step"] for m in messages if m["step"]] == [2, 4, 5, 6, 7, 8]
    told = json.dumps(messages)
    for secret in (code, tokens["access_token"], tokens["refresh_token"], qq.secret):
        assert secret not in told


@pytest.mark.parametrize("fault", ENDPOINTS_OF)
def test_every_neutral_error_has_a_number_of_its_own_right(qq: QQ, fault: str) -> None:
    """At each of the provider's endpoints; nothing falls back to the table's default."""
    assert fault in errors.OAUTH
    number, text = errors.OAUTH[fault]
    for endpoint in {"authorize", "token", "refresh"} & set(ENDPOINTS_OF[fault]):
        qq.fault(endpoint, error=fault)
        if endpoint == "authorize":
            response = qq.authorize()
            pairs = dict(parse_qsl(urlsplit(response.headers["Location"]).query))
            assert (pairs["error"], pairs["error_description"]) == (str(number), text)
        else:
            response = qq.token(code="x") if endpoint == "token" else qq.refresh("x")
            assert error(response) == (number, text)


@pytest.mark.parametrize(
    ("fault", "number"),
    [
        ("code_used", 100020),
        ("code_expired", 100019),
        ("invalid_client", 100009),
        ("busy", -1),
        ("quota", -23),
    ],
)
def test_a_fault_is_spelt_as_the_platform_does(qq: QQ, fault: str, number: int) -> None:
    code = qq.code()
    qq.fault("token", error=fault)

    assert error(qq.token(code=code))[0] == number
    assert "access_token=" in qq.token(code=code).text


def test_a_fault_with_a_status_is_that_status(qq: QQ) -> None:
    for endpoint, ask in (("token", lambda: qq.token(code="x")), ("authorize", qq.authorize)):
        qq.fault(endpoint, status=503)
        assert ask().status_code == 503


def test_a_fault_at_authorize_travels_back(qq: QQ) -> None:
    qq.fault("authorize", error="busy")

    assert (
        qq.authorize().headers["Location"]
        == f"{CALLBACK}?error=-1&error_description=system%20is%20busy&state=s"
    )


@pytest.mark.parametrize("name", ["client_id", "client_secret", "code", "grant_type", "redirect_uri", "fmt"])
@pytest.mark.parametrize("value", ["\0", "a" * 5000, "\r\nSet-Cookie: a=b", "💥", "<script>", "{{7*7}}"])
def test_odd_values_get_the_platforms_own_answer(qq: QQ, name: str, value: str) -> None:
    code = qq.code()
    response = qq.token("POST", **{"code": code, name: value})

    assert response.status_code == 200
    if name != "fmt":
        assert 100000 < error(response)[0] < 100050
        assert "access_token=" in qq.token(code=code).text


# -- the platform's host


@pytest.mark.parametrize("path", ["authorize", "show", "token", "me"])
def test_every_path_is_reached_under_the_platforms_host(qq: QQ, path: str) -> None:
    """wire.md §0.4, in both ways in which the gateway is told the host."""
    ways = [(f"{qq.town.gateway}/graph.qq.com", {}), (qq.town.gateway, {"Host": "graph.qq.com"})]
    for base, headers in ways:
        response = requests.get(
            f"{base}/oauth2.0/{path}", params=qq.query(), headers=headers, allow_redirects=False, timeout=10
        )
        if path in ("authorize", "show"):
            assert "?code=" in response.headers["Location"]
        else:
            assert error(response)[0] == (100002 if path == "token" else 100007)


@pytest.mark.parametrize(
    "turn", [sorted, lambda pairs: sorted(pairs, reverse=True)], ids=["sorted", "reversed"]
)
def test_parameters_come_in_any_order_and_with_strangers(qq: QQ, turn: Any) -> None:
    pairs = turn(
        [
            *qq.query(state="https://x.test/?a=1&b=汉字").items(),
            ("appid", qq.appid),
            ("connect_redirect", "1"),
        ]
    )

    response = requests.get(
        f"{qq.town.provider}/oauth2.0/authorize", params=pairs, allow_redirects=False, timeout=10
    )

    told = dict(parse_qsl(urlsplit(response.headers["Location"]).query))
    assert told["state"] == "https://x.test/?a=1&b=汉字"


def test_a_redirect_uri_may_stand_unencoded(qq: QQ) -> None:
    url = f"{qq.town.provider}/oauth2.0/authorize?response_type=code&client_id={qq.appid}&redirect_uri={CALLBACK}"

    location = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]

    assert re.fullmatch(re.escape(CALLBACK) + rf"\?code={HEX}", location)


def test_asking_whose_a_token_is_goes_to_the_provider(qq: QQ) -> None:
    qq.me(qq.tokens()["access_token"])
    [flow] = qq.town.api("GET", "/flows", params={"world": qq.app["world"]})

    asked = qq.town.api("GET", f"/flows/{flow['id']}/exchanges")[-1]

    assert (asked["name"], asked["from"], asked["to"]) == ("token.inspected", "client_app", "provider")


# -- a real client


def test_the_calls_of_social_core(qq: QQ) -> None:
    """POST for the token, a query string back, ``content[10:-3]`` of the callback, JSON of the profile."""
    token = dict(parse_qsl(qq.token("POST", code=qq.code()).text))["access_token"]
    openid = json.loads(qq.me(token).content.decode()[10:-3])["openid"]

    profile = qq.user(access_token=token, oauth_consumer_key=qq.appid, openid=openid).json()

    assert profile["nickname"] == "张三"
