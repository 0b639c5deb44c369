"""What real SDKs were seen to send (docs/clients.md), sent again by hand: no registry is needed to keep it working.

Each row is one call as the SDK spelled it: the order of its parameters, the places they are in, and its headers.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
import requests

CALLBACK = "http://127.0.0.1/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


class Back:
    """A back end that writes its requests down to the byte. ``values`` are what it knows by now."""

    def __init__(self, town: Any, dialect: str, kind: str) -> None:
        self.town = town
        app = {"dialect": dialect, "kind": kind, "open_platform": "p", "redirect_uris": [CALLBACK]}
        self.app = town.api("POST", "/apps", {**app, "consent": {"mode": "auto", "user": "zhangsan"}})
        appid, secret = self.app["appid"], self.app["secret"]
        self.values = {
            "appid": appid,
            "client_id": appid,
            "oauth_consumer_key": appid,
            "secret": secret,
            "client_secret": secret,
            "redirect_uri": CALLBACK,
            "grant_type": "authorization_code",
            "lang": "zh_CN",
            "fmt": "json",
        }

    def code(self, scope: str = "") -> None:
        body = {"user": "zhangsan", "redirect_uri": CALLBACK, **({"scope": scope} if scope else {})}
        self.values["code"] = self.town.api("POST", f"/apps/{self.app['appid']}/codes", body)["code"]

    def pairs(self, names: str) -> list[tuple[str, str]]:
        return [(name, self.values[name]) for name in names.split()]

    def ask(
        self, method: str, path: str, query: str = "", body: str | bytes = b"", **headers: str
    ) -> requests.Response:
        """``query`` are names; ``body`` likewise if it is text, and a form then."""
        content = urlencode(self.pairs(body)).encode() if isinstance(body, str) else body
        told = {**(FORM if isinstance(body, str) else {}), **headers}
        told = {name.replace("_", "-"): value for name, value in told.items()}
        url = f"{self.town.gateway}{path}" + (f"?{urlencode(self.pairs(query))}" if query else "")
        request = requests.Request(method, url, headers=told, data=content).prepare()
        assert ("Content-Type" in request.headers) is ("Content-Type" in told)
        answer: requests.Response = self.town.http.send(request, timeout=10)
        return answer

    def took(self, answer: requests.Response) -> dict[str, Any]:
        """The JSON of an answer that says yes; what it gave is known from now on."""
        found: dict[str, Any] = json.loads(answer.content)
        assert answer.status_code == 200, answer.text
        assert not found.get("errcode"), answer.text
        assert "error" not in found, answer.text
        self.values |= {name: str(value) for name, value in found.items() if isinstance(value, str | int)}
        return found


# -- WeChat

BASIC = "Basic d3g6c2VjcmV0"
TOKEN_CALLS = {
    "wechatpy, wechat-oauth": ("GET", "appid secret code grant_type", None, {}),
    "grant": ("GET", "grant_type code redirect_uri appid secret", None, {}),
    "social-core": ("POST", "", "grant_type code appid secret redirect_uri", {"Accept": "application/json"}),
    "allauth": ("POST", "", "appid grant_type secret code", {}),
    "Auth.js": ("POST", "appid secret", "redirect_uri code grant_type", {"Authorization": BASIC}),
}


@pytest.mark.parametrize("sdk", TOKEN_CALLS)
def test_a_wechat_code_is_redeemed(town: Any, sdk: str) -> None:
    back = Back(town, "wechat", "official_account")
    back.code("snsapi_userinfo")
    method, query, body, headers = TOKEN_CALLS[sdk]

    token = back.took(back.ask(method, "/sns/oauth2/access_token", query, body or b"", **headers))

    assert token["scope"] == "snsapi_userinfo"
    assert "errcode" not in token


@pytest.mark.parametrize(
    ("query", "bearer"),
    [("access_token openid lang", False), ("access_token openid", False), ("access_token openid lang", True)],
    ids=["wechatpy", "social-core, allauth", "grant"],
)
def test_a_wechat_profile_is_read(town: Any, query: str, bearer: bool) -> None:
    back = Back(town, "wechat", "official_account")
    back.code("snsapi_userinfo")
    back.took(back.ask("GET", "/sns/oauth2/access_token", "appid secret code grant_type"))
    headers = {"Authorization": f"Bearer {back.values['access_token']}"} if bearer else {}

    profile = back.took(back.ask("GET", "/sns/userinfo", query, **headers))

    assert profile["nickname"] == "张三"


def test_a_js_code_is_redeemed_with_a_server_token_beside_it(town: Any) -> None:
    """wechatpy: its client adds access_token to every call."""
    back = Back(town, "wechat", "mini_program")
    back.values["js_code"] = town.api("POST", f"/apps/{back.app['appid']}/js_codes", {})["js_code"]
    back.values["grant_type"] = "client_credential"
    back.took(back.ask("GET", "/cgi-bin/token", "grant_type appid secret"))
    back.values["grant_type"] = "authorization_code"

    session = back.took(
        back.ask("GET", "/sns/jscode2session", "appid secret js_code grant_type access_token")
    )

    assert set(session) == {"session_key", "openid", "unionid"}


@pytest.mark.parametrize("headers", [{}, JSON], ids=["wechatpy", "node-easywechat"])
def test_a_phone_number_is_bought_also_by_a_body_that_does_not_say_what_it_is(
    town: Any, headers: dict[str, str]
) -> None:
    back = Back(town, "wechat", "mini_program")
    own = {"grant_type": "client_credential", "appid": back.app["appid"], "secret": back.app["secret"]}
    stable = json.dumps({**own, "force_refresh": False}, separators=(",", ":")).encode()
    back.took(back.ask("POST", "/cgi-bin/stable_token", body=stable, **JSON))
    code = town.api("POST", f"/apps/{back.app['appid']}/mini_program/zhangsan/phone_number")["code"]
    body = json.dumps({"code": code}).encode()

    answer = back.took(
        back.ask("POST", "/wxa/business/getuserphonenumber", "access_token", body=body, **headers)
    )

    assert answer["phone_info"]["countryCode"] == "86"


# -- QQ


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("POST", "", "grant_type code redirect_uri client_id client_secret"),
        ("GET", "grant_type code client_id client_secret redirect_uri", None),
        ("GET", "client_id client_secret code redirect_uri grant_type fmt", None),
    ],
    ids=["social-core", "grant", "node-socialite"],
)
def test_a_qq_code_is_redeemed_and_the_profile_read(
    town: Any, method: str, query: str, body: str | None
) -> None:
    back = Back(town, "qq", "web")
    back.code()

    answer = back.ask(method, "/oauth2.0/token", query, body or b"")
    fmt = "fmt" in query
    back.values |= json.loads(answer.content) if fmt else dict(parse_qsl(answer.text))
    bearer = {"Authorization": f"Bearer {back.values['access_token']}"}
    me = back.ask("GET", "/oauth2.0/me", "fmt access_token" if fmt else "access_token", **bearer).content
    back.values["openid"] = json.loads(me if fmt else me[10:-3])["openid"]
    profile = back.took(
        back.ask("GET", "/user/get_user_info", "access_token oauth_consumer_key openid", **bearer)
    )

    assert profile["ret"] == 0
    assert profile["nickname"] == "张三"


# -- Weibo


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/oauth2/access_token", "grant_type redirect_uri client_id client_secret code"),
        ("/oauth2/access_token", "redirect_uri grant_type code client_id client_secret"),
        ("/2/oauth2/access_token", None),
    ],
    ids=["passport-weibo", "allauth", "node-socialite"],
)
def test_a_weibo_code_is_redeemed_and_the_profile_read(town: Any, path: str, body: str | None) -> None:
    back = Back(town, "weibo", "web")
    back.code()
    names = "client_id client_secret code redirect_uri grant_type"
    content = json.dumps(dict(back.pairs(names)), separators=(",", ":")).encode()

    back.took(back.ask("POST", path, body=body or content, **({} if body else JSON)))
    uid = back.took(back.ask("GET", "/2/account/get_uid.json", "access_token"))["uid"]
    profile = back.took(back.ask("GET", "/2/users/show.json", "uid access_token"))

    assert back.values["uid"] == str(uid) == profile["idstr"]
    assert profile["screen_name"] == "张三"


def test_a_weibo_token_is_asked_about_by_an_empty_form(town: Any) -> None:
    """node-socialite: the token in the query, and a form with nothing in it."""
    back = Back(town, "weibo", "web")
    back.code()
    back.took(
        back.ask("POST", "/oauth2/access_token", body="grant_type client_id client_secret code redirect_uri")
    )

    info = back.took(back.ask("POST", "/oauth2/get_token_info", "access_token", **FORM))

    assert str(info["uid"]) == back.values["uid"]


def test_a_weibo_token_may_stand_twice_in_the_query(town: Any) -> None:
    """requests-oauthlib: the caller wrote it into the URL, and its Weibo fix adds it once more."""
    back = Back(town, "weibo", "web")
    back.code()
    back.took(
        back.ask("POST", "/oauth2/access_token", body="grant_type client_id client_secret code redirect_uri")
    )

    assert back.took(back.ask("GET", "/2/users/show.json", "access_token uid access_token"))["name"] == "张三"


# -- authorize

SAFE = quote(CALLBACK, safe="")


@pytest.mark.parametrize(
    ("dialect", "kind", "path", "query"),
    [
        (
            *("wechat", "official_account", "/connect/oauth2/authorize"),
            "appid={id}&scope=snsapi_userinfo&response_type=code&client_id={id}&redirect_uri={uri}&state=s",
        ),
        (
            *("wechat", "official_account", "/connect/oauth2/authorize"),
            "response_type=code&redirect_uri={uri}&scope=snsapi_userinfo&state=s&appid={id}",
        ),
        (
            *("wechat", "official_account", "/connect/oauth2/authorize"),
            "appid={id}&redirect_uri={uri}&scope=snsapi_userinfo&response_type=code&connect_redirect=1&state=s",
        ),
        ("weibo", "web", "/oauth2/authorize", "response_type=code&redirect_uri={uri}&client_id={id}"),
    ],
    ids=["Auth.js", "grant", "node-easywechat", "passport-weibo"],
)
def test_an_authorize_request_is_answered(town: Any, dialect: str, kind: str, path: str, query: str) -> None:
    appid = Back(town, dialect, kind).app["appid"]

    away = town.http.get(
        f"{town.gateway}{path}?{query.format(id=appid, uri=SAFE)}", allow_redirects=False, timeout=10
    )

    assert away.status_code == 302
    assert away.headers["Location"].startswith(f"{CALLBACK}?code=")
