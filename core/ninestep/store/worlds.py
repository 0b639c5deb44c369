"""Worlds and their clocks. The provider writes them, all read them."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from ..clock import now
from ..digest import digest
from ..records import Clock, World, decode, encode
from .base import RELEASE, SWAP, Base, record_of
from .batch import Batch, Later

GRACE = 120  # seconds in which a request may still write into a world that ended: longer than any takes
AT_ONCE = 1000  # names in one command
MOST_CLEARED = 2  # of those, whenever a world is made or ends: more than end meanwhile


class Worlds(Base):
    def read_clock(self, batch: Batch, world: str | None = None) -> Later[Clock | None]:
        """The town's clock, or with ``world`` that world's; ``clock.now`` joins the two."""
        key = self.keys.world_clock(world) if world else self.keys.clock
        return batch.call("get", key, decode=record_of(Clock))

    def move_clock(self, change: Callable[[Clock], Clock], world: str | None = None) -> None:
        """Change a clock that others may be moving too: of the town, or of one world."""
        key = self.keys.world_clock(world) if world else self.keys.clock
        while True:
            raw = self.redis.get(key)
            after = encode(change(decode(Clock, raw) or Clock()))
            if raw is None and self.redis.set(key, after, nx=True):
                return
            if raw is not None and SWAP.run(self.redis, [key], [raw, after]):
                return

    def now(self, world: str) -> float:
        batch = self.batch()
        town, own = self.read_clock(batch), self.read_clock(batch, world)
        batch.run()
        return now(town.value, own.value)

    def read_world(self, batch: Batch, world: str) -> Later[World | None]:
        return batch.call("get", self.keys.world(world), decode=record_of(World))

    def save_world(self, world: World) -> None:
        batch = self.batch()
        batch.call("set", self.keys.world(world.name), encode(world))
        batch.call("sadd", self.keys.worlds, world.name)
        batch.run()

    def make_world(self, world: World) -> bool:
        """``save_world`` for a name that nobody has yet; False where somebody was faster."""
        if not self.redis.set(self.keys.world(world.name), encode(world), nx=True):
            return False
        self.redis.sadd(self.keys.worlds, world.name)
        return True

    def touch_world(self, world: str, at: float) -> None:
        """It was used now; a world that is gone stays gone."""
        self._swap(self.keys.world(world), World, last_used=at)

    def worlds(self, *, sample: int = 0) -> list[World]:
        """All of them in order, or a few at random."""
        key = self.keys.worlds
        found = self.redis.srandmember(key, sample) if sample else self.redis.smembers(key)
        return self._all(World, [self.keys.world(name) for name in sorted(raw.decode() for raw in found)])

    def empty_world(self, world: str) -> None:
        """Everything that happened in a world, and its clock; apps and users stay."""
        batch = self.batch()
        self._forget(batch, world, self._members(self.keys.apps(world)))
        batch.run()

    def delete_world(self, world: str) -> None:
        """Everything of a world, found by its lists and its index. A request that read it before may still write to it
        a moment later: ``clear_ended`` takes that away."""
        apps, at = self._members(self.keys.apps(world)), time.time()
        if self.redis.exists(self.keys.world(world)):
            self.redis.zadd(self.keys.ended, {msgspec.json.encode([world, *sorted(apps)]): at})
        self._delete(world, apps)
        self.clear_ended(at - GRACE)

    def clear_ended(self, before: float) -> None:
        """What was written late into some of the worlds that ended before a real time. A world that was made anew
        under the same name keeps what it has."""
        for raw in self.redis.zrangebyscore(self.keys.ended, "-inf", before, start=0, num=MOST_CLEARED):
            world, *apps = msgspec.json.decode(raw, type=list[str])
            if self._written_late(world, apps) and not self.redis.exists(self.keys.world(world)):
                self._delete(world, {*apps, *self._members(self.keys.apps(world))})
            self.redis.zrem(self.keys.ended, raw)

    def _written_late(self, world: str, apps: list[str]) -> bool:
        """Whether any of the keys is there through which all others are found."""
        keys = self.keys
        lists = [
            keys.index(world),
            keys.flows(world),
            keys.grants(world),
            keys.apps(world),
            keys.users(world),
        ]
        lists += [
            keys.stream(world),
            keys.fault_queue(world),
            keys.fault_hits(world),
            keys.world_clock(world),
        ]
        for appid in apps:
            lists += keys.beside_app(world, appid)
        return bool(self.redis.exists(*lists, keys.snapshots(world)))

    def _delete(self, world: str, apps: set[str]) -> None:
        keys, users = self.keys, self._members(self.keys.users(world))
        batch = self.batch()
        self._forget(batch, world, apps)
        for appid in apps:
            batch.script(
                RELEASE, [keys.pointer_app(appid)], [world], decode=bool
            )  # it may be another world's by now
            batch.call("del", keys.app(world, appid))
            batch.call("srem", keys.apps(world), appid)
        for uid in users:
            batch.call("del", keys.user(world, uid))
            batch.call("srem", keys.users(world), uid)
        for snapshot in self.redis.zrange(keys.snapshots(world), 0, -1):
            batch.call("del", keys.snapshot(world, snapshot.decode()))
            batch.call("zrem", keys.snapshots(world), snapshot)  # never the list: as in _forget
        batch.call("del", keys.world(world))
        batch.call("srem", keys.worlds, world)
        batch.run()

    def _forget(self, batch: Batch, world: str, apps: set[str]) -> None:
        """A world's tokens, codes, requests, consents, decisions, faults, followers, testers, flows, counters, clock.

        What is taken off a list is what was read from it, never the list: else a key whose name came in between would
        be in Redis, and in no list."""
        keys = self.keys
        grants, tails = self._members(keys.grants(world)), self.tails(world, "")
        flows = [raw.decode() for raw in self.redis.zrange(keys.flows(world), 0, -1)]
        gone = [keys.of(world, "grant:" + name) for name in grants]
        for appid in apps:
            gone += keys.beside_app(world, appid)
        for tail in tails:
            kind, _, name = tail.partition(":")
            gone += [keys.of(world, tail), keys.spent(world, kind, name)]
            if kind in ("access", "pointer"):
                gone.append(keys.pointer(name))
            elif kind in ("request", "scan"):
                gone.append(keys.pointer(digest(tail)))
        for flow in flows:
            gone += [keys.flow(world, flow), keys.exchanges(world, flow)]
        gone += [keys.stream(world), keys.fault_queue(world), keys.fault_hits(world)]
        for key in (*gone, keys.seed_marks(world), keys.world_clock(world)):
            batch.call("del", key)
        for command, key, names in (
            ("srem", keys.grants(world), list(grants)),
            ("zrem", keys.index(world), tails),
            ("zrem", keys.flows(world), flows),
        ):
            for start in range(0, len(names), AT_ONCE):
                batch.call(command, key, names[start : start + AT_ONCE])
