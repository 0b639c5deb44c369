"""People through the control API: the town's are seen everywhere, a world's own win there and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_towns_people_are_seen_from_every_world(control: Any) -> None:
    world = control("POST", "/worlds")["name"]

    uids = {user["uid"] for user in control("GET", "/users", world=world)}

    assert uids == {"zhangsan", "lisi", "wangwu", "zhaoliu", "mallory"}
    assert control("GET", "/users/zhangsan", world=world)["province"] == "广东"


def test_what_is_left_out_follows_from_the_uid(control: Any) -> None:
    user = control("POST", "/users", {"uid": "anna"}, status=201)

    assert (user["nickname"], user["name"], user["email"]) == ("anna", "anna", "anna@example.test")
    assert user["avatar"].startswith("http://127.0.0.1:9000/mmopen/")
    assert (user["follows"], user["always_denies"]) == (True, False)


def test_an_empty_avatar_has_to_be_asked_for(control: Any) -> None:
    assert control("POST", "/users", {"uid": "anna", "avatar": ""})["avatar"] == ""


def test_a_worlds_own_user_wins_there_and_only_there(control: Any) -> None:
    world = control("POST", "/worlds")["name"]

    control("PUT", "/users/zhangsan", {"nickname": "另一个张三"}, world=world, status=201)

    assert control("GET", "/users/zhangsan", world=world)["nickname"] == "另一个张三"
    assert control("GET", "/users/zhangsan")["nickname"] == "张三"


def test_a_town_user_patched_in_a_world_becomes_its_own(control: Any) -> None:
    world = control("POST", "/worlds")["name"]

    patched = control("PATCH", "/users/zhangsan", {"sex": 2}, world=world)

    assert (patched["sex"], patched["city"]) == (2, "深圳")
    assert control("GET", "/users/zhangsan")["sex"] == 1


def test_deleting_a_worlds_own_user_uncovers_the_towns(control: Any) -> None:
    world = control("POST", "/worlds")["name"]
    control("PUT", "/users/zhangsan", {"nickname": "另一个"}, world=world)

    control("DELETE", "/users/zhangsan", world=world, status=204)
    control("DELETE", "/users/zhangsan", world=world, status=204)

    assert control("GET", "/users/zhangsan", world=world)["nickname"] == "张三"


def test_a_deleted_users_consents_go_along(control: Any) -> None:
    app = control.wechat(consent={"mode": "auto", "user": "anna"})
    control("POST", "/users", {"uid": "anna"}, world=app["world"])
    control.login(app)

    control("DELETE", "/users/anna", world=app["world"])

    assert control("GET", "/grants", world=app["world"]) == []


def test_post_of_a_known_uid_is_409_and_put_is_idempotent(control: Any) -> None:
    control("PUT", "/users/anna", {"nickname": "安娜"}, status=201)

    assert control.refused("POST", "/users", {"uid": "anna"}, status=409)["field"] == "uid"
    assert control("PUT", "/users/anna", {}, status=200)["nickname"] == "anna"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"uid": "a b"}, "uid"),
        ({"uid": "x" * 65}, "uid"),
        ({"uid": "anna", "nicknme": "x"}, "nicknme"),
        ({"uid": "anna", "sex": 3}, "sex"),
        ({"uid": "anna", "follows": "yes"}, "follows"),
        ({"uid": "anna", "nickname": "x" * 129}, "nickname"),
        ({"uid": "anna", "privilege": "all"}, "privilege"),
    ],
)
def test_what_cannot_be_is_refused_and_named(control: Any, body: dict[str, Any], field: str) -> None:
    assert control.refused("POST", "/users", body)["field"] == field


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_user_is_404(control: Any, method: str) -> None:
    body = {} if method == "PATCH" else None

    assert control.refused(method, "/users/nobody", body, status=404)["field"] == "user"


def test_users_of_an_unknown_world_are_404(control: Any) -> None:
    assert control.refused("GET", "/users", status=404, world="atlantis")["field"] == "world"
