"""Long lists in pages: the whole is the sum of the pages, whatever comes in or goes meanwhile."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ninestep.oauth.grant_types import DEVICE


def pages(control: Any, path: str, **query: Any) -> list[list[Any]]:
    """Every page, followed by its Link header as a client does."""
    answer, found = control.ask("GET", path, query_string=query), []
    while True:
        assert answer.status_code == 200, answer.text
        found.append(answer.get_json())
        link = answer.headers.get("Link")
        if link is None:
            return found
        target = re.fullmatch(r'<(/_mock/api[^>]+)>; rel="next"', link)
        assert target, link
        answer = control.ask("GET", target[1].removeprefix("/_mock/api"))


def flat(found: list[list[Any]]) -> list[Any]:
    return [row for page in found for row in page]


@pytest.mark.thorough
def test_paging_through_250_flows_while_others_are_recorded_sees_each_once(control: Any) -> None:
    app = control.wechat()
    for n in range(250):
        control.authorize(app, state=str(n))
    there = [flow["id"] for flow in control("GET", "/flows", world=app["world"], limit=1000)]
    assert len(there) == 250

    seen: list[str] = []
    answer = control.ask("GET", "/flows", query_string={"world": app["world"], "limit": 40})
    while True:
        seen += [flow["id"] for flow in answer.get_json()]
        control.authorize(app, state=f"late {len(seen)}")
        if "Link" not in answer.headers:
            break
        answer = control.ask("GET", answer.headers["Link"].split(">")[0][len("</_mock/api") :])

    assert seen == there


def test_a_flow_that_was_read_in_keeps_its_place_in_the_pages(control: Any) -> None:
    app = control.wechat()
    control.login(app, state="old")
    [flow] = control("GET", "/flows", world=app["world"])
    document = control("GET", f"/flows/{flow['id']}/export.json")
    for n in range(3):
        control.authorize(app, state=str(n))
    control("POST", "/flows", document, world=app["world"])

    whole = control("GET", "/flows", world=app["world"])

    assert whole[0]["imported"]
    assert flat(pages(control, "/flows", world=app["world"], limit=1)) == whole


def lists(control: Any) -> dict[str, dict[str, Any]]:
    """Every list that can grow, with five rows of one world; by path, its query."""
    app = control.wechat(policies={"reveal": False})
    world, at = app["world"], f"/apps/{app['appid']}"
    for n in range(5):
        control("PUT", f"/worlds/w{n}")
        control("PUT", f"/apps/app{n}", {"world": world})
        control("PUT", f"/users/user{n}", {}, world=world)
        control("PUT", f"{at}/followers/user{n}")
        control("PUT", f"{at}/testers/user{n}")
        control("POST", f"{at}/next", {"user": f"user{n}"})
        control("POST", f"{at}/faults", {"endpoint": "userinfo", "status": 503})
    site = control.wechat(kind="website", world=world, consent={"mode": "ask"})
    for n in range(5):
        page = {"appid": site["appid"], "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
        control.stage("/connect/qrconnect", {**page, "scope": "snsapi_login", "state": str(n)})
        other = control.wechat(world=world, consent={"mode": "auto", "user": f"user{n}"})
        control.login(other)
        control("POST", f"{at}/codes", {"user": f"user{n}"})
        code = control("POST", f"{at}/codes", {"user": f"user{n}"})["code"]
        control.redeem(app, code)
    tv = control("POST", "/apps", {"world": world, "dialect": "standard", "grant_types": [DEVICE]})
    for _ in range(5):
        own = {"client_id": tv["appid"], "client_secret": tv["secret"]}
        control.client.post("/oauth/device_authorization", data=own)
    flow = control("GET", "/flows", world=world)[-1]["id"]
    return {
        "/worlds": {},
        "/apps": {"world": world},
        "/users": {"world": world},
        f"{at}/followers": {},
        f"{at}/testers": {},
        f"{at}/next": {},
        f"{at}/faults": {},
        f"{at}/codes": {},
        f"{at}/tokens": {"spent": 1},
        f"/apps/{tv['appid']}/devices": {},
        "/grants": {"world": world},
        "/scan": {"world": world},
        "/flows": {"world": world},
        f"/flows/{flow}/messages": {"helpers": 1},
        f"/flows/{flow}/exchanges": {},
    }


def steady(row: dict[str, Any]) -> dict[str, Any]:
    """Without what time alone changes."""
    return {name: value for name, value in row.items() if name not in ("age", "expires_in", "last_used")}


def test_every_list_is_the_sum_of_its_pages(control: Any) -> None:
    for path, query in lists(control).items():
        whole = [steady(row) for row in control("GET", path, **query)]
        for limit in (1, 2, 1000):
            found = pages(control, path, limit=limit, **query)
            assert [steady(row) for row in flat(found)] == whole, (path, limit)
            assert all(len(page) <= limit for page in found)
        if not path.startswith("/flows/"):
            assert len(whole) >= 5, path


def test_no_list_of_the_document_is_left_out_above(control: Any) -> None:
    document = control("GET", "/openapi.json")
    paged = {
        path.removeprefix("/_mock/api")
        for path, methods in document["paths"].items()
        if any(p["name"] == "after" for p in methods.get("get", {}).get("parameters", []))
    }
    tried = {
        re.sub(r"^/flows/[^/]+", "/flows/{flow}", re.sub(r"^/apps/[^/]+", "/apps/{appid}", path))
        for path in lists(control)
    }

    assert paged - {"/state"} == tried


def test_the_town_at_a_glance_has_pages_too(control: Any) -> None:
    for n in range(4):
        control("PUT", f"/worlds/w{n}")

    found = pages(control, "/state", limit=2)

    assert [row["world"] for page in found for row in page["worlds"]] == ["town", "w0", "w1", "w2", "w3"]


def test_what_is_deleted_in_between_makes_no_other_row_disappear(control: Any) -> None:
    for n in range(6):
        control("PUT", f"/worlds/w{n}")
    first = control.ask("GET", "/worlds", query_string={"limit": 3})  # town, w0, w1

    control("DELETE", "/worlds/w1")
    control("PUT", "/worlds/a-new-one")
    rest = control.ask("GET", first.headers["Link"].split(">")[0][len("</_mock/api") :]).get_json()

    assert [world["name"] for world in rest] == ["w2", "w3", "w4"]


def test_the_next_page_asks_for_the_same(control: Any) -> None:
    app = control.wechat(name="a&b=c 应用")
    for n in range(4):
        control.authorize(app, state="与 & 我" if n % 2 else "other")

    found = pages(control, "/flows", world=app["world"], state="与 & 我", limit=1)

    assert [len(page) for page in found] == [1, 1]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "bm9uc2Vuc2U",
        "W10",
        "W251bGxd",
        "WzEsMl0",
        "WyJhIiwiYiIsImMiXQ",
        "W05hTl0",
        "a" * 401,
        "W1tbW1tb",
    ],
)
def test_a_cursor_that_is_none_is_refused(control: Any, cursor: str) -> None:
    app = control.wechat()
    control.authorize(app)

    wrong = control.refused("GET", "/flows", world=app["world"], after=cursor)

    assert wrong["field"] == "after"
    assert "Link" in wrong["fix"] or "page before" in wrong["fix"]


def test_a_cursor_of_another_list_is_refused(control: Any) -> None:
    for n in range(2):
        control("PUT", f"/worlds/w{n}")
    link = control.ask("GET", "/worlds", query_string={"limit": 1}).headers["Link"]
    app = control.wechat()
    control.authorize(app)

    after = re.findall(r"after=([\w-]+)", link)[0]

    assert control.refused("GET", "/flows", world=app["world"], after=after)["field"] == "after"


def test_waiting_and_pages_go_together(control: Any) -> None:
    app = control.wechat()
    for n in range(3):
        control.authorize(app, state=str(n))

    found = pages(control, "/flows", world=app["world"], limit=2, wait=5)

    assert [len(page) for page in found] == [2, 1]
