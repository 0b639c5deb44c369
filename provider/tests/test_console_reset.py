"""Tab Reset: one app, one world, everything; each forgets what it says and no more."""

from __future__ import annotations

from typing import Any

import pytest
from console_pages import Pages


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat()
    return made


@pytest.fixture
def pages(control: Any, app: dict[str, Any]) -> Pages:
    return Pages(control.client, app["world"])


def used(control: Any, app: dict[str, Any]) -> dict[str, Any]:
    """A login, a code that waits, a decision and a fault; the tokens of the login."""
    tokens: dict[str, Any] = control.login(app)
    control("POST", f"/apps/{app['appid']}/codes")
    control("POST", f"/apps/{app['appid']}/next", {})
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "token", "status": 500})
    return tokens


def test_an_app_forgets_what_it_was_given_and_another_does_not(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    other = control.wechat(world=app["world"])
    used(control, app)
    used(control, other)

    pages.done("/console/reset", what="app", app=app["appid"])

    assert {token["state"] for token in control("GET", f"/apps/{app['appid']}/tokens")} == {"revoked"}
    assert {code["state"] for code in control("GET", f"/apps/{app['appid']}/codes")} == {"revoked", "spent"}
    assert control("GET", f"/apps/{app['appid']}/next") == []
    assert control("GET", f"/apps/{app['appid']}/faults") == []
    assert control("GET", f"/apps/{app['appid']}") == app
    assert len(control("GET", "/flows", world=app["world"])) == 2
    assert {token["state"] for token in control("GET", f"/apps/{other['appid']}/tokens")} == {"active"}
    assert len(control("GET", f"/apps/{other['appid']}/next")) == 1


def test_an_app_that_was_reset_logs_in_as_if_for_the_first_time(control: Any, app: dict[str, Any]) -> None:
    dead = used(control, app)["refresh_token"]
    assert control("POST", f"/apps/{app['appid']}/reset") == {
        "appid": app["appid"],
        "world": app["world"],
        "grants": 1,
    }

    assert control.refresh(app, dead)["errcode"] == 40030
    assert "access_token" in control.login(app)


def test_a_world_is_emptied_and_another_is_not(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    other = control.wechat()
    used(control, app)
    used(control, other)

    pages.done("/console/reset", what="world")

    assert control("GET", "/flows", world=app["world"]) == []
    assert control("GET", f"/apps/{app['appid']}/tokens") == []
    assert control("GET", f"/apps/{app['appid']}") == app
    assert len(control("GET", "/flows", world=other["world"])) == 1


def test_everything_wants_its_box_ticked_first(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    status, field, _ = pages.refused("/console/reset", what="all")

    assert (status, field) == (422, "sure")
    assert control("GET", f"/apps/{app['appid']}") == app


def test_everything_ends_every_world_and_restores_the_town(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    control("PUT", "/worlds/stays")
    control("DELETE", "/users/zhangsan")
    control("POST", "/clock", {"advance": "2h"})

    pages.done("/console/reset", what="all", sure="on")

    assert [world["name"] for world in control("GET", "/worlds")] == ["town"]
    assert control("GET", "/users/zhangsan")["nickname"] == "张三"
    assert abs(control("GET", "/clock")["ahead"]) < 1
    control("GET", f"/apps/{app['appid']}", status=404)


def test_an_app_that_is_none_is_refused(pages: Pages) -> None:
    assert pages.refused("/console/reset", what="app", app="nobody")[:2] == (404, "app")
