"""Fidelity ``tutorial``: what the seed documents teach, where it differs from the platform (design.md §4)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

CALLBACK = "http://127.0.0.1:9002/auth/wechat/callback"


class Tutorial:
    def __init__(self, world: Any, **fields: Any) -> None:
        self.town, self.world = world.town, world
        self.app = world.new_app(
            name="美团",
            dialect="wechat",
            kind="official_account",
            fidelity="tutorial",
            redirect_uris=[CALLBACK],
            consent={"mode": "auto", "user": "zhangsan"},
            **fields,
        )

    def authorize(self, **changes: Any) -> requests.Response:
        params = {
            "appid": self.app["appid"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "snsapi_userinfo",
            "state": "s",
        }
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        url = f"{self.town.provider}/connect/oauth2/authorize"
        return requests.get(url, params=params, allow_redirects=False, timeout=10)

    def answer(self, **changes: Any) -> dict[str, str]:
        response = self.authorize(**changes)
        assert response.status_code == 302, response.text
        return dict(parse_qsl(urlsplit(response.headers["Location"]).query))

    def token(self, **changes: Any) -> dict[str, Any]:
        form = {
            "appid": self.app["appid"],
            "secret": self.app["secret"],
            "grant_type": "authorization_code",
            **changes,
        }
        url = f"{self.town.provider}/sns/oauth2/access_token"
        return dict(
            requests.post(url, data={k: v for k, v in form.items() if v is not None}, timeout=10).json()
        )

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return self.token(code=self.answer(**changes)["code"])

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        form = {"appid": self.app["appid"], "grant_type": "refresh_token", "refresh_token": refresh_token}
        return dict(
            requests.post(f"{self.town.provider}/sns/oauth2/refresh_token", data=form, timeout=10).json()
        )

    def userinfo(self, headers: dict[str, str] | None = None, **params: str) -> dict[str, Any]:
        url = f"{self.town.resource}/sns/userinfo"
        return dict(json.loads(requests.get(url, params=params, headers=headers, timeout=10).content))


@pytest.fixture
def tutorial(world: Any) -> Tutorial:
    return Tutorial(world)


def test_profile_is_the_seeds_example(tutorial: Tutorial) -> None:
    tokens = tutorial.tokens()
    assert list(tokens) == ["access_token", "expires_in", "refresh_token", "openid", "scope"]

    profile = tutorial.userinfo(access_token=tokens["access_token"], openid=tokens["openid"], lang="zh_CN")

    expected = {"nickname": "张三", "sex": 1, "province": "广东", "city": "深圳", "country": "中国"}
    assert expected.items() <= profile.items()
    assert requests.get(profile["headimgurl"], timeout=10).status_code == 200


def test_lang_picks_the_language_of_the_place_names(tutorial: Tutorial) -> None:
    tokens = tutorial.tokens()

    profile = tutorial.userinfo(access_token=tokens["access_token"], openid=tokens["openid"], lang="en")

    assert (profile["province"], profile["country"], profile["nickname"]) == ("Guangdong", "China", "张三")


def test_bearer_header_alone_works_as_the_seed_writes_it(tutorial: Tutorial) -> None:
    tokens = tutorial.tokens()

    profile = tutorial.userinfo({"Authorization": f"Bearer {tokens['access_token']}"})

    assert profile["openid"] == tokens["openid"]


def test_bearer_header_alone_is_41001_on_the_platform(world: Any) -> None:
    platform = Tutorial(world, policies={"bearer_header": False})
    tokens = platform.tokens()

    assert platform.userinfo({"Authorization": f"Bearer {tokens['access_token']}"})["errcode"] == 41001


def test_client_id_and_client_secret_are_accepted_and_noted(tutorial: Tutorial) -> None:
    code = tutorial.answer()["code"]
    answer = tutorial.token(
        code=code,
        appid=None,
        secret=None,
        client_id=tutorial.app["appid"],
        client_secret=tutorial.app["secret"],
    )

    assert "access_token" in answer
    flow = tutorial.world.flow(app=tutorial.app["appid"])
    [token_call] = tutorial.town.api("GET", f"/flows/{flow['id']}/messages", params={"step": 5})
    assert [note["rule"] for note in token_call["notes"]] == ["alias", "alias"]


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({"secret": "wrong"}, 40001, "invalid credential"),
        ({"code": "nope"}, 40029, "invalid code"),
        ({"appid": "wx0000000000000000"}, 40013, None),
        ({"appid": None}, 41002, None),
        ({"grant_type": "client_credentials"}, 40002, "invalid grant_type"),
    ],
)
def test_token_errors_are_the_seeds(
    tutorial: Tutorial, changes: dict[str, Any], number: int, message: str | None
) -> None:
    answer = tutorial.token(**{"code": tutorial.answer()["code"], **changes})

    assert answer["errcode"] == number
    if message:
        assert answer["errmsg"] == message


def test_used_code_is_40029(tutorial: Tutorial) -> None:
    code = tutorial.answer()["code"]
    tutorial.token(code=code)

    assert tutorial.token(code=code)["errcode"] == 40029


def test_code_lives_ten_minutes(tutorial: Tutorial) -> None:
    tutorial.world.freeze()
    early, late = tutorial.answer()["code"], tutorial.answer()["code"]

    tutorial.world.advance("9m59s")
    assert "access_token" in tutorial.token(code=early)
    tutorial.world.advance("2s")
    assert tutorial.token(code=late)["errcode"] == 40029


def test_access_token_lives_two_hours_and_refresh_token_thirty_days(tutorial: Tutorial) -> None:
    tutorial.world.freeze()
    tokens = tutorial.tokens()
    pair = {"access_token": tokens["access_token"], "openid": tokens["openid"]}

    tutorial.world.advance("1h59m59s")
    assert tutorial.userinfo(**pair)["nickname"] == "张三"
    tutorial.world.advance("2s")
    assert tutorial.userinfo(**pair)["errcode"] == 42001
    tutorial.world.advance("28d")
    assert "access_token" in tutorial.refresh(tokens["refresh_token"])
    tutorial.world.advance("2d")
    assert tutorial.refresh(tokens["refresh_token"])["errcode"] == 42002


def test_base_scope_is_always_50001(tutorial: Tutorial) -> None:
    tutorial.tokens()
    tokens = tutorial.tokens(scope="snsapi_base")

    assert tutorial.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])["errcode"] == 50001


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "foo"}, "unsupported_response_type"),
        ({"scope": "foo"}, "invalid_scope"),
        ({"scope": None}, "invalid_request"),
    ],
)
def test_authorize_errors_travel_where_the_redirect_uri_is_good(
    tutorial: Tutorial, changes: dict[str, Any], error: str
) -> None:
    assert tutorial.answer(**changes) == {"error": error, "state": "s"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": None}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "?x=1"}, "invalid_request"),
        ({"redirect_uri": CALLBACK[:-1]}, "invalid_request"),
        ({"redirect_uri": CALLBACK.replace("127.0.0.1", "localhost")}, "invalid_request"),
    ],
)
def test_a_redirect_uri_that_is_not_exact_is_never_followed(
    tutorial: Tutorial, changes: dict[str, Any], error: str
) -> None:
    response = tutorial.authorize(**changes)

    assert response.status_code == 400
    assert "Location" not in response.headers
    assert error in response.text


def test_disabled_app_is_unauthorized_client(tutorial: Tutorial) -> None:
    tutorial.town.api("PATCH", f"/apps/{tutorial.app['appid']}", {"disabled": True})

    response = tutorial.authorize()

    assert "unauthorized_client" in response.text or "unauthorized_client" in response.headers.get(
        "Location", ""
    )


def test_refusal_is_access_denied_with_the_state(tutorial: Tutorial) -> None:
    tutorial.town.api("POST", f"/apps/{tutorial.app['appid']}/next", {"user": "zhangsan", "decision": "deny"})

    assert tutorial.answer() == {"error": "access_denied", "state": "s"}


def test_state_is_optional_and_none_comes_back(tutorial: Tutorial) -> None:
    assert set(tutorial.answer(state=None)) == {"code"}


def test_rotation_can_be_switched_on(world: Any) -> None:
    rotating = Tutorial(world, policies={"same_refresh_token": False})
    tokens = rotating.tokens()

    fresh = rotating.refresh(tokens["refresh_token"])

    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert rotating.refresh(tokens["refresh_token"])["errcode"] == 40030


def test_the_code_and_the_refresh_token_open_no_profile(tutorial: Tutorial) -> None:
    code = tutorial.answer()["code"]
    tokens = tutorial.tokens()

    for secret in (code, tokens["refresh_token"]):
        assert tutorial.userinfo(access_token=secret, openid=tokens["openid"])["errcode"] == 40001


def test_every_profile_read_of_a_tutorial_app_is_verified_by_the_provider(tutorial: Tutorial) -> None:
    """The arrow 令牌验证 of S0 §2.5 is a real message."""
    tokens = tutorial.tokens()
    tutorial.userinfo(access_token=tokens["access_token"], openid=tokens["openid"])

    flow = tutorial.world.flow(app=tutorial.app["appid"])
    messages = tutorial.town.api("GET", f"/flows/{flow['id']}/messages", params={"helpers": 1})

    verified = [m for m in messages if m["name"] == "token.verified"]
    assert [(m["from"], m["to"], m["channel"], m["step"]) for m in verified] == [
        ("resource_api", "provider", "back", 0)
    ]
