"""Worlds: made, kept, ended, emptied."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from ninestep.records import World
from ninestep_provider.control.worlds import LIFE


def aged(control: Any, name: str) -> None:
    """Let a world have been used for the last time a day and a minute ago."""
    batch = control.store.batch()
    found = control.store.read_world(batch, name)
    batch.run()
    control.store.save_world(msgspec.structs.replace(found.value, last_used=time.time() - LIFE - 60))


def test_the_town_is_there_and_stays(control: Any) -> None:
    assert [world["name"] for world in control("GET", "/worlds")] == ["town"]
    control.refused("DELETE", "/worlds/town", status=409)


def test_post_makes_a_world_that_is_not_kept_for_ever(control: Any) -> None:
    made = control("POST", "/worlds", status=201)

    assert made["pinned"] is False
    assert control("GET", f"/worlds/{made['name']}") == made


def test_a_name_is_given_once(control: Any) -> None:
    control("POST", "/worlds", {"name": "mine"}, status=201)

    control.refused("POST", "/worlds", {"name": "mine"}, status=409)


def test_of_sixteen_who_ask_for_a_name_one_gets_it(control: Any) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: control.ask("POST", "/worlds", {"name": "mine"}).status_code, range(16))
        )

    assert sorted(answers) == [201] + [409] * 15


def test_put_keeps_a_world_and_is_idempotent(control: Any) -> None:
    control("PUT", "/worlds/ci", status=201)
    kept = control("PUT", "/worlds/ci", status=200)

    assert kept["pinned"] is True
    control.refused("PUT", "/worlds/a%7Db", status=422)


def test_put_pins_a_world_that_post_made(control: Any) -> None:
    made = control("POST", "/worlds")

    assert control("PUT", f"/worlds/{made['name']}", status=200)["pinned"] is True


def test_a_world_ends_a_day_after_its_last_use(control: Any) -> None:
    used, forgotten = control("POST", "/worlds")["name"], control("POST", "/worlds")["name"]
    aged(control, used)
    aged(control, forgotten)

    control("GET", f"/worlds/{used}/clock")

    assert {world["name"] for world in control("GET", "/worlds")} == {"town", used}


def test_a_world_that_only_its_apps_use_lives_on(control: Any) -> None:
    app = control.wechat()
    control.authorize(app)
    aged(control, app["world"])

    assert app["world"] in {world["name"] for world in control("GET", "/worlds")}


def test_a_kept_world_does_not_end_by_itself(control: Any) -> None:
    control("PUT", "/worlds/ci")
    aged(control, "ci")

    assert "ci" in {world["name"] for world in control("GET", "/worlds")}


def test_new_worlds_clear_old_ones_away(control: Any) -> None:
    control.store.save_world(World(name="old", created_at=0, last_used=0))

    control("POST", "/apps", {})

    control.refused("GET", "/worlds/old", status=404)


def test_using_a_world_that_is_just_being_deleted_does_not_bring_it_back(control: Any) -> None:
    name = control("POST", "/worlds")["name"]
    control.store.delete_world(name)

    control.store.touch_world(name, time.time())

    control.refused("GET", f"/worlds/{name}", status=404)


def test_delete_takes_everything_along_and_is_idempotent(control: Any) -> None:
    app = control.wechat()
    control.login(app)

    control("DELETE", f"/worlds/{app['world']}", status=204)
    control("DELETE", f"/worlds/{app['world']}", status=204)

    control.refused("GET", f"/apps/{app['appid']}", status=404)
    left = list(control.store.redis.scan_iter(f"{control.store.keys.prefix}:{{{app['world']}}}*"))
    assert left == []


def test_state_counts_what_each_world_holds(control: Any) -> None:
    app = control.wechat()
    control("POST", "/users", {"uid": "anna"}, world=app["world"])
    control.login(app)

    worlds = {world["world"]: world for world in control("GET", "/state")["worlds"]}

    told = worlds[app["world"]]
    assert {name: told[name] for name in ("apps", "users", "grants", "tokens", "flows")} == {
        "apps": 1,
        "users": 1,
        "grants": 1,
        "tokens": 2,
        "flows": 1,
    }
    assert worlds["town"]["apps"] == len(control("GET", "/apps", world="town"))


def test_reset_empties_a_world_and_leaves_apps_and_users(control: Any) -> None:
    app = control.wechat()
    world = app["world"]
    control("POST", "/users", {"uid": "anna"}, world=world)
    tokens = control.login(app)
    control("POST", f"/apps/{app['appid']}/next", {"user": "anna"})
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "token", "status": 503})
    control("POST", f"/worlds/{world}/clock", {"advance": "2h"})

    told = control("POST", "/reset", {"world": world}, status=200)

    assert (told["apps"], told["users"], told["grants"], told["tokens"], told["flows"]) == (1, 1, 0, 0, 0)
    assert control("GET", f"/apps/{app['appid']}") == app
    assert control("GET", f"/apps/{app['appid']}/next") == []
    assert control("GET", f"/apps/{app['appid']}/faults") == []
    assert abs(control("GET", f"/worlds/{world}/clock")["ahead"]) < 1
    assert control.refresh(app, tokens["refresh_token"])["errcode"] == 40030
    assert control.login(app)["openid"] == tokens["openid"]


def test_reset_gives_the_town_its_seeds_back(control: Any) -> None:
    control("PUT", "/apps/mine", {})
    control("POST", "/users", {"uid": "anna"})
    control("PATCH", "/apps/zhihu", {"name": "别的"})
    control("DELETE", "/apps/wx1234567890abcdef")
    control("PATCH", "/users/zhangsan", {"nickname": "改了"})
    control("DELETE", "/users/lisi")

    control("POST", "/reset", {"world": "town"})

    assert control("GET", "/apps/zhihu")["name"] == "知乎"
    assert control("GET", "/apps/wx1234567890abcdef")["name"] == "美团"
    assert control("GET", "/users/zhangsan")["nickname"] == "张三"
    assert control("GET", "/users/lisi")["nickname"] == "李四🌸"
    control.refused("GET", "/apps/mine", status=404)
    control.refused("GET", "/users/anna", status=404)


def test_the_town_is_never_without_its_apps_while_it_is_reset(control: Any) -> None:
    def look(_: int) -> int:
        return int(control.ask("GET", "/apps/wx1234567890abcdef").status_code)

    with ThreadPoolExecutor(8) as pool:
        looks = pool.map(look, range(60))
        for _ in range(5):
            control("POST", "/reset", {})

    assert set(looks) == {200}


def test_reset_of_an_unknown_world_is_refused(control: Any) -> None:
    assert control.refused("POST", "/reset", {"world": "atlantis"}, status=422)["field"] == "world"
