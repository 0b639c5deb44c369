"""The wire of Weibo's login, byte by byte (wire.md F.1–F.4, §0.3, §7, §11.9), over HTTP."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
import requests
from browser import Browser
from weibo_client import CALLBACK, JSON, PLAIN, REFUSED, TOKEN, Weibo, error, registered

pytestmark = pytest.mark.thorough


@pytest.fixture
def weibo(town: Any) -> Weibo:
    return registered(town)


# -- the app


def test_an_app_key_has_ten_digits_and_the_lifetimes_of_an_approved_app(weibo: Weibo) -> None:
    assert re.fullmatch(r"[1-9]\d{9}", weibo.appid)
    assert weibo.app["kind"] == "web"
    assert weibo.app["ttl"] == {"code": 600, "access": 2592000, "refresh": 5184000}


# -- authorize


def test_a_yes_is_a_redirect_with_code_and_state(weibo: Weibo) -> None:
    location = weibo.authorize().headers["Location"]

    assert re.fullmatch(re.escape(CALLBACK) + r"\?code=[0-9a-f]{32}&state=s", location)


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": None},
        {"scope": None},
        {"scope": ""},
        {"scope": "all"},
        {"scope": "email,direct_messages_read,follow_app_official_microblog"},
        {"scope": "email direct_messages_read"},
        {"scope": "not_a_scope"},
        {"display": ""},
        *({"display": name} for name in ("default", "mobile", "wap", "client", "apponweibo", "nonsense")),
        {"forcelogin": "true"},
        {"forcelogin": "false"},
        {"language": "en"},
        {"language": "zh"},
        {"with_offical_account": "1"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
    ids=str,
)
def test_parameters_of_authorize_that_may_be_there_or_not(weibo: Weibo, changes: dict[str, Any]) -> None:
    assert "code=" in weibo.authorize(**changes).headers["Location"]


def test_authorize_takes_a_form_too(weibo: Weibo) -> None:
    response = weibo.authorize("POST")

    assert response.status_code == 303
    assert "code=" in response.headers["Location"]


def test_a_redirect_uri_may_stand_unencoded(weibo: Weibo) -> None:
    url = f"{weibo.town.provider}/oauth2/authorize?client_id={weibo.appid}&redirect_uri={CALLBACK}"

    location = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]

    assert re.fullmatch(re.escape(CALLBACK) + r"\?code=\w{32}", location)


@pytest.mark.parametrize("state", ["", "a b+c", "https://x.test/?a=1&b=汉字#f", "%2B", None])
def test_state_comes_back_unchanged(weibo: Weibo, state: str | None) -> None:
    location = weibo.authorize(state=state).headers["Location"]

    assert dict(parse_qsl(urlsplit(location).query)).get("state") == (state or None)


def test_the_redirect_uri_keeps_its_own_query_and_fragment(town: Any) -> None:
    own = "http://127.0.0.1/cb?a=%2F&b#/route"
    weibo = registered(town, redirect_uris=[own])

    location = weibo.authorize(redirect_uri=own).headers["Location"]

    assert re.fullmatch(r"http://127\.0\.0\.1/cb\?a=%2F&b&code=\w{32}&state=s#/route", location)


@pytest.mark.parametrize(("state", "tail"), [("s", "&state=s"), (None, "")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_no_is_the_platforms_redirect_to_the_byte(
    weibo: Weibo, state: str | None, tail: str, method: str
) -> None:
    weibo.change(consent={"mode": "deny"})

    assert weibo.authorize(method, state=state).headers["Location"] == REFUSED + tail


@pytest.mark.parametrize(
    ("changes", "word", "number"),
    [
        ({"client_id": "1234567890"}, "invalid_client", 21324),
        ({"client_id": "汉字"}, "invalid_client", 21324),
        ({"client_id": None}, "invalid_request", 21323),
        ({"redirect_uri": None}, "invalid_request", 21323),
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch", 21322),
        ({"redirect_uri": CALLBACK + "?a=1"}, "redirect_uri_mismatch", 21322),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch", 21322),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri_mismatch", 21322),
        ({"redirect_uri": "https://evil.example/", "response_type": "x"}, "redirect_uri_mismatch", 21322),
        ({"state": "s" * 4097}, "invalid_request", 21323),
    ],
    ids=str,
)
def test_a_doubtful_client_or_target_gets_a_page_and_never_a_redirect(
    weibo: Weibo, changes: dict[str, Any], word: str, number: int
) -> None:
    response = weibo.authorize(**changes)

    assert response.status_code == 400
    assert "Location" not in response.headers
    assert response.headers["Content-Type"].startswith("text/html")
    assert f"error:{word}" in response.text
    assert f">{number}<" in response.text


@pytest.mark.parametrize(("field", "number"), [("disabled", 21324), ("banned", 21337)])
def test_a_dead_app_gets_a_page(weibo: Weibo, field: str, number: int) -> None:
    weibo.change(**{field: True})

    response = weibo.authorize()

    assert response.status_code == 400
    assert f">{number}<" in response.text


def test_a_refused_request_spends_no_armed_decision(weibo: Weibo) -> None:
    weibo.town.api("POST", f"/apps/{weibo.appid}/next", {"user": "lisi"})
    weibo.authorize(redirect_uri="https://evil.example/")
    weibo.authorize(response_type="nonsense")

    assert len(weibo.town.api("GET", f"/apps/{weibo.appid}/next")) == 1


@pytest.mark.parametrize("response_type", ["nonsense", "code token", "id_token"])
def test_another_response_type_is_told_to_the_client(weibo: Weibo, response_type: str) -> None:
    assert weibo.authorize(response_type=response_type).headers["Location"] == (
        f"{CALLBACK}?error_uri=%2Foauth2%2Fauthorize&error=unsupported_response_type&error_code=21329&state=s"
    )


@pytest.mark.parametrize(
    ("fault", "number"),
    [("user_denied", 21330), ("quota", 21331), ("busy", 21331), ("server_error", 21331)],
)
def test_faults_at_authorize_travel_by_redirect(weibo: Weibo, fault: str, number: int) -> None:
    weibo.town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "authorize", "error": fault})

    location = weibo.authorize().headers["Location"]

    assert f"&error_code={number}&state=s" in location
    assert "code=" in weibo.authorize().headers["Location"]


@pytest.mark.parametrize(("fault", "number"), [("invalid_client", 21324), ("scope_denied", 21337)])
def test_faults_at_authorize_that_are_pages(weibo: Weibo, fault: str, number: int) -> None:
    weibo.town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "authorize", "error": fault})

    assert f">{number}<" in weibo.authorize().text


def test_pkce_is_insisted_on_where_the_policy_says_so(town: Any) -> None:
    weibo = registered(town, policies={"require_pkce": True})
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}

    assert "&error_code=21323&" in weibo.authorize().headers["Location"]
    code = weibo.code(**pkce)
    assert error(weibo.token(code=code, code_verifier="x" * 43)) == ("invalid_grant", 21325)
    assert "access_token" in weibo.token(code=code, code_verifier=verifier).json()


# -- the pages


def test_the_user_logs_in_and_chooses_the_scopes(weibo: Weibo) -> None:
    weibo.change(consent={"mode": "ask"})
    browser = Browser()
    first = browser.get(
        f"{weibo.town.provider}/oauth2/authorize", **weibo.query(scope="email,invitation_write")
    )
    assert urlsplit(first.headers["Location"]).path == "/oauth2/login"
    login = browser.follow(first)
    assert 'class="skin-weibo"' in login.text
    assert "微信登录" not in login.text
    consent = browser.follow(browser.submit(login, username="lisi", password="ninestep"))
    assert urlsplit(consent.url).path == "/oauth2/consent"
    assert 'data-testid="wx-scope-email"' in consent.text
    assert "微信授权" not in consent.text

    done = browser.submit(consent, decision="approve", scope=["invitation_write"])

    assert done.status_code == 303
    code = parse_qs(urlsplit(done.headers["Location"]).query)["code"][0]
    assert weibo.token(code=code).json()["scope"] == "invitation_write"


def test_a_no_on_the_page_is_the_same_redirect(weibo: Weibo) -> None:
    weibo.change(consent={"mode": "ask"})
    consent = _to_consent(weibo, Browser())

    assert consent[0].submit(consent[1], decision="deny").headers["Location"] == REFUSED + "&state=s"


def test_scopes_are_one_block_where_the_policy_says_so(town: Any) -> None:
    weibo = registered(town, consent={"mode": "ask"}, policies={"scope_items": False})
    browser, consent = _to_consent(weibo, Browser(), scope="email")
    assert 'type="checkbox"' not in consent.text

    done = browser.submit(consent, decision="approve")

    code = parse_qs(urlsplit(done.headers["Location"]).query)["code"][0]
    assert weibo.token(code=code).json()["scope"] == "email"


def test_consent_is_remembered_until_forcelogin(weibo: Weibo) -> None:
    weibo.change(consent={"mode": "ask"})
    browser, consent = _to_consent(weibo, Browser())
    browser.submit(consent, decision="approve")
    url = f"{weibo.town.provider}/oauth2/authorize"

    assert "code=" in browser.get(url, **weibo.query(forcelogin="false")).headers["Location"]
    again = browser.get(url, **weibo.query(forcelogin="true"))
    assert urlsplit(again.headers["Location"]).path == "/oauth2/login"
    weibo.change(policies={"remember_consent": False})
    asked = browser.get(url, **weibo.query())
    assert urlsplit(asked.headers["Location"]).path == "/oauth2/consent"


@pytest.mark.parametrize(
    ("display", "mobile"),
    [
        *((name, True) for name in ("mobile", "wap", "client", "apponweibo")),
        ("default", False),
        (None, False),
    ],
)
def test_display_chooses_the_shape_of_the_page(weibo: Weibo, display: str | None, mobile: bool) -> None:
    weibo.change(consent={"mode": "ask"})
    _, consent = _to_consent(weibo, Browser(), display=display)

    assert ("weibo--mobile" in consent.text) is mobile


@pytest.mark.parametrize(
    ("language", "tag"), [("en", "en"), ("zh", "zh-CN"), (None, "zh-CN"), ("xx", "zh-CN")]
)
def test_language_chooses_the_words_of_every_page(weibo: Weibo, language: str | None, tag: str) -> None:
    weibo.change(consent={"mode": "ask"})
    _, consent = _to_consent(weibo, Browser(), language=language)

    assert f'<html lang="{tag}"' in consent.text


def test_login_page_without_password_where_the_policy_says_so(town: Any) -> None:
    weibo = registered(town, consent={"mode": "ask"}, policies={"login_page": "picker"})
    browser = Browser()

    page = browser.follow(browser.get(f"{town.provider}/oauth2/authorize", **weibo.query()))

    assert 'data-testid="wx-persona-zhangsan"' in page.text
    assert 'type="password"' not in page.text


def _to_consent(weibo: Weibo, browser: Browser, **changes: Any) -> tuple[Browser, requests.Response]:
    login = browser.follow(browser.get(f"{weibo.town.provider}/oauth2/authorize", **weibo.query(**changes)))
    return browser, browser.follow(browser.submit(login, persona="zhangsan"))


# -- the token endpoint


def test_the_token_answer_has_the_platforms_fields_order_and_types(weibo: Weibo) -> None:
    response = weibo.token(code=weibo.code())

    assert response.status_code == 200
    assert response.headers["Content-Type"] == PLAIN
    assert response.content[:2] == b'{"'
    document = response.json()
    assert list(document) == ["access_token", "remind_in", "expires_in", "uid", "isRealName"]
    assert re.fullmatch(r"2\.00[A-Za-z0-9]{28}", document["access_token"])
    assert document["expires_in"] == 2592000
    assert document["remind_in"] == "2592000"
    assert re.fullmatch(r"[1-9]\d{9}", document["uid"])
    assert document["isRealName"] == "true"
    assert b": " not in response.content


def test_scope_and_refresh_token_come_where_there_are_any(town: Any) -> None:
    weibo = registered(town, kind="mobile", scopes=["email", "follow_app_official_microblog"])

    document = weibo.tokens(scope="all")

    assert list(document)[5:] == ["scope", "refresh_token"]
    assert document["scope"] == "email,follow_app_official_microblog"
    assert re.fullmatch(r"2\.00[A-Za-z0-9]{28}", document["refresh_token"])


def test_a_scope_that_the_app_has_not_is_ignored(town: Any) -> None:
    weibo = registered(town, scopes=["email"])

    assert weibo.tokens(scope="email,invitation_write,nonsense")["scope"] == "email"


@pytest.mark.parametrize("life", [86400, 157679999])
def test_an_app_under_review_and_a_developers_own_account_by_ttl(town: Any, life: int) -> None:
    document = registered(town, ttl={"access": life}).tokens()

    assert (document["expires_in"], document["remind_in"]) == (life, str(life))


def test_the_uid_is_the_users_in_every_app(town: Any, weibo: Weibo) -> None:
    other = registered(town)
    somebody = registered(town, consent={"mode": "auto", "user": "lisi"})

    assert weibo.tokens()["uid"] == other.tokens()["uid"] != somebody.tokens()["uid"]


@pytest.mark.parametrize("path", [TOKEN, "/2" + TOKEN])
@pytest.mark.parametrize("way", ["form", "query", "mixed", "json", "basic", "basic-and-form", "junk"])
def test_every_way_in_which_a_client_sends_its_parameters(weibo: Weibo, path: str, way: str) -> None:
    fields = weibo.fields(code=weibo.code())
    basic = (weibo.appid, weibo.secret)
    bare = {k: v for k, v in fields.items() if not k.startswith("client_")}
    sent: dict[str, Any] = {
        "form": {"data": fields},  # allauth, casdoor, grant, aspnet, social-core
        "query": {"params": fields},  # JustAuth, SocialiteProviders
        "mixed": {"params": {"client_id": weibo.appid}, "data": {**fields, "client_id": weibo.appid}},
        "json": {"json": fields},  # overtrue
        "basic": {"data": bare, "auth": basic},
        "basic-and-form": {"data": fields, "auth": basic},
        "junk": {"data": {**fields, "access_token": "None"}},  # social-core
    }[way]

    response = weibo.call("POST", path, **sent)

    assert response.status_code == 200, response.text
    assert response.text[:2] == '{"'


@pytest.mark.parametrize("path", [TOKEN, "/2" + TOKEN])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_than_post_is_10021_and_spends_nothing(weibo: Weibo, path: str, method: str) -> None:
    code = weibo.code()

    response = weibo.call(method, path, params=weibo.fields(code=code))

    assert response.status_code == 400
    assert response.headers["Content-Type"] == PLAIN
    assert response.content.decode() == (
        f'{{"error":"HTTP METHOD is not suported for this request!","error_code":10021,"request":"{path}"}}'
    )
    assert weibo.token(code=code).status_code == 200


@pytest.mark.parametrize("path", [TOKEN, "/2" + TOKEN])
def test_a_bad_code_is_answered_to_the_byte(weibo: Weibo, path: str) -> None:
    response = weibo.token(path, code="0dd6ebdafc04f840")

    assert response.status_code == 400
    assert response.headers["Content-Type"] == PLAIN
    assert response.content.decode() == (
        f'{{"error":"invalid_grant","error_code":21325,"request":"{path}","error_uri":"{path}",'
        '"error_description":"invalid authorization code:0dd6ebdafc04f840"}'
    )


def test_a_mismatch_is_answered_to_the_byte_and_spends_nothing(weibo: Weibo) -> None:
    code = weibo.code()

    response = weibo.token(code=code, redirect_uri=CALLBACK + "/other")

    assert response.status_code == 400
    assert response.content == (
        b'{"request":"/oauth2/access_token","error_code":21322,"error":"redirect_uri_mismatch",'
        b'"error_uri":"/oauth2/access_token"}'
    )
    assert weibo.token(code=code).status_code == 200


@pytest.mark.parametrize(
    ("changes", "word", "number", "description"),
    [
        ({"client_id": None}, "invalid_request", 21323, "miss client id."),
        ({"client_secret": None}, "invalid_request", 21323, "miss client secret."),
        ({"grant_type": None}, "invalid_request", 21323, "miss grant type."),
        ({"redirect_uri": None}, "invalid_request", 21323, "miss redirect uri."),
        ({"redirect_uri": ""}, "invalid_request", 21323, "miss redirect uri."),
        ({"code": None}, "invalid_request", 21323, "miss authorization code."),
        ({"client_id": "1234567890"}, "invalid_client", 21324, "unknow client id:1234567890"),
        ({"client_id": "{code}"}, "invalid_client", 21324, "unknow client id:{code}"),
        ({"client_secret": "wrong"}, "invalid_client", 21324, None),
        ({"client_secret": "汉字"}, "invalid_client", 21324, None),
        ({"code": "💥"}, "invalid_grant", 21325, "invalid authorization code:💥"),
        ({"grant_type": "password"}, "unsupported_grant_type", 21328, None),
        ({"grant_type": "refresh_token", "refresh_token": "2.00x"}, "unauthorized_client", 21326, None),
    ],
    ids=str,
)
def test_errors_of_the_token_endpoint(
    weibo: Weibo, changes: dict[str, Any], word: str, number: int, description: str | None
) -> None:
    code = weibo.code()

    response = weibo.token(**{"code": code, **changes})

    assert error(response) == (word, number)
    document = response.json()
    assert document.get("error_description") == description
    assert document["request"] == document["error_uri"] == TOKEN
    assert weibo.token(code=code).status_code == 200


def test_a_code_works_once_and_its_tokens_outlive_a_replay(weibo: Weibo) -> None:
    code = weibo.code()
    tokens = weibo.token(code=code).json()

    assert error(weibo.token(code=code)) == ("invalid_grant", 21325)
    assert weibo.show(tokens["access_token"], tokens["uid"]).status_code == 200


def test_a_code_that_comes_too_late(weibo: Weibo) -> None:
    code = weibo.code()
    weibo.advance("10m1s")

    assert error(weibo.token(code=code)) == ("invalid_grant", 21325)


def test_of_many_who_redeem_one_code_at_once_one_gets_a_token(weibo: Weibo) -> None:
    fields = weibo.fields(code=weibo.code())
    line = threading.Barrier(16)

    def redeem(_: int) -> int:
        line.wait(10)
        return weibo.call("POST", TOKEN, data=fields).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(redeem, range(16)))

    assert sorted(statuses) == [200, *[400] * 15]


def test_anothers_code_is_refused_and_not_spent(town: Any, weibo: Weibo) -> None:
    code = weibo.code()
    other = Weibo(town, town.api("POST", "/apps", {"dialect": "weibo", "world": weibo.app["world"]}))

    assert error(other.token(code=code)) == ("invalid_grant", 21325)
    assert weibo.token(code=code).status_code == 200


def test_an_app_of_another_platform_is_no_client(world: Any, weibo: Weibo) -> None:
    assert error(weibo.token(client_id=world.appid, client_secret=world.secret, code="x"))[1] == 21324
    assert weibo.authorize(client_id=world.appid).status_code == 400


@pytest.mark.parametrize(("field", "number"), [("disabled", 21324), ("banned", 21337)])
def test_a_dead_app_redeems_nothing(weibo: Weibo, field: str, number: int) -> None:
    code = weibo.code()
    weibo.change(**{field: True})

    assert error(weibo.token(code=code))[1] == number


@pytest.mark.parametrize(
    ("fault", "number"),
    [
        ("code_used", 21325),
        ("code_expired", 21325),
        ("code_unknown", 21325),
        ("invalid_grant", 21325),
        ("invalid_client", 21324),
        ("quota", 21331),
        ("busy", 21331),
        ("server_error", 21331),
    ],
)
def test_faults_at_the_token_endpoint_in_the_platforms_words(weibo: Weibo, fault: str, number: int) -> None:
    code = weibo.code()
    weibo.town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "token", "error": fault})

    assert error(weibo.token(code=code))[1] == number
    assert weibo.token(code=code).status_code == 200


def test_a_fault_can_be_a_bare_status(weibo: Weibo) -> None:
    weibo.town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "token", "status": 503})

    response = weibo.token(code=weibo.code())

    assert (response.status_code, response.content) == (503, b"")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"[" * 50_000, b"{", b'{"client_id":["a"],"code":{"a":1}}', b"null", b'"x"', b"\xff\xfe"],
    ids=lambda body: repr(body[:12]),
)
def test_json_that_is_none_is_a_missing_client_id(weibo: Weibo, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    assert error(weibo.call("POST", TOKEN, data=body, headers=headers)) == ("invalid_request", 21323)


def test_half_a_surrogate_in_json_is_an_unknown_code(weibo: Weibo) -> None:
    fields = weibo.fields(code="\ud800")

    response = weibo.call(
        "POST", TOKEN, data=json.dumps(fields), headers={"Content-Type": "application/json"}
    )

    assert error(response) == ("invalid_grant", 21325)


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic /////w==", "Basic eA==", "Bearer x", "💥"])
def test_an_authorization_header_that_says_nothing_is_ignored(weibo: Weibo, header: str) -> None:
    headers = {"Authorization": header.encode()}
    fields = weibo.fields(code=weibo.code())
    alone = {k: v for k, v in fields.items() if k != "client_secret"}

    assert error(weibo.call("POST", TOKEN, data=alone, headers=headers)) == ("invalid_request", 21323)
    assert weibo.call("POST", TOKEN, data=fields, headers=headers).status_code == 200


# -- refresh (mobile SDK)


def test_a_mobile_app_renews_its_token_and_the_old_refresh_token_is_spent(town: Any) -> None:
    weibo = registered(town, kind="mobile")
    tokens = weibo.tokens(scope="email")
    weibo.advance("30d1s")
    assert error(weibo.show(tokens["access_token"], tokens["uid"])) == ("expired_token", 21327)
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "code": None}

    fresh = weibo.token(**refresh).json()

    assert fresh["uid"] == tokens["uid"]
    assert fresh["scope"] == "email"
    assert weibo.show(fresh["access_token"], fresh["uid"]).status_code == 200
    assert error(weibo.token(**refresh)) == ("invalid_grant", 21325)


@pytest.mark.parametrize(
    ("refresh_token", "word", "number"),
    [(None, "invalid_request", 21323), ("", "invalid_request", 21323), ("2.00x", "invalid_grant", 21325)],
)
def test_a_refresh_without_a_good_refresh_token(
    town: Any, refresh_token: str | None, word: str, number: int
) -> None:
    weibo = registered(town, kind="mobile")

    assert error(weibo.token(grant_type="refresh_token", refresh_token=refresh_token)) == (word, number)


def test_anothers_refresh_token_is_refused_and_not_spent(town: Any) -> None:
    weibo = registered(town, kind="mobile")
    other = registered(town, kind="mobile", world=weibo.app["world"])
    refresh = {"grant_type": "refresh_token", "refresh_token": weibo.tokens()["refresh_token"]}

    assert error(other.token(**refresh)) == ("invalid_grant", 21325)
    assert weibo.token(**refresh).status_code == 200


def test_a_refresh_token_that_comes_too_late(town: Any) -> None:
    weibo = registered(town, kind="mobile")
    refresh = weibo.tokens()["refresh_token"]
    weibo.advance("61d")

    assert error(weibo.token(grant_type="refresh_token", refresh_token=refresh)) == ("expired_token", 21327)


@pytest.mark.parametrize(
    ("fault", "number"), [("refresh_expired", 21327), ("refresh_unknown", 21325), ("busy", 21331)]
)
def test_faults_at_refresh(town: Any, fault: str, number: int) -> None:
    weibo = registered(town, kind="mobile")
    refresh = {"grant_type": "refresh_token", "refresh_token": weibo.tokens()["refresh_token"]}
    town.api("POST", f"/apps/{weibo.appid}/faults", {"endpoint": "refresh", "error": fault})

    assert error(weibo.token(**refresh))[1] == number
    assert weibo.token(**refresh).status_code == 200


# -- get_token_info, revokeoauth2


@pytest.mark.parametrize("place", ["params", "data", "json"])
def test_token_info_tells_numbers(weibo: Weibo, place: str) -> None:
    tokens = weibo.tokens()
    weibo.advance("1h")
    sent: dict[str, Any] = {place: {"access_token": tokens["access_token"]}}

    response = weibo.call("POST", "/oauth2/get_token_info", **sent)

    assert response.headers["Content-Type"] == JSON
    document = response.json()
    assert list(document) == ["uid", "appkey", "scope", "create_at", "expire_in"]
    assert document["uid"] == int(tokens["uid"])
    assert document["appkey"] == int(weibo.appid)
    assert document["scope"] is None
    assert type(document["create_at"]) is int
    assert 2592000 - 3660 <= document["expire_in"] <= 2592000 - 3600


def test_token_info_tells_the_scopes(weibo: Weibo) -> None:
    token = weibo.tokens(scope="email,invitation_write")["access_token"]

    response = weibo.call("POST", "/oauth2/get_token_info", params={"access_token": token})

    assert response.json()["scope"] == "email,invitation_write"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_revoking_gives_the_consent_back_with_every_token(weibo: Weibo, method: str) -> None:
    first, second = weibo.tokens(), weibo.tokens()

    response = weibo.call(method, "/oauth2/revokeoauth2", params={"access_token": first["access_token"]})

    assert response.content == b'{"result":"true"}'
    assert response.headers["Content-Type"] == JSON
    for tokens in (first, second):
        assert error(weibo.show(tokens["access_token"], tokens["uid"])) == ("invalid_access_token", 21332)
    assert weibo.town.api("GET", "/grants", params={"world": weibo.app["world"]}) == []
    again = weibo.call(method, "/oauth2/revokeoauth2", params={"access_token": first["access_token"]})
    assert error(again) == ("invalid_access_token", 21332)


@pytest.mark.parametrize("path", ["/oauth2/get_token_info", "/oauth2/revokeoauth2"])
def test_errors_of_the_two_calls_about_a_token(world: Any, weibo: Weibo, path: str) -> None:
    token = weibo.tokens()["access_token"]

    def told(value: str | None) -> tuple[str, int]:
        return error(weibo.call("POST", path, data={"access_token": value} if value is not None else {}))

    assert told(None)[1] == told("")[1] == 10016
    assert told("2.00nope") == told("💥\0") == ("invalid_access_token", 21332)
    assert error(weibo.call("DELETE", path, params={"access_token": token}))[1] == 10021
    weibo.advance("31d")
    assert told(token) == ("expired_token", 21327)


def test_token_info_by_get_is_10021(weibo: Weibo) -> None:
    token = weibo.tokens()["access_token"]

    response = weibo.call("GET", "/oauth2/get_token_info", params={"access_token": token})

    assert response.status_code == 400
    assert response.json() == {
        "error": "HTTP METHOD is not suported for this request!",
        "error_code": 10021,
        "request": "/oauth2/get_token_info",
    }


def test_a_token_of_another_platform_is_none_here(world: Any, weibo: Weibo) -> None:
    code = world.town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]
    query = {"appid": world.appid, "secret": world.secret, "code": code, "grant_type": "authorization_code"}
    token = weibo.call("GET", "/sns/oauth2/access_token", params=query).json()["access_token"]

    for path in ("/oauth2/get_token_info", "/oauth2/revokeoauth2"):
        assert error(weibo.call("POST", path, data={"access_token": token}))[1] == 21332


# -- whole logins, as SDKs make them


def test_the_calls_of_overtrue(weibo: Weibo) -> None:
    """JSON to the alias, the uid from get_token_info by POST with a query, then the profile."""
    token = weibo.call("POST", "/2" + TOKEN, json=weibo.fields(code=weibo.code())).json()["access_token"]
    info = weibo.call("POST", "/oauth2/get_token_info", params={"access_token": token}).json()
    profile = weibo.show(token, str(info["uid"])).json()

    assert profile["id"] == info["uid"]
    assert profile["screen_name"] == "张三"


def test_the_calls_of_justauth(weibo: Weibo) -> None:
    """POST with a query and no body; the profile with an odd header beside the query; revoke by GET."""
    fields = quote(f"{CALLBACK}", safe="")
    url = (
        f"{TOKEN}?code={weibo.code()}&client_id={weibo.appid}&client_secret={weibo.secret}"
        f"&grant_type=authorization_code&redirect_uri={fields}"
    )
    tokens = weibo.call("POST", url).json()
    query = f"access_token={tokens['access_token']}&uid={tokens['uid']}"
    profile = requests.get(
        f"{weibo.town.resource}/2/users/show.json?{query}",
        headers={
            "Authorization": f"OAuth2 uid={tokens['uid']}&access_token={tokens['access_token']}",
            "API-RemoteIP": "127.0.0.1",
        },
        timeout=10,
    ).json()
    gone = weibo.call("GET", f"/oauth2/revokeoauth2?access_token={tokens['access_token']}").json()

    assert profile["idstr"] == tokens["uid"]
    assert "error" not in profile
    assert gone == {"result": "true"}


def test_the_calls_of_social_core(weibo: Weibo) -> None:
    form = {**weibo.fields(code=weibo.code()), "access_token": "None"}
    tokens = weibo.call("POST", TOKEN, data=form, headers={"Accept": "application/json"}).json()
    info = weibo.call("POST", "/oauth2/get_token_info", params={"access_token": tokens["access_token"]})

    assert str(info.json()["uid"]) == tokens["uid"]
    assert weibo.show(tokens["access_token"], tokens["uid"]).json()["screen_name"] == "张三"


def test_the_calls_of_allauth(weibo: Weibo) -> None:
    response = weibo.token(code=weibo.code())

    assert response.headers["content-type"].split(";")[0] != "application/json"
    assert response.text[:2] == '{"'
    assert weibo.show(response.json()["access_token"], response.json()["uid"]).json()["name"] == "张三"


def test_through_the_gateway_under_the_platforms_host(weibo: Weibo) -> None:
    base = f"{weibo.town.gateway}/api.weibo.com"
    tokens = requests.post(f"{base}/2/oauth2/access_token", data=weibo.fields(code=weibo.code()), timeout=10)
    document = tokens.json()
    profile = requests.get(
        f"{weibo.town.gateway}/2/users/show.json",
        params={"access_token": document["access_token"], "uid": document["uid"]},
        headers={"Host": "api.weibo.com"},
        timeout=10,
    )

    assert tokens.headers["Content-Type"] == PLAIN
    assert profile.json()["idstr"] == document["uid"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/oauth2/authorize", 302),
        ("POST", "/oauth2/access_token", 400),
        ("POST", "/2/oauth2/access_token", 400),
        ("POST", "/oauth2/get_token_info", 400),
        ("POST", "/oauth2/revokeoauth2", 400),
        ("GET", "/2/users/show.json", 400),
        ("GET", "/2/account/get_uid.json", 400),
        ("GET", "/2/account/profile/email.json", 400),
    ],
)
def test_every_path_is_reached_under_the_platforms_host(
    weibo: Weibo, method: str, path: str, status: int
) -> None:
    """wire.md §0.4, in both ways in which the gateway is told the host: each path answers in Weibo's words."""
    ways = [(f"{weibo.town.gateway}/api.weibo.com", {}), (weibo.town.gateway, {"Host": "api.weibo.com"})]
    for base, headers in ways:
        sent = weibo.query() if path == "/oauth2/authorize" else {}
        response = requests.request(
            method, base + path, params=sent, headers=headers, allow_redirects=False, timeout=10
        )
        assert response.status_code == status
        if status == 400:
            assert response.json()["request"] == path
        else:
            assert "?code=" in response.headers["Location"]


# -- the trace


def test_the_trace_tells_the_checks_and_hides_the_secrets(weibo: Weibo) -> None:
    code = weibo.code()
    token = weibo.token(code=code).json()["access_token"]
    weibo.call("POST", "/oauth2/get_token_info", params={"access_token": token})
    weibo.token(code=code)
    flow = weibo.town.api("GET", "/flows", params={"world": weibo.app["world"]})[0]

    exchanges = weibo.town.api("GET", f"/flows/{flow['id']}/exchanges")

    named = [(exchange["name"], exchange.get("outcome", "ok")) for exchange in exchanges]
    assert named == [
        ("authorize.requested", "ok"),
        ("code.redeemed", "ok"),
        ("token.inspected", "ok"),
        ("code.redeemed", "refused"),
    ]
    checks = {check["name"] for exchange in exchanges for check in exchange["checks"]}
    assert {"redirect_uri registered", "client secret", "code spent by this request"} <= checks
    for secret in (code, token, weibo.secret):
        assert secret not in json.dumps(exchanges)
