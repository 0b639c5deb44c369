"""QQ's API (wire.md E.4): the profile to its last field, and what a call has to bring."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
TYPES = {
    **dict.fromkeys(("ret", "is_lost", "gender_type"), int),
    **dict.fromkeys(("msg", "nickname", "gender", "province", "city", "year", "constellation"), str),
    **dict.fromkeys(("figureurl", "figureurl_1", "figureurl_2", "figureurl_qq_1", "figureurl_qq_2"), str),
    **dict.fromkeys(("figureurl_qq", "figureurl_type", "is_yellow_vip", "vip", "yellow_vip_level"), str),
    **dict.fromkeys(("level", "is_yellow_year_vip"), str),
}
ORDER = [
    "ret",
    "msg",
    "is_lost",
    "nickname",
    "gender",
    "gender_type",
    "province",
    "city",
    "year",
    "constellation",
    "figureurl",
    "figureurl_1",
    "figureurl_2",
    "figureurl_qq_1",
    "figureurl_qq_2",
    "figureurl_qq",
    "figureurl_type",
    "is_yellow_vip",
    "vip",
    "yellow_vip_level",
    "level",
    "is_yellow_year_vip",
]


@dataclass
class Caller:
    """An app with a user's token, and what it has to send with it."""

    town: Any
    app: dict[str, Any]
    query: dict[str, str]

    def get(self, api: str = "get_user_info", **changes: Any) -> requests.Response:
        params = {k: v for k, v in {**self.query, **changes}.items() if v is not None}
        return requests.get(f"{self.town.resource}/user/{api}", params=params, timeout=10)

    def change(self, **fields: Any) -> None:
        self.town.api("PATCH", f"/apps/{self.app['appid']}", fields)


def caller(town: Any, user: str = "zhangsan", profile: dict[str, Any] | None = None, **fields: Any) -> Caller:
    defaults = {
        "dialect": "qq",
        "redirect_uris": [CALLBACK],
        "consent": {"mode": "auto", "user": user},
    }
    app = town.api("POST", "/apps", {**defaults, **fields})
    if profile is not None:
        town.api("POST", "/users", {"uid": user, **profile}, params={"world": app["world"]})
    query = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    query["scope"] = "get_user_info,get_user_email,get_user_phone"
    url = f"{town.provider}/oauth2.0/authorize"
    location = requests.get(url, params=query, allow_redirects=False, timeout=10).headers["Location"]
    form = {
        "grant_type": "authorization_code",
        "client_id": app["appid"],
        "client_secret": app["secret"],
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": CALLBACK,
        "fmt": "json",
        "need_openid": "1",
    }
    tokens = requests.post(f"{town.provider}/oauth2.0/token", data=form, timeout=10).json()
    sent = {"access_token": tokens["access_token"], "oauth_consumer_key": app["appid"]}
    return Caller(town, app, {**sent, "openid": tokens["openid"]})


@pytest.fixture
def qq(town: Any) -> Caller:
    return caller(town)


def refused(response: requests.Response) -> tuple[int, str]:
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    document = response.json()
    assert list(document) == ["ret", "msg"]
    assert type(document["ret"]) is int
    return document["ret"], document["msg"]


@pytest.mark.parametrize("check", ["store", "introspect"])
def test_the_profile_has_the_platforms_fields_in_order_and_type(qq: Caller, check: str) -> None:
    qq.change(policies={"token_check": check})

    response = qq.get()

    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.content.startswith(
        '{"ret":0,"msg":"","is_lost":0,"nickname":"张三","gender":"男",'.encode()
    )
    profile = response.json()
    assert list(profile) == ORDER
    assert {name: type(value) for name, value in profile.items()} == TYPES
    assert [profile[name] for name in ("figureurl_type", "is_yellow_vip", "vip", "level")] == [
        "1",
        "0",
        "0",
        "0",
    ]


@pytest.mark.parametrize(
    ("profile", "gender", "number"),
    [({"sex": 1}, "男", 1), ({"sex": 2}, "女", 2), ({"sex": 0}, "男", 1), ({}, "男", 1)],
)
def test_gender_is_a_word_and_a_number(town: Any, profile: dict[str, Any], gender: str, number: int) -> None:
    answer = caller(town, "somebody", profile).get().json()

    assert (answer["gender"], answer["gender_type"]) == (gender, number)


def test_place_and_year_are_withdrawn_unless_the_app_lives_before(town: Any) -> None:
    profile = {"province": "广东", "city": "深圳", "year": "1990", "constellation": "狮子座"}
    qq = caller(town, "somebody", profile)

    def told() -> list[str]:
        answer = qq.get().json()
        return [answer[name] for name in ("province", "city", "year", "constellation")]

    assert told() == ["", "", "0", ""]
    qq.change(policies={"profile_era": "legacy"})
    assert told() == list(profile.values())


def test_vip_follows_the_user_as_strings(town: Any) -> None:
    answer = caller(town, "somebody", {"vip": "1", "level": "7"}).get().json()

    assert (answer["vip"], answer["level"], answer["is_yellow_vip"]) == ("1", "7", "0")


def test_the_pictures_can_be_loaded(qq: Caller) -> None:
    profile = qq.get().json()
    sizes = {
        "figureurl": 30,
        "figureurl_1": 50,
        "figureurl_2": 100,
        "figureurl_qq_1": 40,
        "figureurl_qq": 640,
    }

    for name, size in sizes.items():
        assert profile[name].endswith(f"/{size}")
        assert requests.get(profile[name], timeout=10).headers["Content-Type"].startswith("image/")


def test_a_picture_that_was_given_is_what_it_is(town: Any) -> None:
    answer = caller(town, "somebody", {"avatar": "https://pictures.test/a.png"}).get().json()

    assert answer["figureurl_qq_2"] == "https://pictures.test/a.png"


def test_the_seeds_two_apis_answer_what_they_are_named_for(town: Any) -> None:
    qq = caller(town, "somebody", {"email": "a@b.test", "phone": "12012345678"})

    assert qq.get("get_user_email").text == '{"ret":0,"msg":"","email":"a@b.test"}'
    assert qq.get("get_user_phone").text == '{"ret":0,"msg":"","phone":"12012345678"}'


def test_who_gave_no_address_or_number_has_one_all_the_same(qq: Caller) -> None:
    assert qq.get("get_user_email").json()["email"] == "zhangsan@example.test"
    assert len(qq.get("get_user_phone").json()["phone"]) == 11


@pytest.mark.parametrize(
    ("changes", "ret", "msg"),
    [
        ({"access_token": None}, 1002, "请先登录"),
        ({"access_token": ""}, 1002, "请先登录"),
        ({"oauth_consumer_key": None}, -1, "client request's parameters are invalid, invalid appid"),
        ({"openid": None}, -1, "client request's parameters are invalid, invalid openid"),
        ({"openid": "0" * 32}, -1, "client request's parameters are invalid, invalid openid"),
        ({"openid": "汉字\0"}, -1, "client request's parameters are invalid, invalid openid"),
        ({"access_token": "0" * 32}, 100016, "access token check failed"),
        ({"access_token": "汉字\0"}, 100016, "access token check failed"),
        ({"oauth_consumer_key": "101000000"}, 100016, "access token check failed"),
    ],
    ids=str,
)
def test_a_call_without_what_it_needs(qq: Caller, changes: dict[str, Any], ret: int, msg: str) -> None:
    assert refused(qq.get(**changes)) == (ret, msg)


def test_what_comes_twice_comes_once(qq: Caller) -> None:
    """One client sends its key twice in one query (wire.md §11.8)."""
    url = f"{qq.town.resource}/user/get_user_info"
    pairs = [*qq.query.items(), ("oauth_consumer_key", qq.app["appid"])]

    assert requests.get(url, params=pairs, timeout=10).json()["ret"] == 0


@pytest.mark.parametrize("changes", [{"fmt": "xml"}, {"format": "json"}, {"unionid": "1"}], ids=str)
def test_what_it_does_not_know_is_ignored(qq: Caller, changes: dict[str, str]) -> None:
    assert list(qq.get(**changes).json()) == ORDER


def test_a_form_is_read_too_and_other_methods_are_refused(qq: Caller) -> None:
    url = f"{qq.town.resource}/user/get_user_info"

    assert requests.post(url, data=qq.query, timeout=10).json()["ret"] == 0
    for method in ("PUT", "PATCH", "DELETE"):
        assert refused(requests.request(method, url, params=qq.query, timeout=10))[0] == 100012


def test_a_bearer_header_beside_the_query_does_no_harm_and_alone_is_nothing(qq: Caller) -> None:
    url = f"{qq.town.resource}/user/get_user_info"
    rest = {name: value for name, value in qq.query.items() if name != "access_token"}
    header = {"Authorization": f"Bearer {qq.query['access_token']}"}

    beside = requests.get(url, params=qq.query, headers={"Authorization": "Bearer x"}, timeout=10)
    alone = requests.get(url, params=rest, headers=header, timeout=10)

    assert beside.json()["ret"] == 0
    assert refused(alone)[0] == 1002


def test_an_api_that_the_app_lost_is_closed_to_its_tokens(qq: Caller) -> None:
    qq.change(scopes=["get_user_email"])

    assert refused(qq.get()) == (100031, "this api without app authorization")
    assert qq.get("get_user_email").json()["ret"] == 0


@pytest.mark.parametrize("field", ["disabled", "banned"])
def test_an_app_that_is_offline(qq: Caller, field: str) -> None:
    qq.change(**{field: True})

    assert refused(qq.get()) == (100011, "app is not online")


@pytest.mark.parametrize(
    "error", ["token_expired", "scope_denied", "user_denied", "quota", "busy", "server_error"]
)
def test_a_fault_is_spelt_as_the_platform_does(qq: Caller, error: str) -> None:
    qq.town.api("POST", f"/apps/{qq.app['appid']}/faults", {"endpoint": "userinfo", "error": error})

    assert refused(qq.get())[0] != 0
    assert qq.get().json()["ret"] == 0


def test_the_gateway_leads_both_halves_of_the_platform(qq: Caller) -> None:
    base = f"{qq.town.gateway}/graph.qq.com"

    profile = requests.get(f"{base}/user/get_user_info", params=qq.query, timeout=10).json()
    me = requests.get(f"{base}/oauth2.0/me", params=qq.query, timeout=10)

    assert profile["nickname"] == "张三"
    assert json.loads(me.content[10:-3])["openid"] == qq.query["openid"]
