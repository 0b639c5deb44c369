"""Codes, armed decisions, tokens and consents through the control API."""

from __future__ import annotations

from typing import Any

import pytest
from ninestep.dialects.wechat import ids

# -- codes


def test_a_code_comes_without_a_browser(control: Any) -> None:
    app = control.wechat()

    made = control(
        "POST", f"/apps/{app['appid']}/codes", {"user": "lisi", "scope": "snsapi_base"}, status=201
    )

    assert made["expires_in"] == 300
    tokens = control.redeem(app, made["code"])
    assert tokens["openid"] == ids.openid(app["appid"], "lisi")
    assert tokens["scope"] == "snsapi_base"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user": "nobody"}, "user"),
        ({"scope": "everything"}, "scope"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri"),
        ({"redirect": "x"}, "redirect"),
    ],
)
def test_a_code_that_cannot_be_is_refused(control: Any, body: dict[str, Any], field: str) -> None:
    app = control.wechat()

    assert control.refused("POST", f"/apps/{app['appid']}/codes", body)["field"] == field


# -- armed decisions


def test_an_armed_decision_answers_the_next_request_and_only_that(control: Any) -> None:
    app = control.wechat()
    armed = control("POST", f"/apps/{app['appid']}/next", {"user": "lisi"}, status=201)

    assert [found["id"] for found in control("GET", f"/apps/{app['appid']}/next")] == [armed["id"]]
    assert control.login(app)["openid"] == ids.openid(app["appid"], "lisi")
    assert control("GET", f"/apps/{app['appid']}/next") == []
    assert control.login(app)["openid"] == ids.openid(app["appid"], "zhangsan")


def test_decisions_queue_and_can_be_emptied(control: Any) -> None:
    app = control.wechat()
    for user in ("lisi", "wangwu"):
        control("POST", f"/apps/{app['appid']}/next", {"user": user, "decision": "approve"})

    queued = control("GET", f"/apps/{app['appid']}/next")
    control("DELETE", f"/apps/{app['appid']}/next", status=204)
    control("DELETE", f"/apps/{app['appid']}/next", status=204)

    assert [found["user"] for found in queued] == ["lisi", "wangwu"]
    assert control("GET", f"/apps/{app['appid']}/next") == []


def test_a_decision_can_refuse_or_narrow_the_scope(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/apps/{app['appid']}/next", {"decision": "deny"})
    control("POST", f"/apps/{app['appid']}/next", {"scope": "snsapi_base"})

    assert "code=authdeny" in control.authorize(app).headers["Location"]
    assert control.login(app, scope="snsapi_base,snsapi_userinfo")["scope"] == "snsapi_base"


@pytest.mark.parametrize(
    ("body", "field"),
    [({"user": "nobody"}, "user"), ({"decision": "maybe"}, "decision"), ({"scope": ["all"]}, "scope")],
)
def test_a_decision_that_cannot_be_is_refused(control: Any, body: dict[str, Any], field: str) -> None:
    app = control.wechat()

    assert control.refused("POST", f"/apps/{app['appid']}/next", body)["field"] == field
    assert control("GET", f"/apps/{app['appid']}/next") == []


# -- tokens


def tokens_of(control: Any, app: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {token["kind"]: token for token in control("GET", f"/apps/{app['appid']}/tokens")}


def test_tokens_are_listed_without_their_secrets(control: Any) -> None:
    app = control.wechat()
    given = control.login(app)

    response = control.ask("GET", f"/apps/{app['appid']}/tokens")

    assert given["access_token"] not in response.text
    assert given["refresh_token"] not in response.text
    listed = tokens_of(control, app)
    assert {kind: token["state"] for kind, token in listed.items()} == {
        "access": "active",
        "refresh": "active",
    }
    assert listed["access"]["masked"] == "••••" + given["access_token"][-4:]
    assert (listed["access"]["user"], listed["access"]["scopes"]) == ("zhangsan", ["snsapi_userinfo"])


def test_a_token_expires_on_demand(control: Any) -> None:
    app = control.wechat()
    control.login(app)

    told = control("POST", f"/tokens/{tokens_of(control, app)['access']['id']}", {"expire": True}, status=200)

    assert told["state"] == "expired"
    assert tokens_of(control, app)["refresh"]["state"] == "active"


def test_an_expired_access_token_does_not_come_back_by_a_refresh(control: Any) -> None:
    app = control.wechat()
    given = control.login(app)
    control("POST", f"/tokens/{tokens_of(control, app)['access']['id']}", {"expire": True})

    fresh = control.refresh(app, given["refresh_token"])

    assert fresh["access_token"] != given["access_token"]


def test_an_expired_refresh_token_says_so(control: Any) -> None:
    app = control.wechat(fidelity="tutorial")
    given = control.login(app)

    control("POST", f"/tokens/{tokens_of(control, app)['refresh']['id']}", {"expire": True})

    assert control.refresh(app, given["refresh_token"])["errcode"] == 42002


def test_a_revoked_refresh_token_takes_its_access_token_along(control: Any) -> None:
    app = control.wechat()
    control.login(app)

    control("POST", f"/tokens/{tokens_of(control, app)['refresh']['id']}", {"revoke": True})

    assert {token["state"] for token in tokens_of(control, app).values()} == {"revoked"}


def test_a_revoked_access_token_leaves_the_refresh_token_alive(control: Any) -> None:
    app = control.wechat()
    control.login(app)

    control("POST", f"/tokens/{tokens_of(control, app)['access']['id']}", {"revoke": True})

    states = {kind: token["state"] for kind, token in tokens_of(control, app).items()}
    assert states == {"access": "revoked", "refresh": "active"}


@pytest.mark.parametrize("body", [{}, {"expire": True, "revoke": True}, {"expire": False}])
def test_a_token_is_either_expired_or_revoked(control: Any, body: dict[str, Any]) -> None:
    app = control.wechat()
    control.login(app)

    control.refused("POST", f"/tokens/{tokens_of(control, app)['access']['id']}", body)


@pytest.mark.parametrize(
    "token", ["nothing", "town~access:nothing", "town~world", "~", "town~grant:zhihu:lisi"]
)
def test_an_unknown_token_is_404(control: Any, token: str) -> None:
    assert control.refused("POST", f"/tokens/{token}", {"expire": True}, status=404)["field"] == "token"


# -- consents


def test_consents_are_listed_and_withdrawn(control: Any) -> None:
    app = control.wechat()
    given = control.login(app)

    [grant] = control("GET", "/grants", app=app["appid"])
    assert (grant["world"], grant["user"], grant["scopes"]) == (app["world"], "zhangsan", ["snsapi_userinfo"])
    assert control("GET", "/grants", app=app["appid"], user="lisi") == []

    control("DELETE", "/grants", app=app["appid"], user="zhangsan", status=204)
    control("DELETE", "/grants", app=app["appid"], user="zhangsan", status=204)

    assert control("GET", "/grants", world=app["world"]) == []
    assert {token["state"] for token in tokens_of(control, app).values()} == {"revoked"}
    assert control.refresh(app, given["refresh_token"])["errcode"] == 40030


def test_nobody_withdraws_all_consents_by_leaving_the_question_out(control: Any) -> None:
    control.refused("DELETE", "/grants")
