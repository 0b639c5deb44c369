"""Rows of the seeds that provider and resource API answer for, as a client of fidelity ``tutorial`` meets them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

CALLBACK = "http://127.0.0.1/callback"


class Client:
    """An app that approves as 张三 at once, unless a call names somebody else."""

    def __init__(self, world: Any, **fields: Any) -> None:
        self.world, self.town = world, world.town
        defaults = {"dialect": "wechat", "fidelity": "tutorial", "redirect_uris": [CALLBACK]}
        self.app = world.new_app(**{**defaults, "consent": {"mode": "auto", "user": "zhangsan"}, **fields})
        self.standard = self.app["dialect"] == "standard"

    def authorize(self, **changes: Any) -> requests.Response:
        query = {"redirect_uri": CALLBACK, "response_type": "code", "scope": "snsapi_userinfo", "state": "s"}
        query |= {"client_id" if self.standard else "appid": self.app["appid"], **changes}
        path = "/oauth/authorize" if self.standard else "/connect/oauth2/authorize"
        query = {name: value for name, value in query.items() if value is not None}
        return requests.get(self.town.provider + path, params=query, allow_redirects=False, timeout=10)

    def answer(self, **changes: Any) -> dict[str, str]:
        response = self.authorize(**changes)
        return dict(parse_qsl(urlsplit(response.headers.get("Location", "")).query))

    def tokens(self, user: str = "", **changes: Any) -> dict[str, Any]:
        if user:
            self.town.api("POST", f"/apps/{self.app['appid']}/next", {"user": user, "decision": "approve"})
        form = {"code": self.answer(**changes)["code"], "grant_type": "authorization_code"}
        if self.standard:
            form |= {
                "client_id": self.app["appid"],
                "client_secret": self.app["secret"],
                "redirect_uri": CALLBACK,
            }
        else:
            form |= {"appid": self.app["appid"], "secret": self.app["secret"]}
        path = "/oauth/token" if self.standard else "/sns/oauth2/access_token"
        return dict(requests.post(self.town.provider + path, data=form, timeout=10).json())

    def refresh(self, tokens: dict[str, Any]) -> dict[str, Any]:
        form = {
            "appid": self.app["appid"],
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
        }
        url = f"{self.town.provider}/sns/oauth2/refresh_token"
        return dict(requests.post(url, data=form, timeout=10).json())

    def profile(self, headers: dict[str, str] | None = None, **query: str) -> dict[str, Any]:
        url = f"{self.town.resource}/sns/userinfo"
        return dict(json.loads(requests.get(url, params=query, headers=headers, timeout=10).content))


@pytest.fixture
def client(world: Any) -> Client:
    return Client(world)


def test_the_profile_is_told_by_header_by_query_and_by_both(client: Client) -> None:
    tokens = client.tokens()
    assert (tokens["expires_in"], tokens["scope"]) == (7200, "snsapi_userinfo")
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"], "lang": "zh_CN"}

    told = [client.profile(header), client.profile(**query), client.profile(header, **query)]

    fields = {"nickname": "张三", "sex": 1, "province": "广东", "city": "深圳", "country": "中国"}
    for profile in told:
        assert {**fields, "openid": tokens["openid"]}.items() <= profile.items()
        assert profile["headimgurl"].startswith(client.town.provider)


def test_the_openid_of_another_user_of_the_app_is_40003(client: Client) -> None:
    """A well-formed one, which the platform itself gave to this app."""
    own, foreign = client.tokens("zhangsan"), client.tokens("lisi")
    assert own["openid"] != foreign["openid"]

    assert client.profile(access_token=own["access_token"], openid=foreign["openid"])["errcode"] == 40003
    assert client.profile(access_token=own["access_token"], openid=own["openid"])["nickname"] == "张三"


def test_a_registered_app_has_a_name_a_domain_an_id_and_a_secret_that_work(client: Client) -> None:
    app = client.town.api("GET", f"/apps/{client.app['appid']}")
    made = client.world.new_app(name="新应用", dialect="wechat", callback_domain="shop.example.test")

    assert re.fullmatch(r"wx[0-9a-f]{16}", app["appid"])
    assert (made["name"], made["callback_domain"]) == ("新应用", "shop.example.test")
    assert made["appid"] != app["appid"]
    assert made["secret"] != app["secret"]
    assert "access_token" in client.tokens()


def test_a_refresh_token_works_on_day_29_and_is_42002_after_day_30(client: Client) -> None:
    client.world.freeze()
    tokens = client.tokens()

    client.world.advance("29d23h59m59s")
    assert "access_token" in client.refresh(tokens)
    client.world.advance("2s")
    assert client.refresh(tokens)["errcode"] == 42002


def test_a_refresh_after_one_minute_gives_a_token_that_works(client: Client) -> None:
    tokens = client.tokens()
    client.world.advance("1m")

    fresh = client.refresh(tokens)

    assert (fresh["expires_in"], fresh["openid"]) == (7200, tokens["openid"])
    assert client.profile(access_token=fresh["access_token"], openid=fresh["openid"])["nickname"] == "张三"


@pytest.mark.parametrize("scope", ["snsapi_base,snsapi_userinfo", "snsapi_base snsapi_userinfo"])
def test_scopes_are_told_apart_by_comma_as_by_space_at_wechat(client: Client, scope: str) -> None:
    tokens = client.tokens(scope=scope)

    assert set(tokens["scope"].split(",")) >= {"snsapi_userinfo"}
    assert client.profile(access_token=tokens["access_token"], openid=tokens["openid"])["nickname"] == "张三"
    assert client.answer(scope="snsapi_userinfo,foo") == {"error": "invalid_scope", "state": "s"}


STATES = ["AbC-Zz_09", " a b ", "50%25+1", "a=b&c=d#e?f", "汉字 💥", "/x/?", "0" * 128]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dialect", ["wechat", "standard"])
def test_a_state_comes_back_character_by_character(world: Any, dialect: str, state: str) -> None:
    fidelity = "tutorial" if dialect == "wechat" else "platform"
    client = Client(world, dialect=dialect, fidelity=fidelity)
    scope = "snsapi_userinfo" if dialect == "wechat" else "user_info"

    assert client.answer(scope=scope, state=state)["state"] == state
    assert client.answer(scope="foo", state=state)["state"] == state


def test_who_sends_no_state_gets_none_back_not_even_an_empty_one(client: Client) -> None:
    location = client.authorize(state=None).headers["Location"]

    assert [name for name, _ in parse_qsl(urlsplit(location).query, keep_blank_values=True)] == ["code"]


# -- the seed's errors at authorize (S0 §7.1) ------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["redirect_uri", "response_type", "scope"])
def test_each_required_parameter_that_is_missing_is_an_invalid_request(client: Client, missing: str) -> None:
    response = client.authorize(**{missing: None})

    if missing == "redirect_uri":
        assert "Location" not in response.headers
        assert shown_error(response) == "invalid_request"
    else:
        assert client.answer(**{missing: None}) == {"error": "invalid_request", "state": "s"}


@pytest.mark.parametrize(
    ("appid", "told"), [(None, "appid不能为空"), ("wx0000000000000000", "AppID 参数错误")]
)
def test_without_a_known_appid_there_is_a_page_that_says_so_and_nothing_to_fill_in(
    client: Client, appid: str | None, told: str
) -> None:
    """Whose app it is decides between tutorial and platform, so nobody's app is told as the platform tells it."""
    response = client.authorize(appid=appid)

    assert "Location" not in response.headers
    assert told in response.text
    assert "<form" not in response.text


def test_a_disabled_app_is_an_unauthorized_client(client: Client) -> None:
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"disabled": True})

    response = client.authorize()

    assert "Location" not in response.headers
    assert shown_error(response) == "unauthorized_client"


def shown_error(response: requests.Response) -> str:
    found = re.search(r'data-testid="wx-error-code">([^<]+)<', response.text)
    return found[1] if found else ""


# -- the arrow 令牌验证 (S0 §2.5) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["wechat", "standard"])
def test_after_a_revocation_the_very_next_call_is_refused_and_the_trace_shows_who_verified(
    world: Any, dialect: str
) -> None:
    fidelity = "tutorial" if dialect == "wechat" else "platform"
    client = Client(world, dialect=dialect, fidelity=fidelity, policies={"token_check": "introspect"})
    tokens = client.tokens(scope="snsapi_userinfo" if dialect == "wechat" else "user_info")
    flow = client.world.flow(app=client.app["appid"])["id"]

    def read() -> int:
        header = {"Authorization": f"Bearer {tokens['access_token']}"}
        path = "/sns/userinfo" if dialect == "wechat" else "/userinfo"
        answer = requests.get(client.town.resource + path, headers=header, timeout=10)
        return int(answer.json().get("errcode", 0)) if dialect == "wechat" else answer.status_code

    good = read()
    if dialect == "wechat":
        whose = {"world": client.world.name, "user": "zhangsan"}
        client.town.api("DELETE", "/grants", params=whose, status=204)
    else:
        who = (client.app["appid"], client.app["secret"])
        form = {"token": tokens["access_token"]}
        assert (
            requests.post(f"{client.town.provider}/oauth/revoke", form, auth=who, timeout=10).status_code
            == 200
        )
    refused = read()

    assert (good, refused) == ((0, 50001) if dialect == "wechat" else (200, 401))
    told = client.town.api("GET", f"/flows/{flow}/messages", params={"helpers": 1})
    verified = [(m["from"], m["to"], m["channel"]) for m in told if m["name"] == "token.verified"]
    assert verified == [("resource_api", "provider", "back")] * 2
    assert [m["outcome"] for m in told if m["step"] == 8] == ["ok", "refused"]
