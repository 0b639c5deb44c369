"""Worlds on bad days: deleted while somebody logs in, left behind by a run that crashed, or full to the brim."""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import qq_client
import requests
import standard_life
import weibo_client
from browser import Browser
from ninestep.records import Clock, Fault, World
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep.store.worlds import MOST_CLEARED
from ninestep.trace import Draft
from ninestep.trace.recorder import MOST_FLOWS
from ninestep_provider.app import create_app
from ninestep_provider.control.worlds import LIFE
from platform_client import CALLBACK

ASK = {"mode": "ask"}
WECHAT_TOKEN, WECHAT_REFRESH = "/sns/oauth2/access_token", "/sns/oauth2/refresh_token"


def left(store: Store, world: str) -> list[str]:
    """Keys of the world's, and pointers into it."""
    redis = store.redis
    keys = [key.decode() for key in redis.scan_iter(f"{store.keys.prefix}:*", count=1000)]
    own = [key for key in keys if f"{{{world}}}" in key]
    pointers = [key for key in keys if ":ptr:" in key and world in (redis.get(key) or b"").decode()]
    return own + pointers


# -- deleted while a login runs: the next step meets an unknown client, as if there had never been one


def _code(response: requests.Response) -> str:
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


def _get(url: str, **query: Any) -> requests.Response:
    return requests.get(url, params=query, allow_redirects=False, timeout=10)


def _wechat(town: Any, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = town.api(
        "POST",
        "/apps",
        {"redirect_uris": [CALLBACK], "consent": {"mode": "auto", "user": "zhangsan"}, **fields},
    )
    return made


def _standard_app(town: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """And what its client asks for."""
    app = _wechat(town, dialect="standard")
    asks = {
        "client_id": app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "user_info",
    }
    return app, asks


def _standard(town: Any) -> tuple[dict[str, Any], dict[str, str]]:
    app, query = _standard_app(town)
    code = _code(_get(f"{town.provider}/oauth/authorize", **query))
    form = {"client_id": app["appid"], "client_secret": app["secret"], "redirect_uri": CALLBACK, "code": code}
    return app, form


def _standard_refresh(town: Any) -> tuple[dict[str, Any], dict[str, str]]:
    app, form = _standard(town)
    token = requests.post(
        f"{town.provider}/oauth/token", data={**form, "grant_type": "authorization_code"}, timeout=10
    )
    return app, {**form, "grant_type": "refresh_token", "refresh_token": token.json()["refresh_token"]}


def _wechat_code(town: Any) -> tuple[dict[str, Any], dict[str, str]]:
    app = _wechat(town)
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    code = _code(_get(f"{town.provider}/connect/oauth2/authorize", scope="snsapi_userinfo", **query))
    return app, {
        "appid": app["appid"],
        "secret": app["secret"],
        "code": code,
        "grant_type": "authorization_code",
    }


Step = Callable[
    [Any], tuple[dict[str, Any], Callable[[], requests.Response], Callable[[requests.Response], Any]]
]


def standard_token(town: Any) -> Any:
    app, form = _standard(town)
    url = f"{town.provider}/oauth/token"
    data = {**form, "grant_type": "authorization_code"}
    return (
        app,
        lambda: requests.post(url, data=data, timeout=10),
        lambda r: (r.status_code, r.json()["error"]),
    )


def standard_refresh(town: Any) -> Any:
    app, form = _standard_refresh(town)
    url = f"{town.provider}/oauth/token"
    return (
        app,
        lambda: requests.post(url, data=form, timeout=10),
        lambda r: (r.status_code, r.json()["error"]),
    )


def standard_authorize(town: Any) -> Any:
    app, query = _standard_app(town)
    return (
        app,
        lambda: _get(f"{town.provider}/oauth/authorize", **query),
        lambda r: (r.status_code, _shown(r)),
    )


def wechat_authorize(town: Any) -> Any:
    app = _wechat(town)
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "snsapi_base"}
    url = f"{town.provider}/connect/oauth2/authorize"
    return app, lambda: _get(url, **query), lambda r: (r.status_code, _shown(r))


def wechat_token(town: Any) -> Any:
    app, query = _wechat_code(town)
    return app, lambda: _get(town.provider + WECHAT_TOKEN, **query), lambda r: r.json()["errcode"]


def wechat_refresh(town: Any) -> Any:
    app, query = _wechat_code(town)
    token = _get(town.provider + WECHAT_TOKEN, **query).json()
    renew = {"appid": app["appid"], "grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    return app, lambda: _get(town.provider + WECHAT_REFRESH, **renew), lambda r: r.json()["errcode"]


def wechat_userinfo(town: Any) -> Any:
    app, query = _wechat_code(town)
    token = _get(town.provider + WECHAT_TOKEN, **query).json()
    who = {"access_token": token["access_token"], "openid": token["openid"]}
    return app, lambda: _get(f"{town.resource}/sns/userinfo", **who), lambda r: r.json()["errcode"]


def mini_js_code(town: Any) -> Any:
    app = _wechat(town, kind="mini_program")
    code = town.api("POST", f"/apps/{app['appid']}/js_codes", {"user": "zhangsan"})["js_code"]
    query = {
        "appid": app["appid"],
        "secret": app["secret"],
        "js_code": code,
        "grant_type": "authorization_code",
    }
    return app, lambda: _get(f"{town.provider}/sns/jscode2session", **query), lambda r: r.json()["errcode"]


def qq_token(town: Any) -> Any:
    client = qq_client.registered(town)
    code = client.code()
    return client.app, lambda: client.token(code=code, fmt="json"), lambda r: r.json()["error"]


def qq_refresh(town: Any) -> Any:
    client = qq_client.registered(town)
    refresh = client.tokens()["refresh_token"]
    return client.app, lambda: client.refresh(refresh, fmt="json"), lambda r: r.json()["error"]


def qq_userinfo(town: Any) -> Any:
    client = qq_client.registered(town)
    token = client.tokens()
    who = {
        "access_token": token["access_token"],
        "openid": token["openid"],
        "oauth_consumer_key": client.appid,
    }
    return client.app, lambda: client.user(**who), lambda r: r.json()["ret"]


def weibo_token(town: Any) -> Any:
    client = weibo_client.registered(town)
    code = client.code()
    return client.app, lambda: client.token(code=code), lambda r: (r.status_code, r.json()["error_code"])


def weibo_userinfo(town: Any) -> Any:
    client = weibo_client.registered(town)
    token = client.tokens()
    return (
        client.app,
        lambda: client.show(token["access_token"], token["uid"]),
        lambda r: (r.status_code, r.json()["error_code"]),
    )


def _shown(response: requests.Response) -> str:
    """The reason that an error page tells."""
    found = re.search(r'data-testid="wx-error-(?:code|title)"[^>]*>\s*([^<]+?)\s*<', response.text)
    return found[1] if found else response.text


STEPS: dict[Step, Any] = {
    standard_authorize: (400, "这个应用不能请求授权"),
    standard_token: (400, "invalid_client"),
    standard_refresh: (400, "invalid_client"),
    wechat_authorize: (200, "AppID 参数错误"),
    wechat_token: 40013,
    wechat_refresh: 40013,
    wechat_userinfo: 40001,
    mini_js_code: 40013,
    qq_token: 100008,
    qq_refresh: 100008,
    qq_userinfo: 100016,
    weibo_token: (400, 21324),
    weibo_userinfo: (400, 21332),
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_the_next_step_in_a_deleted_world_meets_an_unknown_client(town: Any, step: Step) -> None:
    app, call, read = step(town)

    town.api("DELETE", f"/worlds/{app['world']}")

    assert read(call()) == STEPS[step]


LOGIN_PAGES = {
    "standard": ("/oauth/authorize", {"scope": "user_info"}),
    "qq": ("/oauth2.0/authorize", {}),
    "weibo": ("/oauth2/authorize", {}),
    "wechat": ("/connect/oauth2/authorize", {"scope": "snsapi_userinfo"}),
}


@pytest.mark.parametrize("dialect", LOGIN_PAGES)
def test_a_consent_page_of_a_deleted_world_says_that_its_request_is_gone(town: Any, dialect: str) -> None:
    app = _wechat(town, dialect=dialect, consent=ASK)
    path, more = LOGIN_PAGES[dialect]
    key = "appid" if dialect == "wechat" else "client_id"
    query = {key: app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s", **more}
    browser = Browser()
    browser.http.headers["User-Agent"] = "MicroMessenger/8.0.50"
    login = browser.follow(browser.get(town.provider + path, **query))
    who = {"persona": "zhangsan"} if dialect == "wechat" else {"username": "zhangsan", "password": "ninestep"}
    consent = browser.follow(browser.submit(login, **who))
    assert consent.status_code == 200

    town.api("DELETE", f"/worlds/{app['world']}")

    for page in (consent, login):
        answer = browser.submit(page, decision="approve", **who)
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert 'data-testid="wx-error"' in answer.text or 'data-testid="failure"' in answer.text


def test_the_poll_of_a_qr_code_of_a_deleted_world_says_that_it_is_over(town: Any) -> None:
    app = _wechat(town, kind="website", consent=ASK)
    query = {
        "appid": app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_login",
    }
    page = _get(f"{town.provider}/connect/qrconnect", **query)
    uuid = re.search(r"/connect/qrcode/([\w-]+)", page.text)
    assert uuid

    town.api("DELETE", f"/worlds/{app['world']}")

    polled = _get(f"{town.provider}/connect/l/qrconnect", uuid=uuid[1])
    assert polled.status_code == 200
    assert "window.wx_errcode=402;" in polled.text
    assert "wx_code='';" in polled.text


# -- and no key of it remains


def lived_in(control: Any) -> str:
    """A world in which everything happened that leaves a key."""
    app = control.wechat()
    world, appid = str(app["world"]), app["appid"]
    control("PUT", "/users/wang", {"nickname": "小王"}, world=world)
    control("PUT", f"/apps/{appid}/followers/zhangsan")
    token = control.login(app)
    control.refresh(app, token["refresh_token"])
    for body in ({"user": "lisi"}, {"user": "lisi", "decision": "deny"}):
        control("POST", f"/apps/{appid}/next", body)
    control("POST", f"/apps/{appid}/faults", {"endpoint": "userinfo", "status": 503, "times": 3})
    control("POST", f"/worlds/{world}/clock", {"advance": "5m"})
    asking = control("POST", "/apps", {"world": world, "redirect_uris": [CALLBACK], "consent": ASK})
    assert control.authorize(asking).status_code == 302
    site = control("POST", "/apps", {"world": world, "kind": "website", "redirect_uris": [CALLBACK]})
    query = {
        "appid": site["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_login",
    }
    assert control.stage("/connect/qrconnect", query).status_code == 200
    mini = control("POST", "/apps", {"world": world, "kind": "mini_program"})
    me = {"appid": mini["appid"], "secret": mini["secret"]}
    code = control("POST", f"/apps/{mini['appid']}/js_codes", {"user": "lisi"})["js_code"]
    query = {**me, "js_code": code, "grant_type": "authorization_code"}
    assert control.stage("/sns/jscode2session", query).get_json(force=True)["session_key"]
    given = control.stage("/cgi-bin/token", {**me, "grant_type": "client_credential"}).get_json(force=True)
    assert given["access_token"]
    weibo = control("POST", "/apps", {"world": world, "dialect": "weibo", "redirect_uris": [CALLBACK]})
    control("PUT", f"/apps/{weibo['appid']}/testers/zhangsan")
    standard_life.lived(control, world)
    control("POST", f"/worlds/{world}/snapshots", {"name": "before"})
    control("POST", f"/worlds/{world}/stepping", {"on": True})
    query = f"appid={appid}&redirect_uri={CALLBACK}&response_type=code&scope=snsapi_base&state=stops"
    address = f"/connect/oauth2/authorize?{query}"
    page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    stopped = control.client.get(
        address, base_url="http://127.0.0.1", headers=page, environ_overrides={"RAW_URI": address}
    )
    assert "/step/" in stopped.headers["Location"]
    return world


def test_a_deleted_world_leaves_no_key_and_no_pointer(control: Any) -> None:
    before = set(left(control.store, ""))
    world = lived_in(control)
    kinds = {key.partition("}:")[2].partition(":")[0] for key in left(control.store, world)}
    assert standard_life.KINDS <= kinds

    control("DELETE", f"/worlds/{world}")

    assert left(control.store, world) == []
    control.store.clear_ended(time.time() + 1)
    assert not control.store.redis.exists(control.store.keys.ended)
    assert set(left(control.store, "")) == before


def test_what_is_written_late_into_a_world_that_ended_is_taken_away_too(control: Any) -> None:
    app = control.wechat()
    world, appid, store = app["world"], app["appid"], control.store
    control.login(app)
    control("DELETE", f"/worlds/{world}")

    store.save_fault(world, appid, Fault(id="f", endpoint="token"))
    store.follow(world, appid, "zhangsan", True)
    draft = Draft("provider").begin("code.redeemed", world=world, app=appid, flow="late")
    draft.check("client secret", True)
    parts = control.app.extensions["ninestep"]
    parts.recorder.write(draft)
    assert len(left(store, world)) >= 6

    store.clear_ended(time.time() - 60)  # somebody may still be writing
    assert left(store, world) != []
    store.clear_ended(time.time() + 1)
    assert left(store, world) == []


def test_a_new_world_of_the_same_name_and_an_appid_that_moved_keep_what_they_have(control: Any) -> None:
    for world in ("again", "gone"):
        control("PUT", f"/worlds/{world}")
        control("PUT", f"/apps/app-of-{world}", {"world": world, "redirect_uris": [CALLBACK]})
        control("DELETE", f"/worlds/{world}")
    control("PUT", "/worlds/again")
    for world in ("again", "gone"):
        control("PUT", f"/apps/app-of-{world}", {"world": "again", "redirect_uris": [CALLBACK]})

    control.store.clear_ended(time.time() + 1)

    for world in ("again", "gone"):
        assert control("GET", f"/apps/app-of-{world}")["world"] == "again"


def test_names_of_worlds_that_never_were_are_not_remembered(control: Any) -> None:
    for number in range(3):
        control("DELETE", f"/worlds/never-{number}")

    assert not control.store.redis.exists(control.store.keys.ended)


def _log_in(settings: ProviderSettings, app: dict[str, Any], barrier: Any, outcomes: Any) -> None:
    """As fast as one process can, from before the world's end until after it."""
    client = create_app(settings).test_client()
    query = f"appid={app['appid']}&redirect_uri={CALLBACK}&response_type=code&scope=snsapi_userinfo&state=s"
    statuses = []
    barrier.wait()
    for number in range(40):
        answer = client.get(f"/connect/oauth2/authorize?{query}{number}")
        statuses.append(answer.status_code)
        if answer.status_code == 302:
            code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
            more = f"appid={app['appid']}&secret={app['secret']}&code={code}&grant_type=authorization_code"
            statuses.append(client.get(f"{WECHAT_TOKEN}?{more}").status_code)
    outcomes.put(statuses)


@pytest.mark.slow
def test_logins_that_race_with_the_end_of_their_world_leave_no_key(
    redis_url: str, store: Store, start: Any
) -> None:
    control = start()
    settings = ProviderSettings(
        redis_url=redis_url, redis_prefix=store.keys.prefix, seed_key="k", trace_patience=3000
    )
    app = control.wechat()
    context = multiprocessing.get_context("spawn")
    barrier, outcomes = context.Barrier(3), context.Queue()
    racers = [context.Process(target=_log_in, args=(settings, app, barrier, outcomes)) for _ in range(2)]
    for racer in racers:
        racer.start()
    barrier.wait()
    while not left(store, app["world"]) or not control("GET", "/flows", app=app["appid"]):
        pass  # until the first login is there

    control("DELETE", f"/worlds/{app['world']}")

    statuses = [status for _ in racers for status in outcomes.get(timeout=60)]
    for racer in racers:
        racer.join()
    assert {status for status in statuses if status >= 500} == set()
    assert 302 in statuses
    assert statuses[-1] == 200  # the platform's page for an unknown appid
    store.clear_ended(time.time() + 1)
    assert left(store, app["world"]) == []


# -- left behind


def aged(store: Store, world: str) -> None:
    """A day and a minute pass in which nobody uses the world."""
    past = time.time() - LIFE - 60
    batch = store.batch()
    found = store.read_world(batch, world)
    batch.run()
    store.save_world(msgspec.structs.replace(found.value, last_used=past))
    for flow in store.redis.zrange(store.keys.flows(world), 0, -1):
        store.redis.hset(store.keys.flow(world, flow.decode()), "updated_real", past)


def test_a_crashed_runs_worlds_end_with_everything_in_them(control: Any) -> None:
    worlds = [lived_in(control) for _ in range(3)]
    for world in worlds:
        aged(control.store, world)

    control("GET", "/worlds")

    assert [left(control.store, world) for world in worlds] == [[]] * 3


def test_a_world_ends_by_the_real_day_and_not_by_its_own_clock(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/worlds/{app['world']}/clock", {"advance": "720h"})
    control("POST", "/clock", {"advance": "720h"})

    control("GET", "/worlds")

    assert control("GET", f"/apps/{app['appid']}")["world"] == app["world"]


@pytest.mark.slow
def test_thousands_of_worlds_that_nobody_deleted_are_gone_after_some_hundred_new_ones(control: Any) -> None:
    """Where runs crash day and night memory is bounded: each new world ends more than it adds."""
    store, old, past = control.store, 2000, time.time() - LIFE - 60
    for number in range(old):
        store.save_world(World(name=f"crashed-{number}", created_at=past, last_used=past))
        store.move_clock(lambda _: Clock(offset=60), f"crashed-{number}")
    known = len(store.worlds())

    made = 0
    while len(store.worlds(sample=old)) > known - old + made:
        for _ in range(25):
            control("POST", "/worlds", {})
        made += 25
        assert made < 900

    assert not any(world.name.startswith("crashed-") for world in store.worlds())
    assert left(store, "crashed-7") == []


@pytest.mark.parametrize("path", ["/flows?world={}&wait=0.1&until=ended", "/worlds/{}/clock"])
def test_a_world_that_is_only_asked_and_waited_for_lives_on(control: Any, path: str) -> None:
    world = control("POST", "/worlds", {})["name"]
    aged(control.store, world)

    assert control.ask("GET", path.format(world)).status_code == 200
    control("GET", "/worlds")

    assert control("GET", f"/worlds/{world}")["name"] == world


def test_the_seeded_town_is_not_deleted(control: Any) -> None:
    control.refused("DELETE", "/worlds/town", status=409)

    assert control("GET", "/apps/wx1234567890abcdef")["world"] == "town"


# -- full


def _commands(control: Any, app: dict[str, Any], trips: Any) -> tuple[int, int]:
    """(round trips, commands in Redis) of a login; the least of some, for Redis also counts its own."""
    redis, counts = control.store.redis, []
    control.login(app)  # the first of its state has no flow to look for
    for _ in range(4):
        before = redis.info("stats")["total_commands_processed"]
        trips.start()
        control.login(app)
        trips_spent = trips.count
        counts.append((trips_spent, redis.info("stats")["total_commands_processed"] - before))
    return min(counts)


@pytest.mark.thorough
@pytest.mark.parametrize("full_of", ["faults of others", "flows", "worlds"])
def test_ten_thousand_of_anything_do_not_make_a_login_ask_more(
    control: Any, trips: Any, full_of: str
) -> None:
    app = control.wechat()
    world, store = app["world"], control.store
    before = _commands(control, app, trips)

    batch = store.batch()
    for number in range(10_000):
        if full_of == "flows":
            batch.call("zadd", store.keys.flows("town"), {f"f{number}": number})
            batch.call("hset", store.keys.flow("town", f"f{number}"), "id", f"f{number}")
            if number < MOST_FLOWS - 20:  # what a world keeps
                batch.call("zadd", store.keys.flows(world), {f"f{number}": number})
        elif full_of == "worlds":
            batch.call("sadd", store.keys.worlds, f"w{number}")
        else:
            place = f"token|someone-else|{number:012d}|f{number}"
            batch.call("zadd", store.keys.fault_queue(world), {place: 0})
            batch.call("hset", store.keys.faults(world, "someone-else"), f"f{number}", b"{}")
    batch.run()

    assert _commands(control, app, trips) == before


@pytest.mark.thorough
def test_a_login_at_an_app_with_ten_thousand_faults_of_other_endpoints_asks_no_more(
    control: Any, trips: Any
) -> None:
    app = control.wechat()
    before = _commands(control, app, trips)
    for number in range(10_000):
        fault = Fault(id=f"f{number}", endpoint="refresh", kind="status", status=503)
        control.store.save_fault(app["world"], app["appid"], fault)

    assert _commands(control, app, trips) == before


def test_two_worlds_are_cleared_whenever_one_ends(control: Any) -> None:
    """So the list of those that ended is as long as what ends within two minutes, and no longer."""
    store = control.store
    for number in range(6):
        store.save_world(World(name=f"w{number}", created_at=0, last_used=0))
        store.delete_world(f"w{number}")
    assert store.redis.zcard(store.keys.ended) == 6
    for member, _ in store.redis.zrange(store.keys.ended, 0, -1, withscores=True):
        store.redis.zadd(store.keys.ended, {member: 1})

    store.save_world(World(name="last", created_at=0, last_used=0))
    store.delete_world("last")

    assert store.redis.zcard(store.keys.ended) == 7 - MOST_CLEARED
