"""One contract, two ways to the answer: the store and the provider by RFC 7662 say the same about every token."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests


class App:
    """An app whose tokens are verified in one of the two ways."""

    def __init__(self, world: Any, way: str) -> None:
        self.town, self.world = world.town, world
        self.app = world.new_app(
            name=way,
            dialect="wechat",
            kind="official_account",
            policies={"token_check": way},
            consent={"mode": "auto", "user": "zhangsan"},
        )

    def tokens(self, scope: str = "snsapi_userinfo") -> dict[str, Any]:
        code = self.town.api(
            "POST", f"/apps/{self.app['appid']}/codes", {"user": "zhangsan", "scope": scope}
        )["code"]
        params = {
            "appid": self.app["appid"],
            "secret": self.app["secret"],
            "code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self.town.provider}/sns/oauth2/access_token"
        return dict(requests.get(url, params=params, timeout=10).json())

    def profile(self, tokens: dict[str, Any]) -> dict[str, Any]:
        params = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
        answer = requests.get(f"{self.town.resource}/sns/userinfo", params=params, timeout=10)
        return dict(json.loads(answer.content))

    def token_id(self) -> str:
        listed = self.town.api("GET", f"/apps/{self.app['appid']}/tokens")
        return str(next(token["id"] for token in listed if token["kind"] == "access"))


@pytest.fixture(params=["store", "introspect"])
def app(request: pytest.FixtureRequest, world: Any) -> App:
    return App(world, request.param)


def test_a_good_token_is_good(app: App) -> None:
    assert app.profile(app.tokens())["nickname"] == "张三"


def test_an_unknown_token_is_unknown(app: App) -> None:
    tokens = app.tokens()

    assert app.profile({**tokens, "access_token": "83_unknown"})["errcode"] == 40001


def test_an_expired_token_is_expired_and_not_unknown(app: App) -> None:
    tokens = app.tokens()
    app.world.advance("2h1s")

    assert app.profile(tokens)["errcode"] == 42001


def test_a_token_expired_by_hand_is_expired(app: App) -> None:
    tokens = app.tokens()
    app.town.api("POST", f"/tokens/{app.token_id()}", {"expire": True})

    assert app.profile(tokens)["errcode"] == 42001


def test_a_revoked_token_is_refused_at_the_very_next_call(app: App) -> None:
    tokens = app.tokens()
    assert "nickname" in app.profile(tokens)

    app.town.api("POST", f"/tokens/{app.token_id()}", {"revoke": True})

    assert app.profile(tokens)["errcode"] == 40001


def test_a_withdrawn_consent_is_told_apart(app: App) -> None:
    tokens = app.tokens()

    app.town.api("DELETE", "/grants", params={"world": app.world.name, "user": "zhangsan"}, status=204)

    assert app.profile(tokens)["errcode"] == 50001


def test_the_scope_decides(app: App) -> None:
    fresh = App(app.world, str(app.app["policies"]["token_check"]))

    assert fresh.profile(fresh.tokens("snsapi_base"))["errcode"] == 48001


def test_a_foreign_openid_is_refused(app: App) -> None:
    tokens = app.tokens()

    assert app.profile({**tokens, "openid": "oSomebodyElse"})["errcode"] == 40003


def test_the_resource_server_knows_no_login(town: Any) -> None:
    for path in ("/login", "/connect/login", "/oauth/authorize", "/connect/oauth2/authorize"):
        assert requests.get(town.resource + path, timeout=10).status_code == 404
