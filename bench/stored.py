"""What a login leaves behind in Redis, and whether the next one costs more when much has been left."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

import contenders
from contenders import PREFIX, USER, Running
from generator import Generator
from logins import Place, Wrong
from ninestep.digest import digest, fresh_id
from ninestep.records import Authorization, Token
from ninestep.store import Store
from processes import cpu_seconds

TRACE = frozenset({"flow", "exchanges", "flows", "state", "stream"})  # kept for a day, 500 flows a world
LIFE = 2 * 3600


@dataclass
class Bytes:
    """Per stored login, in bytes, by kind of record; ``trace`` is what a world's whole trace holds."""

    logins: int
    kinds: dict[str, float]
    trace: int
    used: float  # the engine's own figure, grown per login: with its tables, which grow in leaps

    @property
    def total(self) -> float:
        return sum(self.kinds.values())


def bytes_per_login(running: Running, place: Place, generator: Generator, logins: int) -> Bytes:
    """``place`` must be an app alone in its world. The trace is filled first, so that it has stopped growing."""
    redis = Store.at(running.info["redis_url"], PREFIX).redis
    world = contenders.call(running, f"/_mock/api/apps/{place.appid}")["world"]
    _log_in(generator, place, 600)
    before, used = _sizes(redis, world), _used(redis)
    done = _log_in(generator, place, logins)
    after, grown = _sizes(redis, world), _used(redis) - used
    kinds = {
        kind: (size - before.get(kind, 0)) / done for kind, size in sorted(after.items()) if kind not in TRACE
    }
    trace = sum(size for kind, size in after.items() if kind in TRACE)
    return Bytes(done, {kind: size for kind, size in kinds.items() if round(size)}, trace, grown / done)


def _log_in(generator: Generator, place: Place, at_least: int) -> int:
    done = 0
    while done < at_least:
        load = generator.run(place, 8, 0.3)
        if load.failures:
            raise Wrong(load.failures[0])
        done += load.logins
    return done


def _used(redis: Any) -> int:
    return int(redis.info("memory")["used_memory"])


def _sizes(redis: Any, world: str) -> dict[str, int]:
    """Bytes by kind of key: those of the world, and the pointers that lead to it."""
    sizes: dict[str, int] = defaultdict(int)
    start = f"{PREFIX}:{{{world}}}:"
    names = [key.decode() for key in redis.scan_iter(match=f"{PREFIX}:*", count=5000)]
    for at in range(0, len(names), 1000):
        part = [name for name in names[at : at + 1000] if name.startswith((start, f"{PREFIX}:ptr:"))]
        pipeline = redis.pipeline(transaction=False)
        for name in part:
            pipeline.memory_usage(name, samples=0)
        for name, size in zip(part, pipeline.execute(), strict=True):
            kind = name.removeprefix(start).split(":")[0] if name.startswith(start) else "pointer"
            sizes[{"keys": "world's index"}.get(kind, kind)] += size or 0
    return sizes


def fill(running: Running, place: Place, wanted: int) -> None:
    """Lays down live tokens by the store's own verb, as the provider does, until the app has ``wanted``."""
    store = Store.at(running.info["redis_url"], PREFIX)
    world = contenders.call(running, f"/_mock/api/apps/{place.appid}")["world"]
    batch = store.batch()
    found = store.read_grant(batch, world, place.appid, USER)
    batch.run()
    assert found.value is not None, "log in once before"
    common: dict[str, Any] = {
        "appid": place.appid,
        "user": USER,
        "scopes": ["snsapi_userinfo"],
        "grant": found.value.id,
    }
    sample: list[str] = []
    for number in range(wanted):
        at = time.time()
        flow, secrets = fresh_id(), (token_urlsafe(64), token_urlsafe(64))
        authorization = Authorization(id=fresh_id(), issued_at=at, flow=flow, **common)
        access, refresh = (
            Token(
                kind=kind,
                authorization=authorization.id,
                issued_at=at,
                expires_at=at + life,
                flow=flow,
                hint=secrets[i][-4:],
                access=digest(secrets[1 - i]),
                **common,
            )
            for i, (kind, life) in enumerate((("access", LIFE), ("refresh", 30 * 86400)))
        )
        store.issue(world, authorization, secrets[0], access, secrets[1], refresh, at)
        if number % max(1, wanted // 20) == 0:
            sample.append(secrets[0])
    for secret in sample:
        _must_live(running, secret)
    while store.redis.info("persistence")["aof_rewrite_in_progress"]:
        time.sleep(0.1)


def _must_live(running: Running, secret: str) -> None:
    """One that was laid down by hand answers like one that was logged in for."""
    told = contenders.get_json(
        f"{running.info['resource_url']}/sns/userinfo?access_token={secret}&openid=any"
    )
    # 40003: the token lives, and the openid is not its user's.
    if told.get("errcode") != 40003 and "nickname" not in told:
        raise Wrong(f"a stored token answers {told}")


@dataclass
class Crowded:
    """CPU seconds per 1000 logins, by how many tokens were live; one figure per round."""

    tokens: int
    servers: list[float]
    store: list[float]
    logins: int = 0


def cost_by_tokens(
    counts: list[int], rounds: int, seconds: float, generator: Generator, tell: Any
) -> list[Crowded]:
    """A town for each count; they take turns, so that the machine's other work meets all of them."""
    towns: list[tuple[Running, Place, Crowded]] = []
    try:
        for count in counts:
            running = contenders.start_town()
            place = next(iter(running.places.values()))
            towns.append((running, place, Crowded(count, [], [])))
            _log_in(generator, place, 600)  # a full trace in each
            tell(f"laying down {count:,} tokens")
            fill(running, place, count)
        for turn in range(rounds):
            for running, place, crowded in towns if turn % 2 == 0 else reversed(towns):
                before = cpu_seconds(running.servers.values()), cpu_seconds(running.store.values())
                load = generator.run(place, 8, seconds)
                if load.failures:
                    raise Wrong(load.failures[0])
                crowded.servers.append(
                    (cpu_seconds(running.servers.values()) - before[0]) * 1000 / load.logins
                )
                crowded.store.append((cpu_seconds(running.store.values()) - before[1]) * 1000 / load.logins)
                crowded.logins += load.logins
        return [crowded for _, _, crowded in towns]
    finally:
        for running, _, _ in towns:
            running.stop()
