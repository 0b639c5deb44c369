"""Tab Users: people of a world, their fields, whom they follow, and a browser that is logged in as one of them."""

from __future__ import annotations

from typing import Any

import pytest
from console_pages import BASE, Pages, rows


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat(consent={"mode": "ask"})
    return made


@pytest.fixture
def pages(control: Any, app: dict[str, Any]) -> Pages:
    return Pages(control.client, app["world"])


def form(**changes: str) -> dict[str, str]:
    """张三's form as the page shows it, but for ``changes``; "" for a box takes its tick away."""
    shown = {
        "nickname": "张三",
        "sex": "1",
        "province": "广东",
        "city": "深圳",
        "country": "中国",
        "follows": "on",
        "email_verified": "on",
    }
    return {**shown, **changes}


def test_everybody_whom_the_world_sees_is_listed(pages: Pages) -> None:
    uids = [row["uid"] for row in rows(pages.get("/console/users").text, "co-user-row")]

    assert {"zhangsan", "lisi", "wangwu", "zhaoliu", "mallory"} <= set(uids)


def test_a_user_is_made_in_the_world_that_is_looked_at(control: Any, pages: Pages) -> None:
    pages.done(
        "/console/users/new",
        uid="wang",
        nickname="小王",
        sex="2",
        year="1999",
        verified="on",
        followers_count="7",
    )

    user = control("GET", "/users/wang", world=pages.world)
    assert (user["nickname"], user["sex"], user["year"], user["followers_count"]) == ("小王", 2, "1999", 7)
    assert user["verified"] is True
    assert user["follows"] is False  # its box was not ticked
    assert control("GET", "/users/wang", status=404)


def test_what_is_left_empty_follows_from_the_uid(control: Any, pages: Pages) -> None:
    pages.done("/console/users/new", uid="wang", follows="on")

    user = control("GET", "/users/wang", world=pages.world)
    assert user == {**user, "nickname": "wang", "name": "wang", "email": "wang@example.test", "follows": True}
    assert "/mmopen/" in user["avatar"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "a b"}, "uid"),
        ({"uid": "x" * 65}, "uid"),
        ({"uid": "w", "sex": "3"}, "sex"),
        ({"uid": "w", "nickname": "n" * 200}, "nickname"),
        ({"uid": "w", "followers_count": "many"}, "followers_count"),
        ({"uid": "w", "followers_count": "-1"}, "followers_count"),
        ({"uid": "w", "vip": "yes"}, "vip"),
    ],
)
def test_what_the_api_refuses_is_said_at_the_field(
    control: Any, pages: Pages, wrong: dict[str, str], field: str
) -> None:
    status, told, page = pages.refused("/console/users/new", city="stays here", **wrong)

    assert (status, told) == (422, field)
    assert 'value="stays here"' in page
    assert f'data-testid="co-field-error" data-field="{field}"' in page
    assert control("GET", "/users/w", status=404, world=pages.world)


def test_an_address_is_verified_until_its_tick_is_taken_away(control: Any, pages: Pages) -> None:
    pages.done("/console/users/zhangsan", **form(email_verified=""))

    assert control("GET", "/users/zhangsan", world=pages.world)["email_verified"] is False
    assert "email_verified" not in control("GET", "/users/zhangsan")


def test_nobody_is_made_twice(pages: Pages) -> None:
    pages.done("/console/users/new", uid="wang")

    assert pages.refused("/console/users/new", uid="wang")[:2] == (409, "uid")


def test_only_what_was_changed_is_changed_and_only_in_this_world(control: Any, pages: Pages) -> None:
    towns = control("GET", "/users/zhangsan")

    pages.done("/console/users/zhangsan", **form(city="广州", always_denies="on"))

    own = control("GET", "/users/zhangsan", world=pages.world)
    expected = {"city": "广州", "always_denies": True, "world": pages.world, "avatar": own["avatar"]}
    assert own == {**towns, **expected}
    assert control("GET", "/users/zhangsan") == towns


def test_a_password_left_empty_stays(control: Any, pages: Pages) -> None:
    pages.done("/console/users/zhangsan", **form(password="das neue Wort"))
    pages.done("/console/users/zhangsan", **form(city="x"))

    user = control.app.extensions["ninestep"].store.user(pages.world, "zhangsan")
    assert user.password == "das neue Wort"
    assert "das neue Wort" not in pages.get("/console/users/zhangsan").text


def test_an_avatar_left_empty_is_drawn_again(control: Any, pages: Pages) -> None:
    pages.done("/console/users/zhangsan", **form(avatar="http://a.test/a.png"))
    assert control("GET", "/users/zhangsan", world=pages.world)["avatar"] == "http://a.test/a.png"

    pages.done("/console/users/zhangsan", **form(avatar=""))

    assert "/mmopen/" in control("GET", "/users/zhangsan", world=pages.world)["avatar"]


def test_the_worlds_own_user_is_deleted_and_the_towns_is_seen_again(control: Any, pages: Pages) -> None:
    pages.done("/console/users/zhangsan", **form(nickname="另一个"))
    pages.done("/console/users/zhangsan/delete")

    assert control("GET", "/users/zhangsan", world=pages.world)["nickname"] == "张三"
    assert "co-user-delete" not in pages.get("/console/users/zhangsan").text


def test_following_is_said_of_one_account(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    path = "/console/users/wangwu/follow"
    shown = pages.get("/console/users/wangwu").text
    assert rows(shown, "co-follow-row") == [{"appid": app["appid"], "follows": "false"}]

    shown = pages.done(path, appid=app["appid"], follows="on")
    assert rows(shown, "co-follow-row") == [{"appid": app["appid"], "follows": "true"}]
    assert "wangwu" in [user["uid"] for user in control("GET", f"/apps/{app['appid']}/followers")]

    pages.done(path, appid=app["appid"])
    assert "wangwu" not in [user["uid"] for user in control("GET", f"/apps/{app['appid']}/followers")]


def test_nobody_follows_an_app_that_is_none(pages: Pages) -> None:
    assert pages.refused("/console/users/wangwu/follow", appid="nobody", follows="on")[0] == 404


def test_a_storage_state_is_a_browser_that_is_logged_in(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    answer = pages.post("/console/users/lisi/login-as")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lisi.storage-state.json"'
    state = answer.get_json()

    browser = control.app.test_client()
    for cookie in state["cookies"]:
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
        browser.set_cookie(cookie["name"], cookie["value"], domain=cookie["domain"])
    query = {"appid": app["appid"], "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    page = browser.get(
        "/connect/oauth2/authorize", query_string={**query, "scope": "snsapi_userinfo"}, base_url=BASE
    )
    assert "/consent" in page.headers["Location"]
    consent = browser.get(page.headers["Location"], base_url=BASE)
    assert "李四" in consent.text


def test_each_storage_state_is_a_session_of_its_own(control: Any) -> None:
    first, second = (control("GET", "/storage-state", user="lisi") for _ in range(2))

    assert first["cookies"][0]["value"] != second["cookies"][0]["value"]
    assert first["origins"] == []


def test_a_storage_state_is_for_somebody_who_is_there(control: Any) -> None:
    assert control.refused("GET", "/storage-state", user="nobody")["field"] == "user"
    control.refused("GET", "/storage-state", user="lisi", world="atlantis", status=404)


def test_in_production_its_cookie_travels_over_https_alone(start: Any) -> None:
    live = start(env="production", provider_url="https://provider.test", allowed_hosts=("localhost",))
    answer = live.client.get("/_mock/api/storage-state?user=lisi", base_url="https://localhost")

    [cookie] = answer.get_json()["cookies"]
    assert (cookie["secure"], cookie["domain"]) == (True, "provider.test")
