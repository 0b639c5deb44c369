"""docs/api.md and its Chinese twin say what the control API does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ninestep_provider.control import flows, openapi, paging

ROOT = Path(__file__).parents[2]
GUIDES = ["docs/api.md", "docs/api.zh-CN.md"]


@pytest.fixture(params=GUIDES)
def guide(request: Any) -> str:
    return (ROOT / request.param).read_text("utf-8")


def test_every_status_of_a_refusal_is_told(guide: str) -> None:
    told = {int(status) for status in re.findall(r"^\| (\d{3}) \|", guide, re.M)}

    assert told == {*openapi.REFUSALS, 405, 414}


def test_the_limits_are_those_of_the_api(guide: str) -> None:
    for number in (paging.MOST, flows.USUAL, int(flows.LONGEST_WAIT)):
        assert re.search(rf"(?<!\d){number}(?!\d)", guide), number


def test_the_refusal_that_is_shown_is_the_one_that_comes(guide: str, control: Any) -> None:
    shown = re.search(r'"detail": "(.+?)"', guide)
    assert shown

    answer = control.ask("GET", "/flows?wrold=town").get_json()

    assert answer["detail"] == shown[1]
    assert answer["errors"][0]["fix"] == "did you mean 'world'?"


def test_the_loop_over_the_pages_sees_every_world(guide: str, town: Any) -> None:
    """As it stands in the guide, with this run's address."""
    made = [town.api("POST", "/worlds", {})["name"] for _ in range(5)]
    code = guide.split("<!-- test: pages -->\n```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}

    exec(code.replace("http://127.0.0.1:9000", town.provider), names)

    assert set(made) <= set(names["names"])
    assert len(names["names"]) == len(set(names["names"]))
    for name in made:
        town.api("DELETE", f"/worlds/{name}")


def test_what_is_said_of_calling_twice_is_so(control: Any) -> None:
    assert control.ask("PUT", "/worlds/w1").status_code == 201
    assert control.ask("PUT", "/worlds/w1").status_code == 200
    assert control.ask("POST", "/worlds", {"name": "w1"}).status_code == 409
    assert control.ask("DELETE", "/worlds/town").status_code == 409
    assert control.ask("DELETE", "/grants").status_code == 422
