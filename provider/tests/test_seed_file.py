"""Seed files: all or nothing, again and again, and never over what a person changed (docs/seeds.md)."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
import standard_life
from joserfc.jwk import ECKey
from ninestep import seedfile
from ninestep.seedfile import SeedFileError, read
from ninestep.settings import SettingsError
from ninestep_provider import seeds
from ninestep_provider.control.seed import bodies
from redis_line import RedisLine

EXAMPLE = Path(__file__).parents[2] / "docs/examples/town.yaml"
EVERYTHING: dict[str, Any] = {
    "users": [{"uid": "wang", "nickname": "小王", "sex": 2, "deleted": False}],
    "apps": [
        {
            "appid": "wxshop",
            "secret": "s" * 32,
            "name": "小店",
            "fidelity": "tutorial",
            "policies": {"reveal": True},
            "redirect_uris": ["http://127.0.0.1:8000/callback"],
            "consent": {"mode": "auto", "user": "wang"},
            "ttl": {"access": 60},
            "followers": {"wang": False, "wangwu": True},
        },
        {"appid": "shop-weibo", "dialect": "weibo", "testers": ["wang", "lisi"]},
    ],
    "worlds": {
        "bad-days": {
            "users": [{"uid": "zhangsan", "nickname": "另一个张三", "password": "geheim"}],
            "clock": {"set": "2030-01-01T00:00:00Z", "freeze": True},
            "apps": [
                {
                    "appid": "shop",
                    "dialect": "standard",
                    "kind": "spa",
                    "next": [{"user": "lisi", "decision": "deny"}, {"user": "wangwu", "scope": ["openid"]}],
                    "faults": [
                        {"endpoint": "token", "error": "busy", "times": 2},
                        {
                            "endpoint": "userinfo",
                            "kind": "extra_field",
                            "field": "x",
                            "value": {"a": [1, None]},
                        },
                    ],
                }
            ],
        }
    },
}


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> RedisLine:
    return RedisLine(monkeypatch)


@pytest.fixture
def seed(control: Any) -> Any:
    return lambda body=EVERYTHING, **options: control("POST", "/seed", body, **options)


def everything(control: Any) -> Any:
    """All that a seed file can make, as the store has it."""
    store = control.store
    found = {}
    for key in store.redis.scan_iter(match=f"{store.keys.prefix}:{{*"):
        kind, name = store.redis.type(key), key.decode()
        if not any(part in name for part in ("flow", "stream", "exchanges", "state:", ":world", "checks:")):
            found[name] = {
                b"string": store.redis.get,
                b"hash": store.redis.hgetall,
                b"set": store.redis.smembers,
                b"list": lambda key: store.redis.lrange(key, 0, -1),
                b"zset": lambda key: store.redis.zrange(key, 0, -1, withscores=True),
            }[kind](key)
    return found


# -- what it makes


def test_everything_that_it_says_is_there(control: Any, seed: Any) -> None:
    report = seed()

    app = control("GET", "/apps/wxshop")
    assert (app["secret"], app["name"], app["ttl"]["access"]) == ("s" * 32, "小店", 60)
    assert app["consent"] == {"mode": "auto", "user": "wang"}
    assert app["policies"]["reveal"] is True
    followers = {user["uid"] for user in control("GET", "/apps/wxshop/followers")}
    assert "wangwu" in followers
    assert "wang" not in followers
    assert [user["uid"] for user in control("GET", "/apps/shop-weibo/testers")] == ["lisi", "wang"]
    assert control("GET", "/apps/shop")["world"] == "bad-days"
    assert control("GET", "/worlds/bad-days")["pinned"] is True
    assert control("GET", "/worlds/bad-days/clock")["iso"] == "2030-01-01T00:00:00.000Z"
    assert [each["decision"] for each in control("GET", "/apps/shop/next")] == ["deny", "approve"]
    assert [fault["times"] for fault in control("GET", "/apps/shop/faults")] == [2, 1]
    assert control("GET", "/users/zhangsan", world="bad-days")["nickname"] == "另一个张三"
    assert control("GET", "/users/zhangsan")["nickname"] == "张三"
    assert (report["updated"], report["kept"]) == ([], [])
    assert "town: app wxshop" in report["created"]


def test_a_second_time_changes_nothing(control: Any, seed: Any) -> None:
    seed()
    before = everything(control)

    report = seed()

    assert everything(control) == before
    assert (report["created"], report["updated"], report["kept"]) == ([], [], [])


def test_a_secret_that_is_left_out_is_made_and_stays_also_after_a_reset(control: Any, seed: Any) -> None:
    file = {"apps": [{"appid": "mine"}]}
    seed(file)
    first = control("GET", "/apps/mine")["secret"]
    control("POST", "/reset", {})
    seed(file)

    assert len(first) == 32
    assert control("GET", "/apps/mine")["secret"] == first


def test_the_file_may_change_its_mind(control: Any, seed: Any) -> None:
    seed()
    after = msgspec.json.decode(msgspec.json.encode(EVERYTHING))
    after["apps"][0] |= {"name": "大店", "followers": {"wangwu": False}}
    after["users"][0]["nickname"] = "大王"
    bad_days = after["worlds"]["bad-days"]
    bad_days["clock"] = {"set": "2031-01-01T00:00:00Z", "freeze": True}
    bad_days["apps"][0] |= {"next": [{"user": "lisi"}], "faults": [{"endpoint": "token", "status": 503}]}

    report = seed(after)

    assert control("GET", "/apps/wxshop")["name"] == "大店"
    assert control("GET", "/users/wang")["nickname"] == "大王"
    assert control("GET", "/worlds/bad-days/clock")["iso"].startswith("2031")
    assert [each["decision"] for each in control("GET", "/apps/shop/next")] == ["approve"]
    assert [fault["status"] for fault in control("GET", "/apps/shop/faults")] == [503]
    assert "wangwu" not in {user["uid"] for user in control("GET", "/apps/wxshop/followers")}
    assert {"town: app wxshop", "town: user wang", "bad-days: clock"} <= set(report["updated"])
    assert report["kept"] == []


class TestAPersonsEdit:
    def test_stays_and_is_told(self, control: Any, seed: Any) -> None:
        seed()
        control("PATCH", "/apps/wxshop", {"name": "by hand"})
        control("PATCH", "/users/wang", {"nickname": "by hand"})
        control("PUT", "/apps/wxshop/followers/wang")
        control("POST", "/worlds/bad-days/clock", {"advance": "1h"})
        before = everything(control)
        after = msgspec.json.decode(msgspec.json.encode(EVERYTHING))
        after["apps"][0]["name"] = after["users"][0]["nickname"] = "by the file"

        report = seed(after)

        assert everything(control) == before
        kept = ["app wxshop", "follower wang of wxshop", "user wang"]
        assert sorted(report["kept"]) == sorted(["bad-days: clock", *(f"town: {name}" for name in kept)])

    def test_what_was_there_before_the_file_is_a_persons(self, control: Any, seed: Any) -> None:
        control("PUT", "/apps/wxshop", {"name": "older"})

        assert seed()["kept"] == ["town: app wxshop"]
        assert control("GET", "/apps/wxshop")["name"] == "older"

    def test_what_was_deleted_or_used_up_is_made_again(self, control: Any, seed: Any) -> None:
        seed()
        control("DELETE", "/apps/wxshop")
        control("DELETE", "/users/wang")
        control("DELETE", "/apps/shop/next")
        control("DELETE", "/apps/shop/faults")

        report = seed()

        assert control("GET", "/apps/wxshop")["secret"] == "s" * 32
        assert len(control("GET", "/apps/shop/next")) == len(control("GET", "/apps/shop/faults")) == 2
        assert {"town: app wxshop", "town: user wang", "bad-days: next of shop"} <= set(report["created"])

    def test_decisions_and_faults_of_others_stay(self, control: Any, seed: Any) -> None:
        seed()
        control("POST", "/apps/shop/next", {"user": "wangwu"})
        control("POST", "/apps/shop/faults", {"endpoint": "token", "status": 599})
        after = msgspec.json.decode(msgspec.json.encode(EVERYTHING))
        after["worlds"]["bad-days"]["apps"][0] |= {"next": [], "faults": []}

        seed(after)

        assert [each["user"] for each in control("GET", "/apps/shop/next")] == ["wangwu"]
        assert [fault["status"] for fault in control("GET", "/apps/shop/faults")] == [599]

    def test_the_towns_own_follow_the_file_while_nobody_touched_them(self, control: Any, seed: Any) -> None:
        file = {
            "users": [{"uid": "zhangsan", "nickname": "张三丰"}],
            "apps": [{"appid": seeds.MEITUAN, "name": "美团外卖", "fidelity": "platform"}],
        }
        before = control("GET", f"/apps/{seeds.MEITUAN}")

        seed(file)
        seeds.seed(control.app.extensions["ninestep"])  # another start
        report = seed(file)

        after = control("GET", f"/apps/{seeds.MEITUAN}")
        assert (after["name"], after["fidelity"]) == ("美团外卖", "platform")
        assert [after[name] for name in seeds.DECIDED[seeds.MEITUAN]] == [
            before[name] for name in seeds.DECIDED[seeds.MEITUAN]
        ]
        assert control("GET", "/users/zhangsan")["nickname"] == "张三丰"
        assert len(report["unchanged"]) == 2


# -- what it refuses, before anything is changed

REFUSED = {
    "an unknown field, deep": (
        {"apps": [{"appid": "a"}, {"appid": "b"}, {"appid": "c", "redirect_uri": "x"}]},
        ("apps[2].redirect_uri", "did you mean 'redirect_uris'?"),
    ),
    "one in a world": (
        {"worlds": {"w": {}, "v": {"apps": [{"appid": "a", "knd": ""}]}}},
        ("worlds.v.apps[0].knd", "kind"),
    ),
    "one in a fault": (
        {"apps": [{"appid": "a", "faults": [{"endpoint": "token", "tmies": 1}]}]},
        ("apps[0].faults[0].tmies", "times"),
    ),
    "one at the top": ({"app": []}, ("app", "'apps'")),
    "a number for a text": ({"apps": [{"appid": 101234567}]}, ("apps[0].appid", '"101234567"')),
    "a word for a truth": (
        {"apps": [{"appid": "a", "disabled": "no"}]},
        ("apps[0].disabled", "true or false"),
    ),
    "nothing": ({"apps": [{}]}, ("apps[0]", "")),
    "no list": ({"apps": {"appid": "a"}}, ("apps", "")),
    "no object": ([1], ("body", "")),
    "no name": ({"apps": [{"appid": "a b"}]}, ("apps[0].appid", "")),
    "an empty name": ({"apps": [{"appid": ""}]}, ("apps[0].appid", "")),
    "no name of a world": ({"worlds": {"a b": {}}}, ("worlds.a b", "1 to 64 of A-Z")),
    "an empty name of a world": ({"worlds": {"": {}}}, ("worlds.", "1 to 64 of A-Z")),
    "the town as a world": ({"worlds": {"town": {}}}, ("worlds.town", "without worlds:")),
    "an appid twice": (
        {"apps": [{"appid": "a"}], "worlds": {"w": {"apps": [{"appid": "a"}]}}},
        ("worlds.w.apps[0].appid", ""),
    ),
    "a user twice": ({"users": [{"uid": "u"}, {"uid": "u"}]}, ("users[1].uid", "")),
    "another world": ({"apps": [{"appid": "a", "world": "w"}]}, ("apps[0].world", "leave world out")),
    "an unknown kind": ({"apps": [{"appid": "a", "kind": "web"}]}, ("apps[0].kind", "")),
    "an unknown policy": (
        {"apps": [{"appid": "a", "policies": {"revael": True}}]},
        ("apps[0].policies", "reveal"),
    ),
    "a bad address": (
        {"apps": [{"appid": "a", "redirect_uris": ["ftp://x"]}]},
        ("apps[0].redirect_uris", ""),
    ),
    "an unknown tester": (
        {"apps": [{"appid": "a", "testers": ["zhangsan", "wnagwu"]}]},
        ("apps[0].testers[1]", "'wangwu'"),
    ),
    "an unknown follower": (
        {"apps": [{"appid": "a", "followers": {"nobody": True}}]},
        ("apps[0].followers", ""),
    ),
    "an unknown decider": (
        {"apps": [{"appid": "a", "next": [{"user": "nobody"}]}]},
        ("apps[0].next[0].user", ""),
    ),
    "an unknown scope": (
        {"apps": [{"appid": "a", "next": [{"scope": "snsapi_usrinfo"}]}]},
        ("apps[0].next[0].scope", "snsapi_userinfo"),
    ),
    "an unknown fault": (
        {"apps": [{"appid": "a", "faults": [{"endpoint": "tokn", "status": 500}]}]},
        ("apps[0].faults[0].endpoint", "'token'"),
    ),
    "what settings decide": ({"apps": [{"appid": seeds.MEITUAN, "secret": "x"}]}, ("apps[0].secret", "")),
    "no instant": ({"clock": {"set": "tomorrow"}}, ("clock.set", "")),
    "no time at all": ({"clock": {"advance": "9000000d"}}, ("clock.advance", "")),
    "a time that no float can be": ({"clock": {"set": 10**400}}, ("clock.set", "")),
    "two times": ({"clock": {"advance": "1h", "set": 0}}, ("clock", "")),
    "a reset": ({"clock": {"reset": True}}, ("clock", "")),
    "a clock that says nothing": ({"clock": {}}, ("clock", '{"set"')),
}


@pytest.mark.thorough
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_named_by_its_place_and_nothing_changes(control: Any, case: str) -> None:
    body, (place, fix) = REFUSED[case]
    if isinstance(body, dict):  # what is right in the same file is not applied either
        body = (
            {**body, "users": [{"uid": "innocent"}, *body.get("users", [])]} if "users" not in place else body
        )
    before = everything(control)

    wrong = control.refused("POST", "/seed", body)

    assert wrong["field"] == place
    assert fix in wrong["fix"]
    assert everything(control) == before


def test_an_appid_of_another_world_is_409_at_its_place(control: Any) -> None:
    other, before = control.wechat(), everything(control)
    body = {
        "users": [{"uid": "innocent"}],
        "worlds": {"w": {"apps": [{"appid": "a"}, {"appid": other["appid"]}]}},
    }
    before = everything(control)

    wrong = control.refused("POST", "/seed", body, status=409)

    assert wrong["field"] == "worlds.w.apps[1].appid"
    assert other["world"] in wrong["message"]
    assert everything(control) == before


def test_it_takes_a_large_file_and_no_larger(control: Any, seed: Any) -> None:
    users = [{"uid": f"u{n}", "nickname": "x" * 100} for n in range(2000)]
    assert len(seed({"users": users})["created"]) == 2000
    control.refused("POST", "/seed", {"users": [{"uid": f"u{n}"} for n in range(bodies.MOST + 1)]})
    answer = control.client.post(
        "/_mock/api/seed", data=b" " * (4 * 2**20 + 1), content_type="application/json"
    )
    assert answer.status_code == 413


# -- export


@pytest.mark.parametrize("world", ["town", "bad-days"])
def test_an_export_makes_the_same_world_again(control: Any, seed: Any, world: str) -> None:
    seed()
    told = control("GET", "/seed", world=world, secrets="1")
    apps = [app["appid"] for app in control("GET", "/apps", world=world)]
    known = [{**control("GET", f"/apps/{appid}"), "created_at": 0} for appid in apps]

    control("POST", "/reset", {})
    control("DELETE", "/worlds/bad-days")
    seed(told)

    assert control("GET", "/seed", world=world, secrets="1") == told
    assert [{**control("GET", f"/apps/{appid}"), "created_at": 0} for appid in apps] == known
    assert seed(told)["created"] == []


def test_it_is_taken_into_the_world_that_it_came_from_and_changes_nothing(control: Any) -> None:
    app = control.wechat()
    control("POST", f"/apps/{app['appid']}/next", {"user": "lisi"})
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "token", "status": 500})
    control("PUT", f"/apps/{app['appid']}/followers/wangwu")
    told = control("GET", "/seed", world=app["world"], secrets="1")

    report = control("POST", "/seed", told)

    assert (report["created"], report["updated"], report["kept"]) == ([], [], [])


def test_what_a_standard_app_says_of_itself_is_told_too(control: Any) -> None:
    said = standard_life.registered("", ECKey.generate_key("P-256"))
    app = control("POST", "/apps", said)
    before = control("GET", f"/apps/{app['appid']}")
    told = control("GET", "/seed", world=app["world"], secrets="1")

    control("DELETE", f"/worlds/{app['world']}")
    control("POST", "/seed", told)

    after = control("GET", f"/apps/{app['appid']}")
    assert after | {"created_at": 0} == before | {"created_at": 0}
    assert all(after[name] == said[name] for name in said if name not in ("world", "policies"))
    assert after["policies"].items() >= said["policies"].items()


def test_it_tells_no_secret_unless_asked(control: Any, seed: Any) -> None:
    seed()
    plain, told = (
        json.dumps([control("GET", "/seed", world=world, secrets=secrets) for world in ("town", "bad-days")])
        for secrets in ("0", "1")
    )
    for secret in ("s" * 32, "geheim"):
        assert secret not in plain
        assert secret in told


def test_it_is_yaml_that_reads_as_it_was_written(control: Any, seed: Any, tmp_path: Path) -> None:
    odd = [
        "no",
        "0755",
        "2026-01-01",
        "12:30",
        "1e3",
        "null",
        "101234567",
        "~",
        "- x",
        "a: b",
        "\u2028",
        "é\n",
        " ",
    ]
    seed({"users": [{"uid": f"u{n:02}", "nickname": text} for n, text in enumerate(odd)]})
    answer = control.ask("GET", "/seed.yaml")
    (tmp_path / "town.yaml").write_text(answer.text, "utf-8")

    assert answer.content_type == "application/yaml; charset=utf-8"
    assert read(tmp_path / "town.yaml") == control("GET", "/seed")
    assert [user["nickname"] for user in read(tmp_path / "town.yaml")["users"]] == odd


def test_the_example_of_the_docs_is_one(control: Any, seed: Any) -> None:
    report = seed(read(EXAMPLE))

    assert {"town: app wxshop00000000001", "bad-days: clock"} <= set(report["created"])
    assert control("GET", "/apps/101000001")["dialect"] == "qq"


def test_editors_get_a_schema_that_knows_each_field(control: Any) -> None:
    told = control("GET", "/seed-schema.json")
    app = told["$defs"]["SeedApp"]

    assert told["$ref"] == "#/$defs/Seed"
    assert app["additionalProperties"] is False
    assert {"appid", "redirect_uris", "followers", "faults"} <= set(app["properties"])
    assert True in app["properties"]["policies"]["properties"]["reveal"]["enum"]
    names = {place.removeprefix("#/$defs/") for place in places(told) if place.startswith("#/$defs/")}
    assert names <= set(told["$defs"]), "each reference leads somewhere"
    assert "Seed" in control("GET", "/openapi.json")["components"]["schemas"]


def places(node: Any) -> Any:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from places(each)


# -- bad days


@pytest.mark.launcher
def test_two_who_seed_at_once_make_one_set(control: Any, start: Any) -> None:
    both, answers = threading.Barrier(4), []

    def apply(client: Any) -> None:
        both.wait()
        answers.append(client.post("/_mock/api/seed", json=EVERYTHING).get_json())

    threads = [threading.Thread(target=apply, args=(start().client,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    created = [len(answer["created"]) for answer in answers]
    assert sorted(created)[:3] == [0, 0, 0]
    assert max(created) > 10
    assert len(control("GET", "/apps/shop/faults")) == len(control("GET", "/apps/shop/next")) == 2


@pytest.mark.thorough
def test_redis_away_in_the_middle_is_503_and_a_later_try_makes_it_whole(
    control: Any, seed: Any, line: RedisLine
) -> None:
    """Cut before each of its first messages in turn, then every few."""
    with line.counted() as sent:
        seed()
    for each in [*range(12), *range(12, len(sent) - 1, 5)]:
        control("POST", "/reset", {})
        control("DELETE", "/worlds/bad-days")
        with line.cut_after(each):
            assert control.ask("POST", "/seed", EVERYTHING).status_code == 503
        control.store.redis.delete(
            control.store.keys.seed_lock
        )  # else it would end by itself, after 10 seconds
        seed()
        assert seed()["created"] == []
        assert len(control("GET", "/apps/shop/faults")) == len(control("GET", "/apps/shop/next")) == 2


class TestAtTheStart:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "town.json"
        path.write_text(json.dumps(EVERYTHING), "utf-8")
        return path

    def test_it_is_in_before_the_town_is_ready(self, start: Any, file: Path) -> None:
        town = start(seed=str(file))

        assert town.client.get("/readyz").status_code == 200
        assert town("GET", "/apps/wxshop")["secret"] == "s" * 32

    def test_a_reset_brings_it_back(self, start: Any, file: Path) -> None:
        town = start(seed=str(file))
        before = town("GET", "/seed", secrets="1")
        bad_days = town("GET", "/seed", world="bad-days")
        town("DELETE", "/apps/wxshop")
        town("PUT", "/apps/added", {})
        town("DELETE", "/apps/shop/faults")

        town("POST", "/reset", {})
        assert town("GET", "/seed", secrets="1") == before
        assert town("GET", "/apps/shop/faults") == []
        town("POST", "/reset", {"world": "bad-days"})
        assert town("GET", "/seed", world="bad-days") == bad_days

    def test_so_does_a_redis_that_was_emptied(self, start: Any, file: Path) -> None:
        town = start(seed=str(file))
        town.store.redis.delete(*town.store.redis.keys(f"{town.store.keys.prefix}:*"))

        assert town.client.get("/readyz").status_code == 200
        assert town("GET", "/apps/wxshop")["name"] == "小店"

    def test_an_edit_is_kept_and_said(
        self, start: Any, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        start(seed=str(file))("PATCH", "/apps/wxshop", {"name": "by hand"})
        again = start(seed=str(file))

        assert again("GET", "/apps/wxshop")["name"] == "by hand"
        assert "town: app wxshop" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                '{"apps": [{"appid": "a"}, {"appid": "b", "redirect_uri": 1}]}',
                "apps[1].redirect_uri: unknown field (did you mean 'redirect_uris'?)",
            ),
            (
                '{"apps": [{"appid": "a", "testers": ["nobody"]}]}',
                "apps[0].testers[0]: there is no user 'nobody'",
            ),
            ('{"apps": [', "line 1, column 11: "),
        ],
    )
    def test_a_file_that_is_wrong_stops_it_with_one_line(
        self, start: Any, tmp_path: Path, text: str, said: str
    ) -> None:
        (tmp_path / "town.json").write_text(text)

        with pytest.raises(SettingsError) as stopped:
            start(seed=str(tmp_path / "town.json"))

        assert said in str(stopped.value)
        assert "\n" not in str(stopped.value)


# -- reading


UNREADABLE = {
    "said twice": ("a.yaml", "users: []\napps: []\nusers: []\n", "line 3, column 1: 'users' is said twice"),
    "said twice in JSON": ("a.json", '{"users": [], "users": []}', "'users' is said twice"),
    "not closed": ("a.yaml", "users: [\n", "line 2, column 1"),
    "a bomb": (
        "a.yaml",
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)),
        f"more than {seedfile.MOST_VALUES} values",
    ),
    "one in itself": ("a.yaml", "a: &a [*a]\n", "nested deeper"),
    "very deep": ("a.yaml", "[" * 100_000, "nested deeper"),
    "very deep JSON": ("a.json", "[" * 100_000, "nested deeper"),
    "code": ("a.yaml", "a: !!python/object/apply:os.getpid []\n", "could not determine a constructor"),
    "a date by force": ("a.yaml", "a: [!!timestamp 2026-01-01]\n", "a[0]: date"),
    "a truth by force": ("a.yaml", "a: !!bool maybe\n", "a tag (!!)"),
    "a moment by force": ("a.yaml", "a: !!timestamp soon\n", "a tag (!!)"),
    "a number by force": ("a.yaml", "a: !!int ''\n", "a tag (!!)"),
    "a key that is a number": ("a.yaml", "1: x\n", "the key 1 is no text"),
    "a key that is a list": ("a.yaml", "? [x]\n: y\n", "line 1"),
    "not a number": ("a.json", '{"a": NaN}', "a: float nan"),
    "half a sign": ("a.json", '{"a": "\\ud800"}', "no text in UTF-8"),
    "two documents": ("a.yaml", "a: 1\n---\nb: 2\n", "line 2"),
    "a number without an end": ("a.yaml", f"a: {'9' * 5000}\n", "digits"),
    "a zero byte": ("a.yaml", "a: \0\n", "unacceptable character"),
    "too long": ("a.yaml", "#" * (seedfile.MOST_BYTES + 1), "longer than 4 MiB"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, case: str) -> None:
    name, text, said = UNREADABLE[case]
    (tmp_path / name).write_text(text, "utf-8")

    with pytest.raises(SeedFileError) as refused:
        read(tmp_path / name)

    assert str(refused.value).startswith(f"Seed file {tmp_path / name}: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_so_is_one_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(SeedFileError, match=r"No such file|Is a directory"):
        read(tmp_path / name)


def test_plain_words_are_words(tmp_path: Path) -> None:
    """As YAML 1.2 has it; in 1.1 these were false, 493, a date, 45000 seconds, true."""
    words = ["no", "0755", "2026-01-01", "12:30", "Yes", "0x1f", "1_000"]
    (tmp_path / "a.yaml").write_text("\n".join(f"- {word}" for word in words))
    assert read(tmp_path / "a.yaml") == words


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "\ufeff{}"])
def test_an_empty_file_wants_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    assert read(tmp_path / "a.yaml") == {}
