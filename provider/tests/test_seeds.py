"""The seeded town: there at every start, following the settings, keeping what a person changed."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

import pytest
from ninestep.keyring import app_secret
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep_provider.app import create_app

MEITUAN, MINE = "wx1234567890abcdef", "wxc0ffee0123456789"
MEITUAN_PC = "wxfedcba0987654321"
MEITUAN_MINI = "wx0fedcba987654321"
MEITUAN_APP, MEITUAN_OLD_APP = "wx00112233445566ff", "wxff66554433221100"
QQ, WEIBO = "101234567", "1357924680"


def test_the_town_has_its_people(control: Any) -> None:
    people = {user["uid"]: user for user in control("GET", "/users")}

    assert people["zhangsan"]["nickname"] == "张三"
    assert [people["zhangsan"][name] for name in ("sex", "province", "city", "country")] == [
        1,
        "广东",
        "深圳",
        "中国",
    ]
    assert people["lisi"]["sex"] == 2
    assert "🌸" in people["lisi"]["nickname"]
    assert people["wangwu"]["follows"] is False
    assert people["zhaoliu"]["always_denies"] is True
    assert "mallory" in people


def test_the_town_has_its_apps(control: Any) -> None:
    apps = {app["appid"]: app for app in control("GET", "/apps", world="town")}

    ours = {MEITUAN, MEITUAN_PC, MEITUAN_MINI, MEITUAN_APP, MEITUAN_OLD_APP, MINE, QQ, WEIBO}
    samples = {"zhihu", "xiaotu", "site-a", "spa", "nightly", "meitu", "tv"}
    assert set(apps) == {*ours, *samples, "resource-api"}
    pages = {appid: app["page"] for appid, app in apps.items() if app["page"]}
    client = "http://127.0.0.1:9002"
    assert pages == {
        MEITUAN_MINI: f"{client}/mini",
        MEITUAN_APP: f"{client}/app",
        MEITUAN_OLD_APP: f"{client}/app/old",
    }
    meituan, mine = apps[MEITUAN], apps[MINE]
    assert (meituan["name"], meituan["fidelity"], meituan["open_platform"]) == ("美团", "tutorial", "town")
    assert meituan["redirect_uris"] == ["http://127.0.0.1:9002/auth/wechat/callback"]
    assert meituan["secret"] == app_secret("k", MEITUAN)
    assert meituan["policies"]["reveal"] is True
    assert (mine["name"], mine["fidelity"], mine["open_platform"]) == ("我的应用", "platform", "town")
    assert apps["zhihu"]["redirect_uris"] == ["http://127.0.0.1:9002/auth/zhihu/callback"]
    for appid, name in ((QQ, "qq"), (WEIBO, "weibo")):
        app = apps[appid]
        assert (app["dialect"], app["kind"], app["secret"]) == (name, "web", app_secret("k", appid))
        assert app["redirect_uris"][0] == f"http://127.0.0.1:9002/auth/{name}/callback"
    without_a_code = [f"http://127.0.0.1:9002/counterfactual/{way}" for way in ("token", "delivery")]
    assert apps[QQ]["redirect_uris"][1:] == without_a_code
    assert apps[WEIBO]["redirect_uris"][1:] == []
    assert apps["resource-api"]["redirect_uris"] == []


def test_a_moved_client_and_a_new_root_secret_are_followed(control: Any, start: Any) -> None:
    moved = start(client_url="http://127.0.0.1:7777", seed_key="other")

    meituan = moved("GET", f"/apps/{MEITUAN}")

    assert meituan["redirect_uris"] == ["http://127.0.0.1:7777/auth/wechat/callback"]
    assert meituan["secret"] == app_secret("other", MEITUAN)
    assert moved("GET", f"/apps/{MINE}")["secret"] == app_secret("other", MINE)


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["http://127.0.0.1:3000/cb"]},
        {"callback_domain": "my.example"},
        {"name": "改名", "policies": {"refusal": "none"}},
        {"consent": {"mode": "auto", "user": "lisi"}},
    ],
)
def test_a_start_keeps_what_a_person_changed_in_their_own_app(
    control: Any, start: Any, change: dict[str, Any]
) -> None:
    edited = control("PATCH", f"/apps/{MINE}", change)

    assert start()("GET", f"/apps/{MINE}") == edited


def test_a_start_keeps_a_secret_that_a_person_chose(control: Any, start: Any) -> None:
    rotated = control("POST", f"/apps/{MINE}/secret")

    assert start()("GET", f"/apps/{MINE}") == rotated


def test_a_start_keeps_a_further_address_of_meituan(control: Any, start: Any) -> None:
    ours, extra = "http://127.0.0.1:9002/auth/wechat/callback", "http://127.0.0.1/other"
    control("PATCH", f"/apps/{MEITUAN}", {"redirect_uris": [extra]})

    assert start()("GET", f"/apps/{MEITUAN}")["redirect_uris"] == [ours, extra]


def test_an_edited_meituan_still_follows_the_settings(control: Any, start: Any) -> None:
    control("PATCH", f"/apps/{MEITUAN}", {"name": "改名"})

    meituan = start(client_url="http://127.0.0.1:7777")("GET", f"/apps/{MEITUAN}")

    assert meituan["name"] == "改名"
    assert meituan["redirect_uris"] == ["http://127.0.0.1:7777/auth/wechat/callback"]


def test_a_start_keeps_a_changed_person_and_brings_a_missing_one_back(control: Any, start: Any) -> None:
    control("PATCH", "/users/lisi", {"nickname": "改了"})
    control("DELETE", "/users/wangwu")

    again = start()

    assert again("GET", "/users/lisi")["nickname"] == "改了"
    assert again("GET", "/users/wangwu")["nickname"] == "王五"


def _work(settings: ProviderSettings, barrier: Any, answers: Any) -> None:
    """A worker that finds another at it says so until that one is done."""
    barrier.wait()
    client, end = create_app(settings).test_client(), time.monotonic() + 20
    while (answer := client.get("/readyz")).status_code == 503 and time.monotonic() < end:
        assert answer.get_json()["reason"] == "the town is not seeded yet"
    answers.put(answer.status_code)


@pytest.mark.launcher
def test_many_workers_that_start_at_once_make_one_town(redis_url: str, store: Store, start: Any) -> None:
    settings = ProviderSettings(redis_url=redis_url, redis_prefix=store.keys.prefix, seed_key="k")
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_work, args=(settings, barrier, answers)) for _ in range(4)]
    for worker in workers:
        worker.start()

    assert [answers.get(timeout=60) for _ in workers] == [200] * 4

    for worker in workers:
        worker.join()
    assert len(start()("GET", "/apps", world="town")) == 16


def test_a_redis_that_was_emptied_is_seeded_again(control: Any) -> None:
    for key in control.store.redis.scan_iter(f"{control.store.keys.prefix}:*"):
        control.store.redis.delete(key)

    assert control.client.get("/readyz").status_code == 200
    assert control("GET", f"/apps/{MEITUAN}")["name"] == "美团"
