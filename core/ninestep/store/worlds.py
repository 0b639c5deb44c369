"""Worlds and their clocks. The provider writes them, all read them."""

from __future__ import annotations

from collections.abc import Callable

from ..clock import now
from ..records import Clock, World, decode, encode
from .base import SWAP, Base, record_of
from .batch import Batch, Later


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
        for key in self._happened(world):
            batch.call("del", key)
        batch.run()

    def delete_world(self, world: str) -> None:
        """Everything of a world, found by its lists and its index."""
        keys = self.keys
        batch = self.batch()
        for appid in self._members(keys.apps(world)):
            batch.call("del", keys.pointer_app(appid))
            batch.call("del", keys.app(world, appid))
        for uid in self._members(keys.users(world)):
            batch.call("del", keys.user(world, uid))
        for key in (*self._happened(world), keys.apps(world), keys.users(world), keys.world(world)):
            batch.call("del", key)
        batch.call("srem", keys.worlds, world)
        batch.run()

    def _happened(self, world: str) -> list[str]:
        """Keys of a world's tokens, codes, requests, consents, decisions, faults, followers, testers, flows, clock."""
        keys = self.keys
        found = [keys.of(world, "grant:" + name) for name in self._members(keys.grants(world))]
        for appid in self._members(keys.apps(world)):
            found += [keys.decisions(world, appid), keys.faults(world, appid)]
            found += [keys.followers(world, appid), keys.testers(world, appid)]
        for tail in self.tails(world, ""):
            kind, _, name = tail.partition(":")
            found += [keys.of(world, tail), keys.spent(world, kind, name)]
            if kind == "access":
                found.append(keys.pointer(name))
        for flow in self.redis.zrange(keys.flows(world), 0, -1):
            found += [keys.flow(world, flow.decode()), keys.exchanges(world, flow.decode())]
        found += [keys.grants(world), keys.index(world), keys.flows(world), keys.stream(world)]
        return [*found, keys.fault_queue(world), keys.fault_hits(world), keys.world_clock(world)]
