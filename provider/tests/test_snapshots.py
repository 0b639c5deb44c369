"""Snapshots of a world: everything comes back as it was, in one step, as if no time had passed since."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import standard_life
from ninestep.digest import digest
from ninestep.store import snapshots as limits
from ninestep_provider import seeds
from redis_line import RedisLine

SECRET_KINDS = ("access_token", "refresh_token")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> RedisLine:
    return RedisLine(monkeypatch)


@pytest.fixture
def app(control: Any) -> Any:
    """An official account in a world whose clock stands: seconds count here."""
    made = control.wechat(fidelity="platform")
    control("POST", f"/worlds/{made['world']}/clock", {"freeze": True})
    return made


@pytest.fixture
def save(control: Any, app: Any) -> Any:
    return lambda **body: control("POST", f"/worlds/{app['world']}/snapshots", body)


@pytest.fixture
def restore(control: Any, app: Any) -> Any:
    return lambda snapshot: control("POST", f"/worlds/{app['world']}/snapshots/{snapshot['id']}/restore")


def code_of(control: Any, app: Any) -> str:
    location = control.authorize(app).headers["Location"]
    return parse_qs(urlsplit(location).query)["code"][0]


def whole(control: Any, world: str) -> dict[str, Any]:
    """What the control API tells of a world, time included."""
    apps = control("GET", "/apps", world=world)
    told = {"apps": apps, "users": control("GET", "/users", world=world)}
    told["grants"] = control("GET", "/grants", world=world)
    told["clock"] = control("GET", f"/worlds/{world}/clock")["now"]
    for path in ("tokens", "codes", "next", "faults", "followers", "testers"):
        told[path] = [control("GET", f"/apps/{app['appid']}/{path}") for app in apps]
    return told


def test_everything_comes_back_as_it_was(control: Any, app: Any, save: Any, restore: Any) -> None:
    appid, world = app["appid"], app["world"]
    control("PUT", "/users/wang", {"nickname": "小王"}, world=world)
    second = control(
        "POST", "/apps", {"world": world, "dialect": "weibo", "redirect_uris": ["http://127.0.0.1/w"]}
    )
    control("PUT", f"/apps/{second['appid']}/testers/wang")
    control("PUT", f"/apps/{appid}/followers/wangwu")
    control("DELETE", f"/apps/{appid}/followers/lisi")
    control("POST", f"/apps/{second['appid']}/next", {"user": "wang", "scope": []})
    control("POST", f"/apps/{appid}/faults", {"endpoint": "userinfo", "error": "busy", "times": 3})
    tokens, code = control.login(app), code_of(control, app)
    before, snapshot = whole(control, world), save(name="whole")

    control.redeem(app, code)
    control.refresh(app, tokens["refresh_token"])
    control("DELETE", f"/apps/{second['appid']}")
    control("POST", "/apps", {"world": world})
    control("PATCH", f"/apps/{appid}", {"name": "changed"})
    control("DELETE", "/users/wang", world=world)
    control("PUT", "/users/new", {}, world=world)
    control("DELETE", f"/apps/{appid}/faults")
    control("DELETE", "/grants", world=world)
    control("POST", f"/worlds/{world}/clock", {"advance": "3h"})
    changed = whole(control, world)
    restore(snapshot)
    after = whole(control, world)

    assert all(changed[part] != before[part] for part in before)
    [[then], [back]] = [
        [each.pop("armed_at") for some in told["next"] for each in some] for told in (before, after)
    ]
    assert 0 < back - then < 60, "a decision has as long to live as it had"
    assert after == before


@pytest.mark.parametrize("reset", [False, True])
def test_tokens_and_codes_work_again_also_one_that_was_spent_since(
    control: Any, app: Any, save: Any, restore: Any, reset: bool
) -> None:
    """After a reset of the world as well: then also what leads to a token from outside has to be made again."""
    tokens, code = control.login(app), code_of(control, app)
    snapshot = save()
    assert "access_token" in control.redeem(app, code)
    if reset:
        control("POST", "/reset", {"world": app["world"]})
        assert control.redeem(app, code)["errcode"] != 0

    restore(snapshot)

    assert "access_token" in control.redeem(app, code)
    assert control.redeem(app, code)["errcode"] == 40163, "once, as ever"
    assert "access_token" in control.refresh(app, tokens["refresh_token"])
    found = control.store.redis.get(control.store.keys.pointer(digest(tokens["access_token"])))
    assert found.decode().startswith(app["world"])


@pytest.mark.parametrize("reset", [False, True])
def test_requests_devices_drafts_and_what_was_spent_of_a_standard_app_come_back(
    control: Any, app: Any, save: Any, restore: Any, reset: bool
) -> None:
    world, one = app["world"], standard_life.lived(control, app["world"])
    appid, device, post, fresh = one["app"]["appid"], one["device"], one["post"], one["fresh_proof"]
    before, snapshot = control("GET", f"/apps/{appid}"), save()

    def polled() -> Any:
        return post("token", fresh(), grant_type=standard_life.DEVICE, device_code=device["device_code"])

    control("POST", f"/devices/{device['user_code']}", {"user": "lisi"})
    assert "access_token" in polled()
    control("PATCH", f"/apps/{appid}", {"token_endpoint_auth_method": "", "jwks": {}, "dpop": False})
    control.store.save_draft(world, "zhangsan", "1", "Another")
    if reset:
        control("POST", "/reset", {"world": world})
        control("POST", f"/devices/{device['user_code']}", {"user": "lisi"}, status=404)
    restore(snapshot)

    assert control("GET", f"/apps/{appid}") == before
    batch = control.store.batch()
    drafts = control.store.read_drafts(batch, world, "zhangsan")
    batch.run()
    assert drafts.value == {"1": "A draft of an article"}
    pushed = {"client_id": appid, "request_uri": one["request_uri"]}
    assert "/oauth/login" in control.stage("/oauth/authorize", pushed).headers["Location"]
    refresh = {"grant_type": "refresh_token", "refresh_token": one["tokens"]["refresh_token"]}
    assert post("token", one["proof"], **refresh)["error"] == "invalid_dpop_proof"
    assert post("token", fresh(), **refresh, client_assertion=one["assertion"])["error"] == "invalid_client"
    assert "access_token" in post("token", fresh(), **refresh), "what was refused spent nothing"
    control("POST", f"/devices/{device['user_code']}", {"user": "wangwu"})
    assert "access_token" in polled()


def test_a_token_of_the_time_after_is_unknown(control: Any, app: Any, save: Any, restore: Any) -> None:
    code, snapshot = code_of(control, app), save()
    control.redeem(app, code)
    later = control.login(app)

    restore(snapshot)

    assert control.refresh(app, later["refresh_token"])["errcode"] == 40030
    assert control("GET", f"/apps/{app['appid']}/tokens") == []


def test_faults_go_on_with_the_hits_that_they_had(control: Any, app: Any, save: Any, restore: Any) -> None:
    fault = {"endpoint": "token", "error": "busy", "times": 2}
    control("POST", f"/apps/{app['appid']}/faults", fault)
    control.redeem(app, "x")
    snapshot = save()
    control.redeem(app, "x")
    [spent] = control("GET", f"/apps/{app['appid']}/faults")

    restore(snapshot)
    [fault] = control("GET", f"/apps/{app['appid']}/faults")
    answers = [control.redeem(app, "x")["errcode"] for _ in range(2)]

    assert (spent["hits"], fault["hits"]) == (2, 1)
    assert answers[0] == -1
    assert answers[1] != -1


class TestTime:
    def test_a_clock_that_stood_stands_where_it_stood(
        self, control: Any, app: Any, save: Any, restore: Any
    ) -> None:
        path = f"/worlds/{app['world']}/clock"
        before, snapshot = control("GET", path)["now"], save()
        control("POST", path, {"advance": "2h"})
        control("POST", path, {"freeze": False})

        restore(snapshot)

        clock = control("GET", path)
        assert (clock["now"], clock["frozen"]) == (before, True)
        assert snapshot["now"] == before

    def test_one_that_ran_goes_on_from_its_second_whatever_the_town_did_since(
        self, control: Any, app: Any, save: Any, restore: Any
    ) -> None:
        path = f"/worlds/{app['world']}/clock"
        control("POST", path, {"freeze": False})
        control("POST", path, {"advance": "1h"})
        snapshot = save()
        control("POST", "/clock", {"advance": "5h"})
        control("POST", path, {"freeze": True})

        restore(snapshot)

        clock = control("GET", path)
        assert clock["frozen"] is False
        assert 0 <= clock["now"] - snapshot["now"] < 30

    def test_lives_in_redis_are_those_that_were_left(
        self, control: Any, app: Any, save: Any, restore: Any
    ) -> None:
        store, world = control.store, app["world"]
        tokens = control.login(app)
        key = store.keys.access(world, digest(tokens["access_token"]))
        left, snapshot = store.redis.ttl(key), save()
        store.redis.persist(key)

        restore(snapshot)

        assert left - 30 < store.redis.ttl(key) <= left
        assert store.redis.ttl(store.keys.app(world, app["appid"])) == -1


def test_nothing_of_the_time_after_is_left_when_the_world_ends(
    control: Any, app: Any, save: Any, restore: Any
) -> None:
    store, world = control.store, app["world"]
    tokens, snapshot = control.login(app), save()
    spare = control("POST", "/apps", {"world": world, "consent": {"mode": "auto"}, "dialect": "wechat"})
    code_of(control, app)
    later = control.login(app)
    restore(snapshot)
    save()

    control("DELETE", f"/worlds/{world}")

    left = [key.decode() for key in store.redis.scan_iter(match=f"{store.keys.prefix}:*")]
    assert [key for key in left if f"{{{world}}}" in key and ":state:" not in key] == []
    names = [digest(each[kind]) for each in (tokens, later) for kind in SECRET_KINDS]
    names += [f"app:{each['appid']}" for each in (app, spare)]
    assert [name for name in names if any(key.endswith(f"ptr:{name}") for key in left)] == []


class TestRefusals:
    def test_an_unknown_world_or_snapshot_is_404(self, control: Any, app: Any, save: Any) -> None:
        save(name="logged-in")

        assert control.refused("POST", "/worlds/nowhere/snapshots", {}, status=404)["field"] == "world"
        path = f"/worlds/{app['world']}/snapshots/loged-in/restore"
        wrong = control.refused("POST", path, status=404)
        assert "'logged-in'" in wrong["fix"]

    def test_a_snapshot_of_another_world_is_unknown(self, control: Any, app: Any, save: Any) -> None:
        other = control.wechat()
        path = f"/worlds/{other['world']}/snapshots/{save()['id']}/restore"
        assert control.refused("POST", path, status=404)["field"] == "snapshot"

    def test_a_name_restores_the_newest_that_has_it(self, control: Any, app: Any, save: Any) -> None:
        save(name="here")
        newest = save(name="here")

        found = control("POST", f"/worlds/{app['world']}/snapshots/here/restore")

        assert found == newest

    def test_deleting_one_may_be_repeated(self, control: Any, app: Any, save: Any) -> None:
        path, taken = f"/worlds/{app['world']}/snapshots", save()
        for _ in range(2):
            control("DELETE", f"{path}/{taken['id']}", status=204)
        assert control("GET", path) == []

    def test_a_world_has_so_many_and_no_more(self, control: Any, app: Any, save: Any) -> None:
        kept = [save()["id"] for _ in range(limits.MOST_SNAPSHOTS)]
        path = f"/worlds/{app['world']}/snapshots"

        assert control.refused("POST", path, {}, status=409)["fix"]
        assert [taken["id"] for taken in control("GET", path)] == kept[::-1]

    @pytest.mark.parametrize(("limit", "most"), [("MOST_BYTES", 2000), ("MOST_KEYS", 3)])
    def test_one_that_would_be_too_large_is_not_made(
        self, control: Any, app: Any, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
    ) -> None:
        monkeypatch.setattr(limits, limit, most)
        control.login(app)
        path = f"/worlds/{app['world']}/snapshots"

        assert control.refused("POST", path, {})["field"] == "world"
        assert control("GET", path) == []

    def test_an_appid_that_went_to_another_world_is_said_and_nothing_changes(
        self, control: Any, app: Any, save: Any
    ) -> None:
        snapshot, world = save(), app["world"]
        control("POST", "/apps", {"world": world})
        control("DELETE", f"/apps/{app['appid']}")
        control("PUT", f"/apps/{app['appid']}", {"world": "town"})
        before = whole(control, world)
        path = f"/worlds/{world}/snapshots/{snapshot['id']}/restore"

        wrong = control.refused("POST", path, status=409)

        assert app["appid"] in wrong["message"]
        assert whole(control, world) == before
        assert control("GET", f"/apps/{app['appid']}")["world"] == "town"

    def test_one_that_this_redis_cannot_read_changes_nothing(
        self, control: Any, app: Any, save: Any, restore: Any
    ) -> None:
        control.login(app)
        snapshot, keys = save(), control.store.keys
        key = keys.snapshot(app["world"], snapshot["id"])
        for tail in control.store.redis.hkeys(key):
            if not tail.startswith((b"@", b"#")):
                control.store.redis.hset(key, tail, b"-1|" + b"x" * 20)
        before = whole(control, app["world"])

        control.refused("POST", f"/worlds/{app['world']}/snapshots/{snapshot['id']}/restore", status=409)

        assert whole(control, app["world"]) == before


def test_what_lies_aside_is_what_the_store_holds_already(control: Any, app: Any, save: Any) -> None:
    """Digests, not secrets: each part of a snapshot is read again, and none of it opens anything."""
    tokens, code = control.login(app), code_of(control, app)
    snapshot, redis = save(), control.store.redis
    parts = redis.hgetall(control.store.keys.snapshot(app["world"], snapshot["id"]))
    scratch = control.store.keys.of(app["world"], "scratch")
    readable = []
    for tail, raw in parts.items():
        if not tail.startswith((b"@", b"#")):
            redis.restore(scratch, 0, raw.split(b"|", 1)[1], replace=True)
            raw = redis.get(scratch) if redis.type(scratch) == b"string" else b""
        readable += [tail, raw]

    text = b"\n".join(readable)
    assert app["secret"].encode() in text, "as the app's own record has it"
    assert [kind for kind in SECRET_KINDS if tokens[kind].encode() in text] == []
    assert code.encode() not in text


def test_the_town_itself_can_be_put_aside(control: Any) -> None:
    apps = control("GET", "/apps", world="town")
    taken = control("POST", "/worlds/town/snapshots", {})
    control("DELETE", f"/apps/{seeds.MINE}")
    control("POST", f"/worlds/town/snapshots/{taken['id']}/restore")

    assert control("GET", "/apps", world="town") == apps


def test_redis_away_in_the_middle_leaves_the_old_world_whole(
    control: Any, app: Any, save: Any, restore: Any, line: RedisLine
) -> None:
    """Cut before each message to Redis in turn: 503, and everything is as it was; a later try succeeds."""
    control.login(app)
    old, snapshot = whole(control, app["world"]), save()
    control.login(app, scope="snsapi_base")
    control("PATCH", f"/apps/{app['appid']}", {"name": "changed"})
    control("DELETE", f"/apps/{control('POST', '/apps', {'world': app['world']})['appid']}")
    before, path = whole(control, app["world"]), f"/worlds/{app['world']}/snapshots/{snapshot['id']}/restore"
    with line.counted() as sent:
        restore(snapshot)
    taken, messages = control("POST", f"/worlds/{app['world']}/snapshots", {}), len(sent)
    assert whole(control, app["world"]) == old

    for each in range(messages):
        control("PATCH", f"/apps/{app['appid']}", {"name": "changed"})
        before = whole(control, app["world"])
        with line.cut_after(each):
            answer = control.ask("POST", path)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), each
        assert whole(control, app["world"]) == before, each

    restore(taken)
    assert whole(control, app["world"]) == old
    assert messages >= 7


@pytest.mark.launcher
def test_logins_beside_restores_succeed_or_are_refused_cleanly(town: Any) -> None:
    """Two processes of the provider: four clients log in without a pause while the world goes back again and again."""
    api, callback = town.api, "http://127.0.0.1/callback"
    fields = {"dialect": "standard", "redirect_uris": [callback], "consent": {"mode": "auto", "user": "lisi"}}
    app = api("POST", "/apps", fields)
    path = f"/worlds/{app['world']}/snapshots"
    taken = api("POST", path, {})
    begun, outcomes, strange = threading.Barrier(5), [], []
    restored = threading.Event()

    def one(http: requests.Session) -> str:
        query = {"client_id": app["appid"], "redirect_uri": callback, "response_type": "code", "state": "s"}
        answer = http.get(f"{town.provider}/oauth/authorize", params=query, allow_redirects=False, timeout=30)
        if answer.status_code >= 500:
            return f"authorize {answer.status_code}"
        code = parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code", ["none"])[0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
        auth = (app["appid"], app["secret"])
        answer = http.post(f"{town.provider}/oauth/token", data=form, auth=auth, timeout=30)
        if answer.status_code == 400:
            return str(answer.json()["error"])
        if answer.status_code != 200:
            return f"token {answer.status_code}: {answer.text[:200]}"
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        answer = http.get(f"{town.resource}/userinfo", headers=bearer, timeout=30)
        return {200: "ok", 401: "invalid_token"}.get(answer.status_code, f"userinfo {answer.status_code}")

    def client() -> None:
        with requests.Session() as http:
            http.trust_env = False
            begun.wait()
            last = False
            while not last:
                last = restored.is_set()  # one more after all restores: on any machine that one succeeds
                try:
                    outcomes.append(one(http))
                except Exception as error:
                    strange.append(repr(error))
                    return

    clients = [threading.Thread(target=client) for _ in range(4)]
    for each in clients:
        each.start()
    begun.wait()
    for _ in range(40):
        api("POST", f"{path}/{taken['id']}/restore")
    restored.set()
    for each in clients:
        each.join()
    api("POST", f"{path}/{taken['id']}/restore")

    assert strange == []
    assert "ok" in outcomes
    assert set(outcomes) <= {"ok", "invalid_grant", "invalid_token"}
    assert api("GET", "/grants", params={"world": app["world"]}) == []
    assert api("GET", f"/apps/{app['appid']}/tokens") == []
    api("DELETE", f"/worlds/{app['world']}")


@pytest.mark.thorough
def test_a_process_that_saw_redis_go_a_hundred_times_has_lines_left(
    control: Any, app: Any, line: RedisLine
) -> None:
    path = f"/worlds/{app['world']}/snapshots"
    for _ in range(110):
        with line.cut_after(0):
            assert control.ask("GET", path).status_code == 503
    for _ in range(110):
        taken = control("POST", path, {})
        control("DELETE", f"{path}/{taken['id']}")


class TestWhileOneIsMade:
    """Between the script that puts aside and the one that keeps."""

    @pytest.fixture
    def meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def arrange(happens: Any) -> None:
            usual, left = limits.Snapshots._pointers, [happens]

            def pointers(store: Any, tails: Any) -> Any:
                if left:
                    left.pop()()
                return usual(store, tails)

            monkeypatch.setattr(limits.Snapshots, "_pointers", pointers)

        return arrange

    def test_the_world_may_end_and_nothing_is_left(self, control: Any, app: Any, meanwhile: Any) -> None:
        world, keys = app["world"], control.store.keys
        meanwhile(lambda: control("DELETE", f"/worlds/{world}", status=204))

        control.refused("POST", f"/worlds/{world}/snapshots", {}, status=404)

        assert control.store.redis.keys(keys.of(world, "snapshot*")) == []

    def test_others_may_be_made_and_there_are_never_more_than_so_many(
        self, control: Any, app: Any, save: Any, meanwhile: Any
    ) -> None:
        for _ in range(limits.MOST_SNAPSHOTS - 1):
            save()
        meanwhile(save)

        control.refused("POST", f"/worlds/{app['world']}/snapshots", {}, status=409)

        there = control.store.redis.keys(control.store.keys.of(app["world"], "snapshot:*"))
        assert len(there) == len(control("GET", f"/worlds/{app['world']}/snapshots")) == limits.MOST_SNAPSHOTS

    def test_one_that_is_kept_while_its_world_ends_is_found_again(
        self, control: Any, app: Any, save: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the end of a world did not read, it leaves in the list, through which ``clear_ended`` finds it."""
        store, world = control.store, app["world"]
        usual, late = store.redis.zrange, ["late"]

        def zrange(key: str, *more: Any) -> Any:
            found = usual(key, *more)
            if key == store.keys.snapshots(world) and late:
                late.pop()
                save()
            return found

        monkeypatch.setattr(store.redis, "zrange", zrange)
        store.delete_world(world)
        assert not late
        assert store.redis.keys(store.keys.of(world, "snapshot:*"))

        while store.redis.zcard(store.keys.ended):
            store.clear_ended(float("inf"))

        assert store.redis.keys(store.keys.of(world, "*")) == []
