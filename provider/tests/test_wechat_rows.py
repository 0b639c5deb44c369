"""Rows of wire.md A that a happy login does not touch: each error page, alternative, era and suffix, over HTTP."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
RID = r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}"


class Account:
    """An official account (or another ``kind``) that approves as 张三 at once, and its server."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        given: dict[str, Any] = {"dialect": "wechat", "redirect_uris": [CALLBACK], "open_platform": "p"}
        given |= {"consent": {"mode": "auto", "user": "zhangsan"}, **fields}
        self.app = town.api("POST", "/apps", given)
        self.appid, self.secret, self.world = self.app["appid"], self.app["secret"], self.app["world"]

    def link(self, **changes: Any) -> dict[str, str]:
        link = {"appid": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        link |= {"scope": "snsapi_userinfo", "state": "s", **changes}
        return {name: value for name, value in link.items() if value is not None}

    def authorize(self, browser: Browser | None = None, **changes: Any) -> requests.Response:
        url = f"{self.town.provider}/connect/oauth2/authorize"
        return (browser or Browser()).get(url, **self.link(**changes))

    def code(self, **changes: Any) -> str:
        """By the page; a website's or a mobile app's by the control API."""
        if self.app["kind"] == "official_account":
            return sent(self.authorize(**changes))["code"]
        body = {"user": "zhangsan", **changes}
        return str(self.town.api("POST", f"/apps/{self.appid}/codes", body)["code"])

    def call(self, path: str, **query: Any) -> requests.Response:
        base = self.town.resource if path in ("userinfo", "auth") else self.town.provider
        sent_ = {name: value for name, value in query.items() if value is not None}
        answer: requests.Response = self.town.http.get(f"{base}/sns/{path}", params=sent_, timeout=10)
        return answer

    def token(self, **changes: Any) -> dict[str, Any]:
        query = {"appid": self.appid, "secret": self.secret, "grant_type": "authorization_code"}
        return read(self.call("oauth2/access_token", **{**query, **changes}))

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return self.token(code=self.code(**changes))

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        query = {"appid": self.appid, "grant_type": "refresh_token", "refresh_token": refresh_token}
        return read(self.call("oauth2/refresh_token", **query))

    def profile(self, tokens: dict[str, Any], **more: Any) -> dict[str, Any]:
        query = {"access_token": tokens["access_token"], "openid": tokens["openid"], **more}
        return read(self.call("userinfo", **query))

    def user(self, uid: str = "zhangsan", **fields: Any) -> None:
        self.town.api("PATCH", f"/users/{uid}", fields, params={"world": self.world})

    def withdraw(self) -> None:
        query = {"world": self.world, "app": self.appid, "user": "zhangsan"}
        self.town.api("DELETE", "/grants", params=query)

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"advance": by})


def read(answer: requests.Response) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain")
    return dict(json.loads(answer.content))


def sent(answer: requests.Response) -> dict[str, str]:
    """What the redirect carries; blanks kept."""
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query, keep_blank_values=True))


def words(page: requests.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def title(page: requests.Response) -> str:
    return re.search(r'class="weui_msg_title"[^>]*>([^<]+)<', page.text)[1]  # type: ignore[index]


# -- error pages (A.1.2)


@pytest.mark.parametrize(
    ("number", "text", "fields", "changes"),
    [
        (10003, "redirect_uri域名与后台配置不一致", {}, {"redirect_uri": "https://evil.example/"}),
        (10004, "此公众号被封禁", {"banned": True}, {}),
        (10005, "此公众号并没有这些scope的权限", {}, {"scope": "snsapi_login"}),
        (10005, "此公众号并没有这些scope的权限", {}, {"scope": "snsapi_userinfo,foo"}),
        (10005, "此公众号并没有这些scope的权限", {"kind": "mini_program"}, {}),
        (10006, "必须关注此测试号", {"policies": {"followers_only": True}, "consent": {"mode": "auto", "user": "wangwu"}}, {}),
        (10010, "scope不能为空", {}, {"scope": None}),
        (10010, "scope不能为空", {}, {"scope": ""}),
        (10011, "redirect_uri不能为空", {}, {"redirect_uri": None}),
        (10011, "redirect_uri不能为空", {}, {"redirect_uri": ""}),
        (10012, "appid不能为空", {}, {"appid": None}),
        (10012, "appid不能为空", {}, {"appid": ""}),
        (10015, "公众号未授权第三方平台，请检查授权状态", {"policies": {"component_authorized": False}}, {"component_appid": "wx0"}),
        (10016, "不支持微信开放平台的Appid，请使用公众号Appid", {"kind": "website"}, {}),
        (10016, "不支持微信开放平台的Appid，请使用公众号Appid", {"kind": "mobile"}, {}),
    ],
)  # fmt: skip
def test_each_error_page_has_its_number_and_its_exact_words(
    town: Any, number: int, text: str, fields: dict[str, Any], changes: dict[str, Any]
) -> None:
    page = Account(town, **fields).authorize(**changes)

    assert (page.status_code, "Location" in page.headers) == (200, False)
    assert title(page) == text
    assert re.search(rf"错误码: ?{number} ", words(page))


def test_too_often_is_10009(town: Any) -> None:
    account = Account(town)
    town.api("POST", f"/apps/{account.appid}/faults", {"endpoint": "authorize", "error": "quota"})

    page = account.authorize()

    assert title(page) == "操作太频繁了，请稍后重试"
    assert re.search(r"错误码: ?10009 ", words(page))
    assert sent(account.authorize())["code"]


def test_a_missing_state_is_never_10013(town: Any) -> None:
    assert sent(Account(town).authorize(state=None))["state"] == ""


@pytest.mark.parametrize("value", ["token", "code token", "CODE"])
def test_another_response_type_is_refused_and_a_missing_one_is_code(town: Any, value: str) -> None:
    account = Account(town)

    page = account.authorize(response_type=value)

    assert (page.status_code, title(page)) == (200, "response_type 参数错误")
    assert sent(account.authorize(response_type=None))["code"]


def test_an_unknown_appid_has_a_page_without_a_number(town: Any) -> None:
    page = Account(town).authorize(appid="wx0000000000000000")

    assert title(page) == "AppID 参数错误"
    assert "错误码" not in page.text


@pytest.mark.parametrize("state", ["a" * 129, "汉" * 43])
def test_a_state_beyond_128_bytes_is_refused_by_the_strict_alone(town: Any, state: str) -> None:
    strict = Account(town, policies={"strict_state": True})

    assert sent(Account(town).authorize(state=state))["state"] == state
    assert title(strict.authorize(state=state)) == "state 参数过长"
    assert sent(strict.authorize(state="汉" * 42 + "ab"))["state"] == "汉" * 42 + "ab"


# -- the callback domain (A.1.2)


@pytest.mark.parametrize(
    ("redirect_uri", "relaxed", "strict"),
    [
        ("http://www.qq.com/any/path?x=1", True, True),
        ("https://www.qq.com", True, True),
        ("http://WWW.QQ.com/", True, True),
        ("http://www.qq.com:8080/", True, False),
        ("http://www.qq.com:80/", True, False),
        ("http://pay.qq.com/", False, False),
        ("http://qq.com/", False, False),
        ("http://www.qq.com./", False, False),
        ("http://xwww.qq.com/", False, False),
        ("http://localhost:3000/cb", True, False),
        ("http://127.0.0.1:9/cb", True, False),
        ("http://[::1]:9/cb", True, False),
        ("http://192.168.1.5/cb", True, False),
        ("http://10.0.0.7:8080/cb", True, False),
        ("http://8.8.8.8/cb", False, False),
        ("ftp://www.qq.com/", False, False),
        ("//www.qq.com/", False, False),
        ("www.qq.com/cb", False, False),
        ("http://www.qq.com@evil.test/", False, False),
        ("http://evil.test\\@www.qq.com/", False, False),
    ],
)
def test_the_host_alone_decides_and_strictly_without_a_port(
    town: Any, redirect_uri: str, relaxed: bool, strict: bool
) -> None:
    for rule, good in (("relaxed", relaxed), ("strict", strict)):
        account = Account(town, callback_domain="www.qq.com", policies={"redirect_match": rule})
        answer = account.authorize(redirect_uri=redirect_uri)
        if good:
            assert answer.headers["Location"].lower().startswith(redirect_uri.lower())
        else:
            assert title(answer) == "redirect_uri域名与后台配置不一致"


@pytest.mark.parametrize("rule", ["relaxed", "strict", "domain"])
@pytest.mark.parametrize(
    ("domain", "redirect_uri", "good"),
    [
        ("WWW.QQ.com", "http://www.qq.com/cb", True),
        ("www.qq.com", "http://WWW.QQ.COM/cb", True),
        ("xn--fsqu00a.xn--0zwm56d", "http://例子.测试/cb", True),
        ("xn--fsqu00a.xn--0zwm56d", "http://xn--fsqu00a.xn--0zwm56d/cb", True),
        ("xn--fsqu00a.xn--0zwm56d", "http://例子.测验/cb", False),
        ("www.qq.com", "http://www。qq.com/cb", False),
        ("www.qq.com", "http://" + "a" * 64 + "。com/", False),
    ],
)
def test_a_name_is_the_same_in_capitals_and_in_chinese(
    town: Any, rule: str, domain: str, redirect_uri: str, good: bool
) -> None:
    account = Account(town, callback_domain=domain, policies={"redirect_match": rule})

    answer = account.authorize(redirect_uri=redirect_uri)

    assert ("Location" in answer.headers) == good
    assert good or title(answer) == "redirect_uri域名与后台配置不一致"


# -- outcomes (A.1.1)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [(None, {"code": "authdeny", "state": "s"}), ("authdeny", {"code": "authdeny", "state": "s"}),
     ("state-only", {"state": "s"}), ("none", None),
     ("access_denied", {"error": "access_denied", "state": "s"})],
)  # fmt: skip
def test_what_a_refusal_looks_like_is_a_policy(
    town: Any, refusal: str | None, expected: dict[str, str] | None
) -> None:
    policies = {"refusal": refusal} if refusal else {}
    account = Account(town, consent={"mode": "ask"}, policies=policies)
    browser = Browser()
    answer = browser.submit(browser.follow(account.authorize(browser)), persona="zhangsan")
    consent = browser.follow(answer)

    answer = browser.submit(consent, decision="deny")

    if expected is None:
        assert (answer.status_code, "Location" in answer.headers) == (200, False)
    else:
        query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        assert query == expected
    assert "access_denied" in answer.headers.get("Location", "") or refusal != "access_denied"


def test_a_userinfo_scope_asks_in_the_platforms_words(town: Any) -> None:
    account = Account(town, name="美团", consent={"mode": "ask"})
    browser = Browser()
    answer = browser.submit(browser.follow(account.authorize(browser)), persona="zhangsan")

    text = words(browser.follow(answer))

    for said in ("美团", "申请", "获得你的公开信息", "昵称、头像", "拒绝", "允许"):
        assert said in text, said


def from_menu(town: Any, *, follows: bool = True, **changes: Any) -> requests.Response:
    """The answer to a second link of somebody who came from the account's menu; the first logged them in."""
    account = Account(town, consent={"mode": "ask"})
    account.user(follower_from_menu=True, follows=follows)
    browser = Browser()
    login = browser.follow(account.authorize(browser, scope="snsapi_base"))
    browser.submit(login, persona="zhangsan")
    return account.authorize(browser, **changes)


def test_a_follower_from_the_accounts_menu_is_not_asked(town: Any) -> None:
    assert sent(from_menu(town))["code"]


def test_force_popup_asks_no_follower_from_the_menu(town: Any) -> None:
    assert sent(from_menu(town, forcePopup="true"))["code"]


def test_who_comes_from_the_menu_and_does_not_follow_is_asked(town: Any) -> None:
    assert "/connect/consent" in from_menu(town, follows=False).headers["Location"]


def test_force_popup_asks_again_and_false_does_not(town: Any) -> None:
    account = Account(town, consent={"mode": "ask"})
    browser = Browser()
    answer = browser.submit(browser.follow(account.authorize(browser)), persona="zhangsan")
    browser.submit(browser.follow(answer), decision="approve")

    assert "code=" in account.authorize(browser).headers["Location"]
    assert "code=" in account.authorize(browser, forcePopup="false").headers["Location"]
    assert "/connect/consent" in account.authorize(browser, forcePopup="true").headers["Location"]


def test_a_forced_snapshot_is_one_under_force_popup_too(town: Any) -> None:
    account = Account(town, consent={"mode": "ask"})

    answer = account.authorize(forceSnapShot="true", forcePopup="true")

    assert account.token(code=sent(answer)["code"])["is_snapshotuser"] == 1


# -- the token endpoint (A.2)


def test_of_two_values_the_forms_is_taken(town: Any) -> None:
    account = Account(town)
    query = {"appid": "wx0000000000000000", "secret": "x", "code": "x", "grant_type": "x"}
    form = {"appid": account.appid, "secret": account.secret, "code": account.code()}

    answer = town.http.post(
        f"{town.provider}/sns/oauth2/access_token",
        params=query,
        data={**form, "grant_type": "authorization_code"},
        headers={"Accept": "application/xml"},
        timeout=10,
    )

    assert read(answer)["openid"]


@pytest.mark.parametrize(
    "extra", ["client_id", "client_secret", "redirect_uri", "lang", "access_token", "code_verifier"]
)
def test_what_the_token_endpoint_does_not_know_is_ignored(town: Any, extra: str) -> None:
    account = Account(town)

    assert account.token(code=account.code(), **{extra: "x"})["openid"]


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "implicit", "refresh_token", ""])
def test_there_is_no_other_grant_than_a_code(town: Any, grant_type: str) -> None:
    account = Account(town)
    code = account.code()

    assert (
        account.token(code=code, grant_type=grant_type, username="zhangsan", password="x")["errcode"] == 40002
    )
    assert account.token(code=code)["openid"]


def test_a_js_code_in_the_place_of_a_code_is_41008(town: Any) -> None:
    refused = Account(town).token(js_code="x")

    assert (refused["errcode"], refused["errmsg"][:12]) == (41008, "missing code")


@pytest.mark.parametrize(
    ("error", "number", "message"),
    [("busy", -1, "system error"),
     ("quota", 45011, "api minute-quota reach limit  mustslower  retry next minute")],
)  # fmt: skip
def test_a_busy_platform(town: Any, error: str, number: int, message: str) -> None:
    account = Account(town)
    code = account.code()
    town.api("POST", f"/apps/{account.appid}/faults", {"endpoint": "token", "error": error})

    refused = account.token(code=code)

    assert refused["errcode"] == number
    assert re.fullmatch(rf"{message}, rid: {RID}", refused["errmsg"])
    assert account.token(code=code)["openid"]


def test_a_late_code_may_be_42003(town: Any) -> None:
    account = Account(town, policies={"expired_code_error": 42003})
    code = account.code()
    account.advance("5m1s")

    refused = account.token(code=code)

    assert (refused["errcode"], refused["errmsg"].partition(",")[0]) == (42003, "code expired")


def test_an_old_refresh_token_may_be_42002(town: Any) -> None:
    account = Account(town, policies={"expired_refresh_error": 42002})
    tokens = account.tokens()
    account.advance("30d1s")

    refused = account.refresh(tokens["refresh_token"])

    assert (refused["errcode"], refused["errmsg"].partition(",")[0]) == (42002, "refresh_token expired")


def test_another_apps_refresh_token_is_40030_and_keeps_working(town: Any) -> None:
    ours, theirs = Account(town), Account(town)
    tokens = theirs.tokens()

    assert ours.refresh(tokens["refresh_token"])["errcode"] == 40030
    assert theirs.refresh(tokens["refresh_token"])["access_token"] == tokens["access_token"]


@pytest.mark.parametrize(
    ("policies", "at_userinfo", "at_refresh"),
    [({}, 50001, 40030), ({"withdrawn_error": 42007, "revoked_refresh_error": 42007}, 42007, 42007)],
)
def test_who_takes_back_the_consent_ends_both_tokens(
    town: Any, policies: dict[str, Any], at_userinfo: int, at_refresh: int
) -> None:
    account = Account(town, policies=policies)
    tokens = account.tokens()
    account.withdraw()

    assert account.profile(tokens)["errcode"] == at_userinfo
    assert account.refresh(tokens["refresh_token"])["errcode"] == at_refresh


def test_a_user_who_is_revoked_is_told_as_user_unauthorized(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens()
    account.withdraw()

    assert account.profile(tokens)["errmsg"].startswith("user unauthorized, rid: ")


@pytest.mark.parametrize("number", [42001, 40001, 40014])
def test_a_token_that_came_too_late_has_the_number_of_the_policy(town: Any, number: int) -> None:
    account = Account(town, policies={} if number == 42001 else {"expired_token_error": number})
    tokens = account.tokens()
    account.advance("2h1s")

    assert account.profile(tokens)["errcode"] == number


def test_a_token_answer_carries_what_clients_need(town: Any) -> None:
    """wire.md §11.3, §11.4: types, no null, URL-safe, a unionid that is the same everywhere."""
    account = Account(town)
    tokens = account.tokens()
    again = account.refresh(tokens["refresh_token"])
    twice = account.refresh(tokens["refresh_token"])

    for answer in (tokens, again, twice):
        assert isinstance(answer["expires_in"], int)
        assert answer["expires_in"] > 0
        texts = [answer[name] for name in ("access_token", "refresh_token", "openid", "scope")]
        assert all(isinstance(text, str) and re.fullmatch(r"[\w-]+", text, re.ASCII) for text in texts)
        assert None not in answer.values()
        assert "errcode" not in answer
    assert account.profile(again)["unionid"] == tokens["unionid"]
    assert "unionid" not in Account(town, open_platform="").tokens()


def test_two_scopes_are_told_with_a_comma(town: Any) -> None:
    assert Account(town).tokens(scope="snsapi_base,snsapi_userinfo")["scope"] == "snsapi_base,snsapi_userinfo"


@pytest.mark.parametrize(
    ("kind", "scope", "life"),
    [
        ("website", "snsapi_login", 600),
        ("mobile", "snsapi_userinfo", 600),
        ("official_account", "snsapi_userinfo", 300),
    ],
)
def test_kinds_differ_in_scope_and_in_the_life_of_a_code(town: Any, kind: str, scope: str, life: int) -> None:
    account = Account(town, kind=kind)
    town.api("POST", f"/worlds/{account.world}/clock", {"freeze": True})
    early, late = account.code(), account.code()
    account.advance(f"{life - 1}s")
    tokens = account.token(code=early)
    account.advance("1s")

    assert tokens["scope"] == scope
    assert json.dumps(account.profile(tokens), ensure_ascii=False).count("张三") == 1
    assert account.token(code=late)["errcode"] == 40029


# -- the profile (A.4)


def test_a_deleted_account_has_the_platforms_name_for_it(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens()
    account.user(deleted=True)

    assert account.profile(tokens)["nickname"] == "用户已经注销"


def test_who_has_no_avatar_has_an_empty_address(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens()
    account.user(avatar="")

    assert account.profile(tokens)["headimgurl"] == ""


def test_an_avatar_has_the_platforms_shape_and_is_served(town: Any) -> None:
    real, ours = Account(town, policies={"real_hosts": True}), Account(town)
    shown = real.profile(real.tokens())["headimgurl"]

    assert re.fullmatch(r"https://thirdwx\.qlogo\.cn/mmopen/vi_32/[\w.-]{80,90}/132", shown)
    path = urlsplit(ours.profile(ours.tokens())["headimgurl"]).path
    for host in ("thirdwx.qlogo.cn", "wx.qlogo.cn"):
        for size in ("0", "46", "64", "96", "132"):
            sized = path.rpartition("/")[0] + "/" + size
            answer = town.http.get(town.gateway + sized, headers={"Host": host}, timeout=10)
            assert (answer.status_code, answer.headers["Content-Type"][:6]) == (200, "image/"), (host, size)


def test_todays_profile_has_no_sex_no_region_and_no_language(town: Any) -> None:
    account = Account(town)
    account.user(sex=1, province="广东", city="深圳", country="中国", privilege=["chinaunicom"])
    tokens = account.tokens()

    for lang in ("zh_CN", "zh_TW", "en", "x", None):
        told = account.profile(tokens, lang=lang)
        assert [told[name] for name in ("sex", "language", "city", "province", "country")] == [
            0,
            "",
            "",
            "",
            "",
        ]
        assert told["privilege"] == ["chinaunicom"]


@pytest.mark.parametrize(
    ("kind", "lang", "told"),
    [
        ("official_account", None, ("zh_CN", "深圳", "广东", "中国")),
        ("website", None, ("en", "Shenzhen", "Guangdong", "China")),
        ("mobile", None, ("en", "Shenzhen", "Guangdong", "China")),
        ("website", "zh_CN", ("zh_CN", "深圳", "广东", "中国")),
        ("official_account", "en", ("en", "Shenzhen", "Guangdong", "China")),
        ("official_account", "zh_TW", ("zh_TW", "深圳", "廣東", "中國")),
    ],
)
def test_the_older_profile_has_them_in_the_language_that_was_asked_for(
    town: Any, kind: str, lang: str | None, told: tuple[str, ...]
) -> None:
    """§9: without ``lang`` English for websites and mobile apps, Chinese for official accounts."""
    account = Account(town, kind=kind, policies={"profile_era": "legacy"})
    profile = account.profile(account.tokens(), lang=lang)

    assert tuple(profile[name] for name in ("language", "city", "province", "country")) == told
    assert profile["sex"] == 1


def test_types_are_the_platforms(town: Any) -> None:
    """§0.3 fact 5."""
    account = Account(town)
    profile = account.profile(account.tokens())

    assert type(profile["sex"]) is int
    assert profile["privilege"] == []
    assert all(isinstance(value, str) for name, value in profile.items() if name not in ("sex", "privilege"))
    assert type(account.token(code="x")["errcode"]) is int


def test_a_profile_never_says_errcode(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens()
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}

    assert b"errcode" not in account.call("userinfo", **query).content
    refresh = {
        "appid": account.appid,
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    assert b"errcode" not in account.call("oauth2/refresh_token", **refresh).content


# -- what follows an errmsg (A.6)


def test_a_rid_starts_with_the_hour_in_hexadecimal(town: Any) -> None:
    for path, comma in (("/sns/oauth2/access_token", ","), ("/cgi-bin/token", "")):
        errmsg = str(town.http.get(town.provider + path, timeout=10).json()["errmsg"])
        found = re.fullmatch(
            rf"appid missing{comma} rid: ([0-9a-f]{{8}})-[0-9a-f]{{8}}-[0-9a-f]{{8}}", errmsg
        )
        assert found is not None, errmsg
        assert abs(int(found[1], 16) - time.time()) < 60


@pytest.mark.parametrize(
    ("suffix", "sns", "cgi"),
    [
        ("none", "invalid appsecret", "invalid appsecret"),
        ("hints", r"invalid appsecret, hints: \[ req_id: [\w-]{8}-[\w-]{4} \]", r"invalid appsecret, view more at http://t\.cn/RAEkdVq hint: \[[\w-]+\]"),
        ("rid", rf"invalid appsecret, rid: {RID}", rf"invalid appsecret rid: {RID}"),
    ],
)  # fmt: skip
def test_each_age_has_its_suffix(town: Any, suffix: str, sns: str, cgi: str) -> None:
    account = Account(town, policies={"errmsg_suffix": suffix})
    query = {"appid": account.appid, "secret": "wrong", "grant_type": "client_credential"}

    assert re.fullmatch(sns, account.token(code="x", secret="wrong")["errmsg"])
    answer = town.http.get(f"{town.provider}/cgi-bin/token", params=query, timeout=10).json()
    assert re.fullmatch(cgi, answer["errmsg"])


# -- what clients were seen to send (§11)


def test_a_raw_redirect_uri_and_parameters_in_any_order_are_taken(town: Any) -> None:
    account = Account(town)
    url = (
        f"{town.provider}/connect/oauth2/authorize?state=&scope=snsapi_userinfo&response_type=code"
        f"&redirect_uri=http://127.0.0.1/callback?a=1&connect_redirect=1&client_id=x&appid={account.appid}"
    )

    answer = requests.get(url, allow_redirects=False, timeout=10)

    location = urlsplit(answer.headers["Location"])
    assert location.query.startswith("a=1&code=0")
    assert parse_qs(location.query, keep_blank_values=True)["state"] == [""]


def test_the_query_wins_over_a_bearer_header(town: Any) -> None:
    account = Account(town)
    tokens = account.tokens()
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}

    answer = town.http.get(
        f"{town.resource}/sns/userinfo", params=query, headers={"Authorization": "Bearer other"}, timeout=10
    )

    assert read(answer)["openid"] == tokens["openid"]


@pytest.mark.parametrize(
    "name", ["invalid_request", "access_denied", "invalid_client", "invalid_grant", "invalid_scope"]
)
def test_no_word_of_oauth_is_ever_said(town: Any, name: str) -> None:
    """wire.md §10: of RFC 6749's errors WeChat emits none."""
    account = Account(town)
    answers = [
        account.authorize(scope="foo"),
        account.authorize(appid=None),
        account.authorize(response_type="x"),
    ]
    answers += [
        account.call("oauth2/access_token"),
        account.call(
            "oauth2/access_token", appid=account.appid, secret="x", code="x", grant_type="authorization_code"
        ),
    ]
    town.api("POST", f"/apps/{account.appid}/next", {"user": "zhangsan", "decision": "deny"})
    answers.append(account.authorize())

    for answer in answers:
        assert name not in answer.text + answer.headers.get("Location", "")


@pytest.mark.parametrize("kind", ["spa", "native", "web"])
def test_an_app_without_a_server_is_no_app_of_wechats(town: Any, kind: str) -> None:
    """S2: «适用于拥有 server 端的应用授权»."""
    problem = town.api("POST", "/apps", {"dialect": "wechat", "kind": kind}, status=422)

    assert problem["errors"][0]["field"] == "kind"
    assert "official_account" in problem["detail"] + json.dumps(problem["errors"])


def test_no_app_of_wechats_goes_without_its_secret(town: Any) -> None:
    body = {"dialect": "wechat", "token_endpoint_auth_method": "none"}

    problem = town.api("POST", "/apps", body, status=422)

    assert problem["errors"][0]["field"] == "token_endpoint_auth_method"


@pytest.mark.parametrize(
    ("guide", "said"),
    [
        ("your-own-client.md", "WeChat's login is for apps with a server side"),
        ("your-own-client.zh-CN.md", "微信登录适用于拥有 server 端的应用"),
    ],
)
def test_the_guide_says_for_whom_wechats_login_is(guide: str, said: str) -> None:
    assert said in (Path(__file__).parents[2] / "docs" / guide).read_text("utf-8")


# -- the console (D), and a poll that fails (B.2)


def test_the_console_has_the_platforms_blocks_in_its_words(town: Any) -> None:
    owner = Browser()
    town.api("POST", "/users", {"uid": "rows-owner", "nickname": "沙盒"})
    login = owner.get(f"{town.provider}/debug/cgi-bin/sandbox?t=sandbox/login")
    owner.submit(login, persona="rows-owner")
    page = owner.get(f"{town.provider}/debug/cgi-bin/sandboxinfo?action=showinfo&t=sandbox/index")
    town.api("DELETE", "/users/rows-owner")

    text = words(page)
    for block in ("测试号信息", "appID", "appsecret", "测试号二维码", "用户列表", "体验接口权限表", "网页服务", "网页帐号",
                  "网页授权获取用户基本信息", "修改", "授权回调页面域名"):  # fmt: skip
        assert block in text, block


def test_a_code_that_cannot_be_read_any_more_is_500(control: Any, start: Any) -> None:
    """The provider's key was changed while the page stood open."""
    app = control.wechat(kind="website", consent={"mode": "ask"}, policies={"qr_hold": 0})
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "scope": "snsapi_login"}
    page = control.stage("/connect/qrconnect", query).get_data(as_text=True)
    uuid = re.search(r"/connect/qrcode/(\w+)", page)[1]  # type: ignore[index]
    control("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})

    answer = start(session_key="another").stage("/connect/l/qrconnect", {"uuid": uuid})

    assert answer.data == b"window.wx_errcode=500;window.wx_code='';"
