"""The wire of WeChat's web authorization, byte by byte (wire.md A.1–A.6, §0.3, §11), over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests

CALLBACK = "http://127.0.0.1/callback"
RID = re.compile(r", rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")


class WeChat:
    """A client of the platform, as an SDK is one."""

    def __init__(self, world: Any) -> None:
        self.world, self.town = world, world.town

    def authorize(self, **changes: Any) -> requests.Response:
        params = {
            "appid": self.world.appid,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "snsapi_userinfo",
            "state": "s",
        }
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        url = f"{self.town.provider}/connect/oauth2/authorize"
        return requests.get(url, params=params, allow_redirects=False, timeout=10)

    def code(self, **changes: Any) -> str:
        response = self.authorize(**changes)
        assert response.status_code == 302, response.text
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]

    def token(self, method: str = "GET", **changes: Any) -> requests.Response:
        params = {
            "appid": self.world.appid,
            "secret": self.world.secret,
            "code": "",
            "grant_type": "authorization_code",
        }
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        url = f"{self.town.provider}/sns/oauth2/access_token"
        if method == "GET":
            return requests.get(url, params=params, timeout=10)
        return requests.post(url, data=params, timeout=10)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return dict(self.token(code=self.code(**changes)).json())

    def refresh(self, **changes: Any) -> requests.Response:
        params = {"appid": self.world.appid, "grant_type": "refresh_token", **changes}
        params = {k: v for k, v in params.items() if v is not None}
        return requests.get(f"{self.town.provider}/sns/oauth2/refresh_token", params=params, timeout=10)

    def userinfo(self, path: str = "/sns/userinfo", **params: Any) -> requests.Response:
        return requests.get(self.town.resource + path, params=params, timeout=10)


@pytest.fixture
def wechat(world: Any) -> WeChat:
    return WeChat(world)


def errcode(response: requests.Response) -> int:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain"
    number: int = response.json()["errcode"]
    return number


def test_token_answer_has_the_platforms_bytes(wechat: WeChat) -> None:
    response = wechat.token(code=wechat.code())

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain"
    assert b"errcode" not in response.content
    assert re.fullmatch(
        rb'\{"access_token":"83_[\w-]{107}","expires_in":7200,"refresh_token":"83_[\w-]{107}",'
        rb'"openid":"o[\w-]{27}","scope":"snsapi_userinfo","unionid":"o[\w-]{27}"\}',
        response.content,
    )


def test_code_has_the_platforms_shape(wechat: WeChat) -> None:
    assert re.fullmatch(r"0\d\d[0-9A-Za-z]{29}", wechat.code())


def test_userinfo_answer_has_the_platforms_bytes(wechat: WeChat) -> None:
    tokens = wechat.tokens()

    response = wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"], lang="zh_CN")

    assert response.headers["Content-Type"] == "text/plain"
    text = response.content.decode("utf-8")
    head = f'{{"openid":"{tokens["openid"]}","nickname":"张三","sex":0,"language":"","city":"","province":"","country":"",'
    assert text.startswith(head + '"headimgurl":"http:\\/\\/')
    assert text.endswith(f'\\/132","privilege":[],"unionid":"{tokens["unionid"]}"}}')


def test_social_core_repairs_the_nickname(wechat: WeChat) -> None:
    """social-core's and allauth's line works only under text/plain without a charset (wire.md §8.1)."""
    tokens = wechat.tokens()
    response = wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])

    nickname = json.loads(response.text)["nickname"]

    assert nickname.encode("raw_unicode_escape").decode("utf-8") == "张三"


@pytest.mark.parametrize(
    ("split", "auth"), [("get", False), ("form", False), ("mixed", False), ("mixed", True)]
)
def test_token_call_comes_as_get_form_or_both(wechat: WeChat, split: str, auth: bool) -> None:
    query = {"appid": wechat.world.appid, "secret": wechat.world.secret}
    body = {
        "code": wechat.code(),
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "client_id": "x",
    }
    if split == "get":
        query, body = {**query, **body}, {}
    if split == "form":
        query, body = {}, {**query, **body}
    response = requests.request(
        "GET" if split == "get" else "POST",
        f"{wechat.town.provider}/sns/oauth2/access_token",
        params=query,
        data=body or None,
        auth=("junk", "junk") if auth else None,
        timeout=10,
    )

    assert set(response.json()) == {
        "access_token",
        "expires_in",
        "refresh_token",
        "openid",
        "scope",
        "unionid",
    }


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({"appid": None}, 41002, "appid missing"),
        ({"appid": "", "secret": ""}, 41002, "appid missing"),
        ({"secret": None}, 41004, "appsecret missing"),
        ({"code": None}, 41008, "missing code"),
        ({"code": "x", "grant_type": None}, 40002, "invalid grant_type"),
        ({"code": "x", "grant_type": "password"}, 40002, "invalid grant_type"),
        ({"code": "x", "appid": "wx0000000000000000"}, 40013, "invalid appid"),
        ({"code": "x", "secret": "wrong"}, 40125, "invalid appsecret"),
        ({"code": "x"}, 40029, "invalid code"),
        ({"code": "汉字 \x00 💥"}, 40029, "invalid code"),
    ],
)
def test_token_errors_in_the_platforms_order(
    wechat: WeChat, changes: dict[str, Any], number: int, message: str
) -> None:
    response = wechat.token(**changes)

    assert errcode(response) == number
    assert response.json()["errmsg"].startswith(message)
    assert RID.search(response.json()["errmsg"])


def test_code_works_once(wechat: WeChat) -> None:
    code = wechat.code()
    assert "access_token" in wechat.token(code=code).json()

    assert errcode(wechat.token(code=code)) == 40163


def test_failed_exchange_does_not_spend_the_code(wechat: WeChat) -> None:
    code = wechat.code()
    assert errcode(wechat.token(code=code, secret="wrong")) == 40125

    assert "access_token" in wechat.token(code=code).json()


def test_replay_does_not_revoke_what_was_issued(wechat: WeChat) -> None:
    code = wechat.code()
    tokens = wechat.token(code=code).json()
    wechat.token(code=code)

    assert "nickname" in wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"]).json()


def test_code_is_bound_to_its_app(wechat: WeChat) -> None:
    other = wechat.world.new_app(name="别家", dialect="wechat", kind="official_account")
    code = wechat.code()

    assert errcode(wechat.token(code=code, appid=other["appid"], secret=other["secret"])) == 40029
    assert "access_token" in wechat.token(code=code).json()


def test_code_lives_five_minutes_on_the_worlds_clock(wechat: WeChat) -> None:
    wechat.world.freeze()
    early, late = wechat.code(), wechat.code()

    wechat.world.advance("4m59s")
    assert "access_token" in wechat.token(code=early).json()
    wechat.world.advance("2s")
    assert errcode(wechat.token(code=late)) == 40029


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"appid": None, "refresh_token": "x"}, 41002),
        ({}, 41003),
        ({"refresh_token": "x", "grant_type": "authorization_code"}, 40002),
        ({"refresh_token": "x", "appid": "wx0000000000000000"}, 40013),
        ({"refresh_token": "x"}, 40030),
    ],
)
def test_refresh_errors(wechat: WeChat, changes: dict[str, Any], number: int) -> None:
    assert errcode(wechat.refresh(**changes)) == number


def test_refresh_gives_the_same_access_token_while_it_lives(wechat: WeChat) -> None:
    tokens = wechat.tokens()
    wechat.world.advance("1h")

    again = wechat.refresh(refresh_token=tokens["refresh_token"])

    assert list(again.json()) == ["access_token", "expires_in", "refresh_token", "openid", "scope"]
    assert again.json()["access_token"] == tokens["access_token"]
    assert again.json()["expires_in"] == 7200
    assert again.json()["refresh_token"] == tokens["refresh_token"]
    wechat.world.advance("1h30m")  # 2.5 h after the login, 1.5 h after the refresh
    assert "nickname" in wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"]).json()


def test_refresh_after_expiry_gives_another_access_token(wechat: WeChat) -> None:
    tokens = wechat.tokens()
    wechat.world.advance("2h1s")

    fresh = wechat.refresh(refresh_token=tokens["refresh_token"]).json()

    assert fresh["access_token"] != tokens["access_token"]
    assert errcode(wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])) == 42001
    assert "nickname" in wechat.userinfo(access_token=fresh["access_token"], openid=tokens["openid"]).json()


def test_refresh_of_a_revoked_access_token_gives_another_one(wechat: WeChat) -> None:
    tokens = wechat.tokens()
    listed = wechat.town.api("GET", f"/apps/{wechat.world.appid}/tokens")
    access = next(token["id"] for token in listed if token["kind"] == "access")
    wechat.town.api("POST", f"/tokens/{access}", {"revoke": True})

    fresh = wechat.refresh(refresh_token=tokens["refresh_token"]).json()

    assert fresh["access_token"] != tokens["access_token"]
    assert errcode(wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])) == 40001


def test_refresh_token_lives_thirty_days_and_is_not_renewed(wechat: WeChat) -> None:
    tokens = wechat.tokens()
    wechat.world.advance("29d")
    assert "access_token" in wechat.refresh(refresh_token=tokens["refresh_token"]).json()

    wechat.world.advance("1d1s")
    assert errcode(wechat.refresh(refresh_token=tokens["refresh_token"])) == 40030


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"access_token": ""}, 41001),
        ({"openid": ""}, 41009),
        ({"access_token": "83_nope"}, 40001),
        ({"openid": "oSomebodyElse"}, 40003),
    ],
)
@pytest.mark.parametrize("path", ["/sns/userinfo", "/sns/auth"])
def test_profile_errors(wechat: WeChat, change: dict[str, str], number: int, path: str) -> None:
    tokens = wechat.tokens()
    params = {"access_token": tokens["access_token"], "openid": tokens["openid"], **change}

    assert errcode(wechat.userinfo(path, **params)) == number


def test_auth_is_the_one_success_with_an_errcode(wechat: WeChat) -> None:
    tokens = wechat.tokens()
    response = requests.get(
        f"{wechat.town.resource}/sns/auth",
        params={"access_token": tokens["access_token"], "openid": tokens["openid"]},
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert response.content == b'{"errcode":0,"errmsg":"ok"}'


def test_base_scope_is_silent_and_opens_no_profile(wechat: WeChat) -> None:
    tokens = wechat.tokens(scope="snsapi_base")

    assert tokens["scope"] == "snsapi_base"
    assert "unionid" not in tokens
    params = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert errcode(wechat.userinfo(**params)) == 48001
    assert wechat.userinfo("/sns/auth", **params).json()["errcode"] == 0


def test_base_token_reads_the_profile_of_who_granted_it_before(wechat: WeChat) -> None:
    wechat.tokens(scope="snsapi_userinfo")
    tokens = wechat.tokens(scope="snsapi_base")

    answer = wechat.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])

    assert json.loads(answer.content)["nickname"] == "张三"


@pytest.mark.parametrize(
    ("changes", "number", "text"),
    [
        ({"appid": None}, "10012", "appid不能为空"),
        ({"redirect_uri": None}, "10011", "redirect_uri不能为空"),
        ({"scope": None}, "10010", "scope不能为空"),
        ({"scope": "snsapi_login"}, "10005", "此公众号并没有这些scope的权限"),
        ({"redirect_uri": "https://evil.example/callback"}, "10003", "redirect_uri域名与后台配置不一致"),
        ({"redirect_uri": "https://127.0.0.1@evil.example/"}, "10003", "redirect_uri域名与后台配置不一致"),
        ({"redirect_uri": "javascript:alert(1)"}, "10003", "redirect_uri域名与后台配置不一致"),
        ({"appid": "wx0000000000000000"}, "", "AppID 参数错误"),
    ],
)
def test_authorize_errors_are_pages_with_the_platforms_number(
    wechat: WeChat, changes: dict[str, Any], number: str, text: str
) -> None:
    response = wechat.authorize(**changes)

    assert response.status_code == 200
    assert "Location" not in response.headers
    assert response.headers["Content-Type"].startswith("text/html")
    assert text in response.text
    assert number in response.text


@pytest.mark.parametrize("state", ["", "a" * 128, "https://x.test/?a=1&b=汉字#f", "a|b_c-d~", None])
def test_state_comes_back_unchanged(wechat: WeChat, state: str | None) -> None:
    location = wechat.authorize(state=state).headers["Location"]

    returned = dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))
    assert returned["state"] == (state or "")


def test_own_query_and_fragment_of_the_redirect_uri_are_kept(wechat: WeChat) -> None:
    location = wechat.authorize(redirect_uri="http://127.0.0.1/cb?a=%2F&b#/route").headers["Location"]

    assert re.fullmatch(r"http://127\.0\.0\.1/cb\?a=%2F&b&code=0\w{31}&state=s#/route", location)


def test_extra_and_disordered_parameters_are_ignored(wechat: WeChat) -> None:
    response = requests.get(
        f"{wechat.town.provider}/connect/oauth2/authorize?scope=snsapi_base,snsapi_userinfo&state=&client_id=zz"
        f"&connect_redirect=1&nonce=1&lang=en&redirect_uri={CALLBACK}&appid={wechat.world.appid}",
        allow_redirects=False,
        timeout=10,
    )

    assert response.status_code == 302


def test_refusal_is_authdeny(wechat: WeChat) -> None:
    wechat.town.api("POST", f"/apps/{wechat.world.appid}/next", {"user": "zhangsan", "decision": "deny"})

    location = wechat.authorize().headers["Location"]

    assert parse_qs(urlsplit(location).query) == {"code": ["authdeny"], "state": ["s"]}


def test_openid_differs_by_app_and_unionid_joins(wechat: WeChat) -> None:
    other = wechat.world.new_app(
        name="第二个",
        dialect="wechat",
        kind="official_account",
        redirect_uris=[CALLBACK],
        open_platform="test",
        consent={"mode": "auto", "user": "zhangsan"},
    )
    first = wechat.tokens()
    code = wechat.code(appid=other["appid"])
    second = wechat.token(code=code, appid=other["appid"], secret=other["secret"]).json()

    assert first["openid"] != second["openid"]
    assert first["unionid"] == second["unionid"]


def test_redeemed_through_the_gateway_with_the_platforms_host(wechat: WeChat) -> None:
    code = wechat.code()
    params = {
        "appid": wechat.world.appid,
        "secret": wechat.world.secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    tokens = requests.get(
        f"{wechat.town.gateway}/api.weixin.qq.com/sns/oauth2/access_token", params=params, timeout=10
    ).json()
    profile = requests.get(
        f"{wechat.town.gateway}/sns/userinfo",
        params={"access_token": tokens["access_token"], "openid": tokens["openid"]},
        headers={"Host": "api.weixin.qq.com"},
        timeout=10,
    )

    assert profile.headers["Content-Type"] == "text/plain"
    assert profile.json()["openid"] == tokens["openid"]
