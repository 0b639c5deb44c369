"""Tab Clock: one button or one field moves the world, the town or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from console_pages import Pages, rows, text_of

START = "2030-01-01T00:00:00.000Z"


@pytest.fixture
def pages(control: Any) -> Pages:
    app = control.wechat()
    control("POST", f"/worlds/{app['world']}/clock", {"freeze": True})
    control("POST", f"/worlds/{app['world']}/clock", {"set": START})
    return Pages(control.client, app["world"])


def now(control: Any, pages: Pages) -> str:
    return str(control("GET", f"/worlds/{pages.world}/clock")["iso"])


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("5m", "2030-01-01T00:05:00.000Z"),
        ("10m", "2030-01-01T00:10:00.000Z"),
        ("1h55m", "2030-01-01T01:55:00.000Z"),
        ("2h", "2030-01-01T02:00:00.000Z"),
        ("30d", "2030-01-31T00:00:00.000Z"),
    ],
)
def test_each_button_moves_the_world_by_what_it_says(
    control: Any, pages: Pages, step: str, after: str
) -> None:
    assert f'data-testid="co-clock-advance-{step}"' in pages.get("/console/clock").text

    page = pages.done("/console/clock", by=step)

    assert now(control, pages) == after
    assert text_of(page, "co-clock-now") == after[:19].replace("T", " ")


def test_it_goes_by_what_is_typed_and_is_set_to_what_is_typed(control: Any, pages: Pages) -> None:
    pages.done("/console/clock", advance=" 1h5m ")
    assert now(control, pages) == "2030-01-01T01:05:00.000Z"

    pages.done("/console/clock", do="set", set="2031-02-03T04:05:06Z")
    assert now(control, pages) == "2031-02-03T04:05:06.000Z"


def test_it_runs_freezes_and_goes_back_to_real_time(control: Any, pages: Pages) -> None:
    page = pages.done("/console/clock", do="run")
    assert rows(page, "co-clock-now")[0]["frozen"] == "false"
    assert "co-clock-freeze" in page

    page = pages.done("/console/clock", do="freeze")
    assert rows(page, "co-clock-now")[0]["frozen"] == "true"

    pages.done("/console/clock", do="reset")
    told = control("GET", f"/worlds/{pages.world}/clock")
    assert (told["frozen"], abs(told["ahead"]) < 1) == (False, True)


def test_the_towns_clock_moves_every_world_that_is_not_frozen(control: Any, pages: Pages) -> None:
    pages.done("/console/clock", do="reset")

    pages.done("/console/clock", by="2h", whose="town")

    assert 7199 < control("GET", f"/worlds/{pages.world}/clock")["ahead"] < 7201
    assert 7199 < control("GET", "/clock")["ahead"] < 7201
    pages.done("/console/clock", do="reset", whose="town")
    assert abs(control("GET", "/clock")["ahead"]) < 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"advance": "soon"}, "advance"),
        ({"advance": ""}, "advance"),
        ({"advance": "9999999d"}, "advance"),
        ({"by": "x"}, "advance"),
        ({"do": "set", "set": "tomorrow"}, "set"),
        ({"do": "set", "set": "9999-99-99"}, "set"),
        ({"do": "explode"}, "advance"),
    ],
)
def test_what_is_no_time_is_refused_and_moves_nothing(
    control: Any, pages: Pages, fields: dict[str, str], field: str
) -> None:
    status, told, page = pages.refused("/console/clock", **fields)

    assert (status, told) == (422, field)
    assert now(control, pages) == START
    for typed in set(fields.values()) & {"soon", "tomorrow"}:
        assert f'value="{typed}"' in page
