"""What the store promises, on every engine it runs on: the bundled one, a redis-server, a real cluster (slow)."""

from __future__ import annotations

import multiprocessing
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from local_cluster import three_masters
from ninestep.digest import digest
from ninestep.launcher import engine
from ninestep.records import (
    App,
    Authorization,
    AuthRequest,
    Clock,
    Code,
    Decision,
    Fault,
    Token,
    User,
    World,
    dead_because,
    encode,
)
from ninestep.store import Store
from ninestep.store.logins import Told


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server on PATH (Debian/Ubuntu: apt install redis-server)")
    folder = tmp_path_factory.mktemp("r")
    path = folder / "r.sock"
    process = subprocess.Popen(engine.command(binary, path, folder), stdout=subprocess.DEVNULL)
    while not engine.answers(path):
        assert process.poll() is None
    yield engine.url(path)
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with three_masters(tmp_path_factory.mktemp("c")) as url:
        yield url


@pytest.fixture(params=["bundled", "redis-server", pytest.param("cluster", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """(url, prefix) of an engine, with keys that no other test sees."""
    name = {"bundled": "redis_url", "redis-server": "server_url", "cluster": "cluster_url"}[request.param]
    return request.getfixturevalue(name), f"t{secrets.token_hex(4)}"


@pytest.fixture
def store(place: tuple[str, str]) -> Iterator[Store]:
    with closing(Store.at(*place)) as store:
        yield store


def put(store: Store, world: str, kind: str, secret: str, value: bytes = b"value") -> None:
    batch = store.batch()
    store.put_once(batch, world, kind, secret, value, 60)
    batch.run()


def token(**changes: Any) -> Token:
    fields: dict[str, Any] = {
        "kind": "access",
        "appid": "a",
        "user": "u",
        "scopes": ["s"],
        "authorization": "z",
        "grant": "g",
        "issued_at": 0.0,
        "expires_at": 100.0,
        "flow": "f",
    }
    return Token(**{**fields, **changes})


def consent(store: Store, appid: str, user: str, scopes: list[str], at: float) -> str:
    """The grant that an approval in the world ``w`` leaves, or renews."""
    code = Code(
        appid=appid,
        user=user,
        scopes=scopes,
        redirect_uri="",
        issued_at=at,
        expires_at=at + 300,
        flow="f",
        authorization="z",
        grant="",
    )
    store.approve("w", secrets.token_hex(8), code, at, life=300)
    return store.grants("w", appid=appid, user=user)[0].id


def authorization() -> Authorization:
    return Authorization(id="z", appid="a", user="u", scopes=["s"], grant="g", issued_at=0.0, flow="f")


def test_a_single_use_record_is_taken_once_and_remembered_as_spent(store: Store) -> None:
    put(store, "w", "code", "secret")

    assert store.take("w", "code", "secret", "first").outcome == "taken"
    second = store.take("w", "code", "secret", "second")

    assert (second.outcome, second.value) == ("spent", b"value")
    assert store.take("w", "code", "other", "x").outcome == "unknown"


def test_the_taker_whose_reply_was_lost_gets_the_same_answer(store: Store) -> None:
    put(store, "w", "code", "secret", b"bar|inside")
    store.take("w", "code", "secret", "first")

    again = store.take("w", "code", "secret", "first")

    assert (again.outcome, again.value) == ("taken", b"bar|inside")


def test_worlds_do_not_see_each_others_codes(store: Store) -> None:
    put(store, "one", "code", "secret")

    assert store.take("two", "code", "secret", "x").outcome == "unknown"
    assert store.take("one", "code", "secret", "x").outcome == "taken"


def test_of_many_threads_one_takes(store: Store) -> None:
    put(store, "w", "code", "secret")
    barrier, outcomes = threading.Barrier(16), []

    def race(n: int) -> None:
        barrier.wait()
        outcomes.append(store.take("w", "code", "secret", f"taker-{n}").outcome)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["spent"] * 15 + ["taken"]


def _take(place: tuple[str, str], barrier: Any, results: Any, n: int) -> None:
    store = Store.at(*place)
    store.ping()
    barrier.wait()
    results.put(store.take("w", "code", "secret", f"taker-{n}").outcome)


@pytest.mark.launcher
def test_of_many_processes_one_takes(place: tuple[str, str], store: Store) -> None:
    put(store, "w", "code", "secret")
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_take, args=(place, barrier, results, n)) for n in range(4)]
    for process in processes:
        process.start()

    outcomes = sorted(results.get(timeout=60) for _ in processes)

    for process in processes:
        process.join()
    assert outcomes == ["spent"] * 3 + ["taken"]


def test_issued_tokens_live_with_their_authorization_and_grant(store: Store) -> None:
    grant = consent(store, "a", "u", ["s"], 1.0)
    access = token(grant=grant)
    store.issue("w", authorization(), "AT", access, "RT", token(kind="refresh", grant=grant), 0.0)

    batch = store.batch()
    found, pointer = store.read_access(batch, "w", "AT"), store.find_token(batch, "AT")
    alive, allowed = store.read_authorization(batch, "w", "z"), store.read_grant(batch, "w", "a", "u")
    batch.run()

    assert found.value is not None
    assert pointer.value is not None
    assert pointer.value[:2] == ["w", "a"]
    assert dead_because(found.value, alive.value, allowed.value) == ""


def test_the_end_of_a_login_and_an_issue_at_the_same_moment_leave_no_token_alive(store: Store) -> None:
    for n in range(20):
        batch, barrier = store.batch(), threading.Barrier(2)
        store.tie_to_login(batch, "w", f"sid{n}", f"z{n}", time.time())
        batch.run()

        def issue(n: int = n, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            tied = msgspec.structs.replace(authorization(), id=f"z{n}")
            store.issue("w", tied, f"AT{n}", token(), "", None, 0.0, f"sid{n}")

        thread = threading.Thread(target=issue)
        thread.start()
        barrier.wait()
        store.end_login("w", f"sid{n}", 1.0)
        thread.join()

        batch = store.batch()
        alive = store.read_authorization(batch, "w", f"z{n}")
        batch.run()
        assert alive.value is None


def test_a_login_is_remembered_as_long_as_the_longest_token_of_it(store: Store) -> None:
    month = 30 * 86400
    refresh = token(kind="refresh", expires_at=month)
    store.issue("w", authorization(), "AT", token(), "RT", refresh, 0.0, "sid")
    store.tell_login("w", "sid", Told(appid="a", user="u", flow="f"))

    [tail] = store.tails("w", "login:")
    assert store.redis.ttl(store.keys.of("w", tail)) > month
    assert store.redis.zscore(store.keys.index("w"), tail) > time.time() + month
    assert [told.appid for told in store.end_login("w", "sid", 1.0)] == ["a"]
    assert store.end_login("w", "sid", 1.0) == []


def test_what_an_earlier_version_wrote_of_a_login_is_read(store: Store) -> None:
    """It knew of apps alone, and called each field by its appid."""
    told = Told(appid="a", user="u", flow="f")
    store.redis.hset(store.keys.of("w", f"login:{digest('sid')}"), "a", encode(told))

    assert store.end_login("w", "sid", 1.0) == [told]


def test_what_was_begun_before_a_login_ended_ends_with_it_and_what_comes_later_lives(store: Store) -> None:
    before = time.time()
    store.end_login("w", "sid", 1.0)
    for name, begun in (("overtaken", before), ("later", time.time() + 1)):
        tied = msgspec.structs.replace(authorization(), id=name)
        store.issue("w", tied, f"AT {name}", token(), "", None, 0.0, "sid", begun)

    batch = store.batch()
    alive = [store.read_authorization(batch, "w", name) for name in ("overtaken", "later")]
    batch.run()
    assert [found.value is not None for found in alive] == [False, True]


def test_what_stands_for_an_ended_authorization_is_not_taken(store: Store) -> None:
    put(store, "w", "code", "CODE")
    store.revoke_authorization("w", "z", 1.0)

    assert store.take("w", "code", "CODE", "me", authorization="z").outcome == "ended"
    assert store.take("w", "code", "CODE", "me", authorization="y").outcome == "taken", "it was not spent"


def test_revoking_the_authorization_before_the_issue_wins_all_the_same(store: Store) -> None:
    store.revoke_authorization("w", "z", 1.0)
    store.issue("w", authorization(), "AT", token(), "", None, 0.0)

    batch = store.batch()
    alive = store.read_authorization(batch, "w", "z")
    batch.run()

    assert alive.value is None


def test_a_renewed_consent_does_not_revive_what_was_revoked(store: Store) -> None:
    first = consent(store, "a", "u", ["s"], 1.0)
    assert consent(store, "a", "u", ["t"], 2.0) == first
    assert store.grants("w", user="u")[0].scopes == ["s", "t"]

    assert store.revoke_grant("w", "a", "u")
    second = consent(store, "a", "u", ["s"], 3.0)

    assert second != first
    assert not store.revoke_grant("w", "a", "nobody")


def test_a_kept_refresh_token_is_renewed_by_the_first_and_not_by_a_stale_reader(store: Store) -> None:
    before = token(kind="refresh")
    store.issue("w", authorization(), "AT0", token(), "RT", before, 0.0)
    after = token(kind="refresh", counter=1)

    assert store.renew("w", "RT", encode(before), after, "AT1", token(), 0.0) == "renewed"
    assert store.renew("w", "RT", encode(before), after, "AT2", token(), 0.0) == "changed"

    batch = store.batch()
    written, stray = store.read_access(batch, "w", "AT1"), store.read_access(batch, "w", "AT2")
    batch.run()
    assert written.value is not None
    assert stray.value is None


def test_a_revoked_access_token_does_not_come_back_by_a_refresh(store: Store) -> None:
    before = token(kind="refresh")
    store.issue("w", authorization(), "AT0", token(), "RT", before, 0.0)
    store.revoke_access("w", digest("AT0"))

    assert store.renew("w", "RT", encode(before), before, "AT0", token(), 0.0) == "revoked"


def test_decisions_queue_and_old_ones_are_passed_over(store: Store) -> None:
    real = time.time()
    for name, armed_at in (("old", real - 601), ("first", real), ("second", real)):
        store.arm("w", "a", Decision(id=name, user="u", decision="approve", scopes=None, armed_at=armed_at))

    assert [d.id for d in store.armed("w", "a")] == ["first", "second"]
    taken = [store.next_decision("w", "a") for _ in range(3)]

    assert [d.id if d else None for d in taken] == ["first", "second", None]


def test_a_fault_fires_as_often_as_it_was_asked_to_and_counts(store: Store) -> None:
    twice = Fault(id="f", endpoint="token", error="busy", times=2)
    always = Fault(id="g", endpoint="token", status=503, times=None)
    store.save_fault("w", "a", twice)
    store.save_fault("w", "a", always)

    fired = [store.fire("w", "a", "token") for _ in range(5)]

    assert [fault.id if fault else "" for fault in fired] == ["f", "f", "g", "g", "g"]
    assert {fault.id: fault.hits for fault in store.faults("w", "a")} == {"f": 2, "g": 3}


def test_users_of_the_town_are_seen_from_every_world_and_hidden_by_its_own(store: Store) -> None:
    store.save_user(User(uid="u", world="town", nickname="town's"))
    store.save_user(User(uid="v", world="town", nickname="also"))
    store.save_user(User(uid="u", world="w", nickname="own"))

    assert {user.uid: user.nickname for user in store.users("w")} == {"u": "own", "v": "also"}
    mine, theirs = store.user("w", "u"), store.user("elsewhere", "u")
    assert mine is not None
    assert theirs is not None
    assert (mine.nickname, theirs.nickname) == ("own", "town's")


def test_an_appid_belongs_to_the_world_that_claimed_it_first(store: Store) -> None:
    assert store.claim_appid("a", "one") == "one"
    assert store.claim_appid("a", "two") == "one"


def test_a_deleted_world_leaves_no_key_behind(store: Store) -> None:
    before = _keys(store)
    store.save_world(World(name="w", created_at=0, last_used=0))
    store.claim_appid("a", "w")
    store.save_app(App(appid="a", secret="s", world="w", name="n"))
    store.save_user(User(uid="u", world="w"))
    put(store, "w", "code", "live")
    put(store, "w", "code", "spent")
    store.take("w", "code", "spent", "x")
    grant = consent(store, "a", "u", ["s"], 1.0)
    store.issue("w", authorization(), "AT", token(grant=grant), "RT", token(kind="refresh"), 0.0)
    store.revoke_authorization("w", "replayed while its first redemption was under way", 1.0)
    batch = store.batch()
    store.tie_to_login(batch, "w", "sid", "of a code that nobody redeemed", time.time())
    batch.run()
    store.end_login("w", "sid", 1.0)
    store.arm("w", "a", Decision(id="d", user="u", decision="approve", scopes=None, armed_at=time.time()))
    store.save_fault("w", "a", Fault(id="f", endpoint="token"))
    store.follow("w", "a", "u", True)
    store.save_virtual_user(User(uid="v", world="w", virtual=True), 60)
    store.move_clock(lambda clock: Clock(offset=1), "w")

    store.delete_world("w")
    store.clear_ended(time.time() + 1)  # nor its place among those into which somebody may write late

    assert _keys(store) == before


def test_a_stored_login_takes_less_than_four_kilobytes(store: Store) -> None:
    before = _keys(store)
    put(store, "w", "code", "C" * 32, encode(token()) + b"x" * 200)
    store.take("w", "code", "C" * 32, "e" * 22)
    grant = consent(store, "wx1234567890abcdef", "zhangsan", ["snsapi_userinfo"], 1.0)
    record = token(appid="wx1234567890abcdef", user="zhangsan", grant=grant, flow="f" * 22, access="d" * 43)
    store.issue("w", authorization(), "A" * 110, record, "R" * 110, record, 0.0)

    size = sum(store.redis.memory_usage(key) or 0 for key in _keys(store) - before)

    assert size < 4096


def test_an_authorization_request_is_found_by_its_id_alone(store: Store) -> None:
    request = AuthRequest(
        rid="r",
        world="w",
        appid="a",
        dialect="wechat",
        params={},
        redirect_uri="x",
        scopes=[],
        flow="f",
        created_at=0,
    )
    store.save_request(request)

    assert store.request("r") == request
    assert store.request("other") is None
    assert store.take("w", "answer", "r", "x").outcome == "taken"


def _keys(store: Store) -> set[bytes]:
    return set(store.redis.scan_iter(match=f"{store.keys.prefix}:*", count=1000))
