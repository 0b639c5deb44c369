"""The clock through the control API: one move, seen at once, never lost, never out of bounds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


def test_advancing_a_world_moves_only_that_world(control: Any) -> None:
    world = control("POST", "/worlds")["name"]

    told = control("POST", f"/worlds/{world}/clock", {"advance": "1h55m"}, status=200)

    assert told["ahead"] == pytest.approx(6900, abs=1)
    assert abs(control("GET", "/worlds/town/clock")["ahead"]) < 1
    assert abs(control("GET", "/clock")["ahead"]) < 1


def test_advancing_the_town_clock_moves_every_world(control: Any) -> None:
    world = control("POST", "/worlds")["name"]
    control("POST", f"/worlds/{world}/clock", {"advance": 60})

    control("POST", "/clock", {"advance": "2h"})

    assert control("GET", f"/worlds/{world}/clock")["ahead"] == pytest.approx(7260, abs=1)


def test_a_frozen_world_stands_still_and_goes_on_from_there(control: Any) -> None:
    world = control("POST", "/worlds")["name"]
    path = f"/worlds/{world}/clock"

    frozen = control("POST", path, {"freeze": True})
    control("POST", "/clock", {"advance": "1d"})
    advanced = control("POST", path, {"advance": "10m"})
    running = control("POST", path, {"freeze": False})

    assert frozen["frozen"] is True
    assert advanced["now"] == frozen["now"] + 600
    assert running["frozen"] is False
    assert running["now"] == pytest.approx(advanced["now"], abs=1)


def test_a_clock_is_set_to_an_instant_and_reset(control: Any) -> None:
    world = control("POST", "/worlds")["name"]
    path = f"/worlds/{world}/clock"

    control("POST", path, {"freeze": True})
    assert control("POST", path, {"set": "2030-01-01T00:00:00Z"})["iso"] == "2030-01-01T00:00:00.000Z"
    control("POST", path, {"freeze": False})
    assert control("POST", path, {"set": 1900000000})["now"] == pytest.approx(1900000000, abs=1)
    assert control("POST", path, {"reset": True})["now"] == pytest.approx(time.time(), abs=1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"advance": "2h", "freeze": True}, "body"),
        ({"reset": False}, "body"),
        ({"advance": "soon"}, "advance"),
        ({"advance": "9" * 400}, "advance"),
        ({"advance": -1e15}, "advance"),
        ({"advance": 10**400}, "advance"),  # no float can be it
        ({"set": -(10**400)}, "set"),
        ({"set": "tomorrow"}, "set"),
        ({"set": 1e18}, "set"),
        ({"freeze": "yes"}, "freeze"),
        ({"rewind": "2h"}, "rewind"),
    ],
)
def test_a_move_that_cannot_be_is_refused_and_changes_nothing(
    control: Any, body: dict[str, Any], field: str
) -> None:
    assert control.refused("POST", "/clock", body)["field"] == field
    assert abs(control("GET", "/clock")["ahead"]) < 1


def test_no_move_of_many_at_once_is_lost(control: Any) -> None:
    world = control("POST", "/worlds")["name"]

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: control("POST", f"/worlds/{world}/clock", {"advance": 100}), range(32)))

    assert control("GET", f"/worlds/{world}/clock")["ahead"] == pytest.approx(3200, abs=1)


def test_a_codes_life_ends_by_the_clock(control: Any) -> None:
    app = control.wechat()
    code = control("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"]

    control("POST", f"/worlds/{app['world']}/clock", {"advance": "5m1s"})

    assert control.redeem(app, code)["errcode"] == 40029
