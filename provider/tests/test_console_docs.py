"""What docs/console.md says of test ids and calls is so on the pages that are served, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from console_pages import Pages

ROOT = Path(__file__).parents[2]
GUIDES = ("docs/console.md", "docs/console.zh-CN.md")
TESTID = re.compile(r'data-testid="([\w-]+)"')


def served(control: Any) -> str:
    """Every page of the start page and the console, with something to show on each, as one text."""
    app = control.wechat()
    control.login(app)
    control.redeem(app, "no-code-of-ours")
    control("POST", f"/apps/{app['appid']}/next", {})
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "token", "status": 500})
    pages = Pages(control.client, app["world"])
    own = f"/console/apps/{app['appid']}"
    got = ("/", "/connect", "/console", own, "/console/apps/new", "/console/users", "/console/users/new")
    tabs = ("worlds", "tokens", "faults", "clock", "metrics", "inspect", "reset")
    texts = [pages.get(path).text for path in (*got, *(f"/console/{tab}" for tab in tabs))]
    texts.append(pages.get("/console/users/lisi").text)
    standard = control("POST", "/apps", {"dialect": "standard", "world": app["world"]})
    texts.append(pages.get(f"/console/apps/{standard['appid']}").text)
    texts += [
        pages.post("/connect").text,
        pages.post(f"{own}/secret").text,
        pages.post("/console/worlds", name=" x ").text,
    ]
    texts.append(pages.get("/console/clock", done="moved").text)
    control("POST", f"/worlds/{app['world']}/clock", {"freeze": True})
    texts.append(pages.get("/console/clock").text)
    texts += [
        pages.post("/console/inspect", value=value).text
        for value in ("http://x/?secret=1", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")
    ]
    return "".join([*texts, pages.post("/console/worlds", name="a b").text])


@pytest.fixture(scope="module")
def documented() -> dict[str, set[str]]:
    return {
        guide: set(re.findall(r"`((?:co|st)-[\w-]+)`", (ROOT / guide).read_text("utf-8"))) for guide in GUIDES
    }


def test_every_documented_test_id_is_on_a_page(control: Any, documented: dict[str, set[str]]) -> None:
    there = set(TESTID.findall(served(control)))

    for guide, ids in documented.items():
        assert len(ids) > 60
        assert ids - there == set(), guide


def test_both_languages_document_the_same_ids(documented: dict[str, set[str]]) -> None:
    chinese, english = documented.values()
    assert chinese == english


@pytest.mark.parametrize("guide", GUIDES)
def test_every_call_that_the_guide_names_is_in_the_openapi_document(control: Any, guide: str) -> None:
    text = (ROOT / guide).read_text("utf-8")
    named = {
        path.partition("?")[0]
        for path in re.findall(r"`(?:(?:GET|POST|PATCH|DELETE) )?(/[a-z][\w/{}?=&…-]*)`", text)
    }
    paths = {path.removeprefix("/_mock/api") for path in control("GET", "/openapi.json")["paths"]}
    pages = {path for path in named if path.startswith("/_mock") or path in ("/metrics", "/next")}

    assert len(named - pages) > 10
    assert {path for path in named - pages if path not in paths} - {"/users", "/apps"} == set()
