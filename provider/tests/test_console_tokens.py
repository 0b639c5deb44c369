"""Tab Tokens & codes: families, their age on the world's clock, and what expiring and revoking does at the servers."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from console_pages import Pages, rows
from ninestep_provider.console.families import families

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat()
    control("POST", f"/worlds/{made['world']}/clock", {"freeze": True})
    return made


@pytest.fixture
def pages(control: Any, app: dict[str, Any]) -> Pages:
    return Pages(control.client, app["world"])


def shown(pages: Pages, **query: str) -> list[tuple[str, str]]:
    return [
        (row["kind"], row["state"])
        for row in rows(pages.get("/console/tokens", **query).text, "co-token-row")
    ]


def one(pages: Pages, kind: str) -> str:
    return next(
        row["id"] for row in rows(pages.get("/console/tokens").text, "co-token-row") if row["kind"] == kind
    )


def redeem(control: Any, app: dict[str, Any], **fields: str) -> dict[str, Any]:
    secret = base64.b64encode(f"{app['appid']}:{app['secret']}".encode()).decode()
    answer = control.client.post("/oauth/token", data=fields, headers={"Authorization": f"Basic {secret}"})
    return dict(answer.get_json())


def standard(control: Any, world: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """An app whose refresh tokens rotate, and its first tokens."""
    app = control("POST", "/apps", {"world": world, "dialect": "standard", "redirect_uris": [CALLBACK]})
    code = control("POST", f"/apps/{app['appid']}/codes", {"redirect_uri": CALLBACK})["code"]
    return app, redeem(control, app, grant_type="authorization_code", code=code, redirect_uri=CALLBACK)


def test_an_empty_world_says_so(pages: Pages) -> None:
    assert 'data-testid="co-tokens-empty"' in pages.get("/console/tokens").text


def test_a_code_is_alive_then_spent_and_heads_its_family(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    location = control.authorize(app).headers["Location"]
    assert shown(pages) == [("code", "active")]

    control.redeem(app, parse_qs(urlsplit(location).query)["code"][0])

    assert shown(pages) == [("code", "spent"), ("refresh", "active"), ("access", "active")]


def test_a_code_that_nobody_redeemed_expires_on_the_worlds_clock(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    control.authorize(app)
    control("POST", f"/worlds/{pages.world}/clock", {"advance": "5m"})

    assert shown(pages) == [("code", "expired")]


def test_a_withdrawn_consent_shows_on_everything_under_it(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    control.login(app)
    control.authorize(app)
    control("DELETE", "/grants", world=pages.world, user="zhangsan")

    states = {state for _, state in shown(pages)}
    assert states == {"revoked", "spent"}


def test_the_bar_is_the_age_on_the_worlds_clock(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    control.login(app)
    control("POST", f"/worlds/{pages.world}/clock", {"advance": "30m"})

    page = pages.get("/console/tokens").text

    access = page[page.index('data-kind="access"') :]
    assert 'class="life__part" width="25.0"' in access  # 30 minutes of two hours
    assert "30 min of 2 h" in access


def test_no_value_is_shown_whole(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    location = control.authorize(app).headers["Location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    tokens = control.redeem(app, code)

    page = pages.get("/console/tokens").text

    assert [value for value in (code, tokens["access_token"], tokens["refresh_token"]) if value in page] == []
    assert f"••••{tokens['access_token'][-4:]}" in page


def test_an_expired_token_is_refused_as_expired(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    tokens = control.login(app)

    pages.done("/console/tokens", id=one(pages, "refresh"), change="expire")

    assert ("refresh", "expired") in shown(pages)
    assert control.refresh(app, tokens["refresh_token"])["errcode"] == 40030


def test_revoking_a_refresh_token_revokes_its_family(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    control.login(app)

    pages.done("/console/tokens", id=one(pages, "refresh"), change="revoke")

    assert shown(pages) == [("code", "spent"), ("refresh", "revoked"), ("access", "revoked")]


def test_revoking_an_access_token_leaves_the_others(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    control.login(app)

    pages.done("/console/tokens", id=one(pages, "access"), change="revoke")

    assert shown(pages) == [("code", "spent"), ("refresh", "active"), ("access", "revoked")]


@pytest.mark.parametrize(
    ("id", "change", "status"),
    [
        ("", "expire", 404),
        ("town~access:x", "revoke", 404),
        ("town~user:zhangsan", "revoke", 404),
        ("nothing", "expire", 404),
        ("x", "", 422),
        ("x", "steal", 422),
    ],
)
def test_what_is_no_token_or_no_change_is_refused(pages: Pages, id: str, change: str, status: int) -> None:
    assert pages.refused("/console/tokens", id=id, change=change)[0] == status


def test_a_rotated_refresh_token_stays_in_the_tree_as_spent(control: Any, pages: Pages) -> None:
    app, first = standard(control, pages.world)
    control("POST", f"/worlds/{pages.world}/clock", {"advance": "1m"})
    redeem(control, app, grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert shown(pages, app=app["appid"]) == [
        ("code", "spent"),
        ("refresh", "spent"),
        ("access", "active"),
        ("refresh", "active"),
        ("access", "active"),
    ]
    assert shown(pages, app="wx1234567890abcdef") == []


def test_the_api_tells_the_spent_ones_when_it_is_asked(control: Any, pages: Pages) -> None:
    app, first = standard(control, pages.world)
    redeem(control, app, grant_type="refresh_token", refresh_token=first["refresh_token"])

    alive = control("GET", f"/apps/{app['appid']}/tokens")
    everything = control("GET", f"/apps/{app['appid']}/tokens", spent="1")

    assert {token["state"] for token in alive} == {"active"}
    assert [token["kind"] for token in everything if token["state"] == "spent"] == ["refresh"]
    assert len(everything) == len(alive) + 1


def test_the_api_tells_codes_without_a_way_to_redeem_them(control: Any, app: dict[str, Any]) -> None:
    code = control("POST", f"/apps/{app['appid']}/codes")["code"]

    [told] = control("GET", f"/apps/{app['appid']}/codes")

    assert (told["state"], told["user"], told["age"]) == ("active", "zhangsan", 0)
    assert told["expires_at"] - told["issued_at"] == 300
    assert code not in str(told)


def told(kind: str, id: str, at: int, authorization: str = "a", by: str = "") -> dict[str, Any]:
    return {"kind": kind, "id": id, "issued_at": at, "authorization": authorization, "refreshed_by": by}


def test_access_tokens_hang_under_the_refresh_token_that_gave_them() -> None:
    [family] = families(
        [
            *(told("access", "a2", 2, by="r1"), told("access", "a3", 3, by="r2"), told("code", "c", 0)),
            *(told("refresh", "r2", 3), told("access", "a1", 1, by="r1"), told("refresh", "r1", 1)),
        ]
    )

    tree = [
        (branch.refresh["id"] if branch.refresh else "", [a["id"] for a in branch.access])
        for branch in family.branches
    ]
    assert tree == [("r1", ["a1", "a2"]), ("r2", ["a3"])]
    assert family.head["id"] == "c"


def test_tokens_without_a_refresh_token_stand_alone_and_the_newest_family_first() -> None:
    found = families(
        [
            told("access", "old", 1, "x"),
            told("access", "new", 2, "y"),
            told("access", "orphan", 1, "x", "gone"),
        ]
    )

    assert [family.authorization for family in found] == ["y", "x"]
    assert [[a["id"] for a in branch.access] for branch in found[1].branches] == [["old", "orphan"]]
