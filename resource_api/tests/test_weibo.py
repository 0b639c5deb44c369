"""Weibo's protected data, field by field and error by error (wire.md F.5), over HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
JSON = "application/json;charset=UTF-8"
SHOW, UID, EMAIL = "/2/users/show.json", "/2/account/get_uid.json", "/2/account/profile/email.json"

ORDER = """
id idstr class screen_name name province city location description url profile_image_url profile_url domain weihao
gender followers_count friends_count statuses_count favourites_count created_at following allow_all_act_msg
geo_enabled verified verified_type remark allow_all_comment avatar_large avatar_hd verified_reason follow_me
online_status bi_followers_count lang
"""
INTEGERS = {"id", "class", "verified_type", "online_status"}  # and every …_count
BOOLS = {"following", "allow_all_act_msg", "geo_enabled", "verified", "allow_all_comment", "follow_me"}


@dataclass
class Weibo:
    """An app with the token of a user who said yes."""

    town: Any
    app: dict[str, Any]
    tokens: dict[str, Any]

    @property
    def token(self) -> str:
        return str(self.tokens["access_token"])

    def get(self, path: str, *, method: str = "GET", **options: Any) -> requests.Response:
        return requests.request(method, self.town.resource + path, timeout=10, **options)

    def profile(self, **query: str) -> requests.Response:
        params = {"access_token": self.token, "uid": self.tokens["uid"], **query}
        return self.get(SHOW, params={name: value for name, value in params.items() if value})

    def fault(self, error: str) -> None:
        self.town.api("POST", f"/apps/{self.app['appid']}/faults", {"endpoint": "userinfo", "error": error})


def logged_in(town: Any, user: str = "zhangsan", scope: str = "", world: str = "", **fields: Any) -> Weibo:
    app = town.api(
        "POST", "/apps", {"dialect": "weibo", "redirect_uris": [CALLBACK], "world": world, **fields}
    )
    wanted = {"user": user, "redirect_uri": CALLBACK, "scope": scope or "follow_app_official_microblog"}
    code = town.api("POST", f"/apps/{app['appid']}/codes", wanted)["code"]
    sent = {"client_id": app["appid"], "client_secret": app["secret"], "code": code}
    sent |= {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    answer = requests.post(f"{town.provider}/oauth2/access_token", data=sent, timeout=10)
    return Weibo(town, app, answer.json())


@pytest.fixture
def weibo(town: Any) -> Weibo:
    return logged_in(town)


def error(response: requests.Response, status: int = 400) -> tuple[str, int]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == JSON
    document = response.json()
    assert list(document) == ["error", "error_code", "request"]
    assert type(document["error_code"]) is int
    return document["error"], document["error_code"]


# -- users/show


def test_a_profile_has_the_platforms_fields_order_and_types(weibo: Weibo) -> None:
    response = weibo.profile()

    assert response.status_code == 200
    assert response.headers["Content-Type"] == JSON
    document = response.json()
    assert list(document) == ORDER.split()
    for name, value in document.items():
        integer = name in INTEGERS or name.endswith("_count")
        assert type(value) is (int if integer else bool if name in BOOLS else str), name
    assert "张三".encode() in response.content
    assert document["idstr"] == str(document["id"]) == weibo.tokens["uid"]
    assert document["screen_name"] == document["name"] == "张三"
    assert (document["province"], document["city"], document["location"]) == ("44", "3", "广东 深圳")
    assert document["gender"] == "m"
    assert document["verified_type"] == -1
    assert document["lang"] == "zh-cn"
    assert re.fullmatch(
        r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \+0800 20[01]\d",
        document["created_at"],
    )


@pytest.mark.parametrize(("user", "gender"), [("zhangsan", "m"), ("lisi", "f"), ("mallory", "n")])
def test_gender_is_a_letter(town: Any, user: str, gender: str) -> None:
    assert logged_in(town, user).profile().json()["gender"] == gender


def test_who_has_no_place_is_elsewhere(town: Any) -> None:
    document = logged_in(town, "mallory").profile().json()

    assert (document["province"], document["city"], document["location"]) == ("100", "1000", "其他")


@pytest.mark.parametrize(
    ("field", "size"), [("profile_image_url", 50), ("avatar_large", 180), ("avatar_hd", 1024)]
)
def test_a_picture_loads_in_each_size(weibo: Weibo, field: str, size: int) -> None:
    address = weibo.profile().json()[field]

    assert address.endswith(f"/{size}")
    assert requests.get(address, timeout=10).headers["Content-Type"].startswith("image/svg+xml")


def test_a_picture_that_the_user_was_given_is_what_it_is(town: Any, weibo: Weibo) -> None:
    own = {"avatar": "https://img.test/a/132"}
    town.api("PATCH", "/users/zhangsan", own, params={"world": weibo.app["world"]})

    assert weibo.profile().json()["avatar_large"] == own["avatar"]


def test_a_profile_says_what_the_user_was_given(town: Any, weibo: Weibo) -> None:
    given = {"description": "跑者", "url": "https://a.test/", "domain": "runner", "followers_count": 7}
    given |= {"friends_count": 2, "statuses_count": 3, "verified": True, "verified_type": 0}
    given |= {"verified_reason": "跑步达人", "isRealName": False}
    town.api("PATCH", "/users/zhangsan", given, params={"world": weibo.app["world"]})

    document = weibo.profile().json()

    del given["isRealName"]
    assert {name: document[name] for name in given} == given
    assert logged_in(town, world=weibo.app["world"]).tokens["isRealName"] == "false"


def test_somebody_else_is_found_by_uid_and_by_name(town: Any, weibo: Weibo) -> None:
    lisi = logged_in(town, "lisi", world=weibo.app["world"])

    assert weibo.profile(uid=lisi.tokens["uid"]).json()["screen_name"] == "李四🌸"
    assert weibo.profile(uid="", screen_name="李四🌸").json()["idstr"] == lisi.tokens["uid"]


@pytest.mark.parametrize("uid", ["1", "0", "-1", "9" * 400, "zhangsan", "汉字", "1e3", "\0"])
def test_an_unknown_uid_is_20003(weibo: Weibo, uid: str) -> None:
    assert error(weibo.profile(uid=uid)) == ("User does not exists!", 20003)


def test_an_unknown_name_is_20003_and_none_at_all_20002(weibo: Weibo) -> None:
    assert error(weibo.profile(uid="", screen_name="nobody"))[1] == 20003
    assert error(weibo.profile(uid="")) == ("uid is null", 20002)


def test_who_deleted_the_account_does_not_exist(town: Any, weibo: Weibo) -> None:
    town.api("PATCH", "/users/zhangsan", {"deleted": True}, params={"world": weibo.app["world"]})

    assert error(weibo.profile())[1] == 20003


# -- get_uid, email


def test_get_uid_tells_a_number(weibo: Weibo) -> None:
    response = weibo.get(UID, params={"access_token": weibo.token})

    assert response.content.decode() == f'{{"uid":{weibo.tokens["uid"]}}}'
    assert response.headers["Content-Type"] == JSON


def test_email_is_an_array_with_the_scope(town: Any) -> None:
    weibo = logged_in(town, scope="email")

    response = weibo.get(EMAIL, params={"access_token": weibo.token})

    assert response.content == b'[{"email":"zhangsan@example.test"}]'
    assert next(entry["email"] for entry in response.json())  # as aspnet-contrib enumerates it


def test_email_is_an_object_where_the_policy_says_so(town: Any) -> None:
    weibo = logged_in(town, scope="email", policies={"email_answer": "object"})

    response = weibo.get(EMAIL, params={"access_token": weibo.token})

    assert response.content == b'{"email":"zhangsan@example.test"}'


def test_email_without_the_scope_is_403_to_the_byte(weibo: Weibo) -> None:
    response = weibo.get(EMAIL, params={"access_token": weibo.token})

    assert response.status_code == 403
    assert response.content == (
        b'{"error":"access_denied","error_code":21330,"request":"/2/account/profile/email.json"}'
    )
    assert "email" not in response.json()  # casdoor reads an object, and so an empty address


# -- the token


@pytest.mark.parametrize("path", [SHOW, UID])
@pytest.mark.parametrize(
    "header",
    ["OAuth2 {token}", "oauth2 {token}", "OAuth2 uid={uid}&access_token={token}", "OAuth2  {token} "],
)
def test_the_token_may_come_in_a_header(weibo: Weibo, path: str, header: str) -> None:
    uid = weibo.tokens["uid"]
    sent = {"Authorization": header.format(token=weibo.token, uid=uid)}

    assert weibo.get(path, params={"uid": uid}, headers=sent).status_code == 200


@pytest.mark.parametrize(
    "header", ["OAuth2 2.00other", "Bearer x", "Basic eDp5", "OAuth2 access_token=x", "💥"]
)
def test_the_query_wins_over_a_header(weibo: Weibo, header: str) -> None:
    sent = {"Authorization": header.encode()}

    assert weibo.get(UID, params={"access_token": weibo.token}, headers=sent).status_code == 200
    other = {"Authorization": f"OAuth2 {weibo.token}"}
    assert error(weibo.get(UID, params={"access_token": "2.00other"}, headers=other))[1] == 21332


@pytest.mark.parametrize("path", [SHOW, UID, EMAIL])
@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, ("source paramter(appkey) is missing", 10006)),
        ({"params": {"access_token": ""}}, ("source paramter(appkey) is missing", 10006)),
        ({"headers": {"Authorization": "OAuth2"}}, ("source paramter(appkey) is missing", 10006)),
        ({"headers": {"Authorization": "Bearer 2.00x"}}, ("source paramter(appkey) is missing", 10006)),
        ({"params": {"access_token": "2.00nope"}}, ("invalid_access_token", 21332)),
        ({"params": {"access_token": "汉字\0💥"}}, ("invalid_access_token", 21332)),
        ({"params": {"access_token": "a" * 4000}}, ("invalid_access_token", 21332)),
        ({"params": {"source": "1234567890"}}, ("source paramter(appkey) is missing", 10006)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_call_without_a_good_token(
    weibo: Weibo, path: str, sent: dict[str, Any], told: tuple[str, int]
) -> None:
    response = weibo.get(path, **sent)

    assert error(response) == told
    assert response.json()["request"] == path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [SHOW, UID, EMAIL])
def test_another_method_than_get_is_10021(weibo: Weibo, path: str, method: str) -> None:
    response = weibo.get(path, method=method, params={"access_token": weibo.token})

    assert error(response) == ("HTTP METHOD is not suported for this request!", 10021)


@pytest.mark.parametrize("way", ["store", "introspect"])
def test_a_token_ends_by_time_by_revocation_and_with_the_consent(town: Any, way: str) -> None:
    weibo = logged_in(town, policies={"token_check": way})
    world, appid = weibo.app["world"], weibo.app["appid"]
    assert weibo.profile().status_code == 200

    town.api("POST", f"/worlds/{world}/clock", {"advance": "30d1s"})
    assert error(weibo.profile()) == ("expired_token", 21327)
    town.api("POST", f"/worlds/{world}/clock", {"reset": True})
    listed = town.api("GET", f"/apps/{appid}/tokens")
    one = next(token["id"] for token in listed if token["kind"] == "access")
    town.api("POST", f"/tokens/{one}", {"revoke": True})
    assert error(weibo.profile()) == ("invalid_access_token", 21332)

    again = logged_in(town, world=world, policies={"token_check": way})
    town.api("DELETE", "/grants", params={"world": world, "app": again.app["appid"], "user": "zhangsan"})
    assert error(again.profile()) == ("invalid_access_token", 21332)


def test_a_token_of_another_platform_is_none_here(town: Any, world: Any, weibo: Weibo) -> None:
    code = town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]
    query = {"appid": world.appid, "secret": world.secret, "code": code, "grant_type": "authorization_code"}
    foreign = requests.get(f"{town.provider}/sns/oauth2/access_token", params=query, timeout=10).json()

    assert error(weibo.profile(access_token=foreign["access_token"]))[1] == 21332


def test_a_banned_app_reads_nothing(town: Any, weibo: Weibo) -> None:
    town.api("PATCH", f"/apps/{weibo.app['appid']}", {"banned": True})

    assert error(weibo.profile(), 403) == ("appkey permission denied", 21337)


# -- faults, trace


@pytest.mark.parametrize("path", [SHOW, EMAIL])
@pytest.mark.parametrize(
    ("fault", "number", "status"),
    [
        ("token_expired", 21327, 400),
        ("token_unknown", 21332, 400),
        ("token_revoked", 21332, 400),
        ("scope_denied", 10014, 403),
        ("user_denied", 21330, 403),
        ("quota", 10023, 403),
        ("busy", 10009, 503),
        ("server_error", 10001, 503),
    ],
)
def test_faults_in_the_platforms_words(town: Any, path: str, fault: str, number: int, status: int) -> None:
    weibo = logged_in(town, scope="email")
    query = {"access_token": weibo.token, "uid": weibo.tokens["uid"]}
    weibo.fault(fault)

    assert error(weibo.get(path, params=query), status)[1] == number
    assert weibo.get(path, params=query).status_code == 200


def test_a_token_in_a_header_is_hidden_in_the_trace(weibo: Weibo) -> None:
    weibo.get(UID, headers={"Authorization": f"OAuth2 {weibo.token}"})
    weibo.get(UID, headers={"Authorization": f"OAuth2 uid=1&access_token={weibo.token}"})
    flow = weibo.town.api("GET", "/flows", params={"world": weibo.app["world"]})[0]

    exchanges = weibo.town.api("GET", f"/flows/{flow['id']}/exchanges")

    assert [exchange["name"] for exchange in exchanges][-2:] == ["token.checked", "token.checked"]
    assert weibo.token not in json.dumps(exchanges)
