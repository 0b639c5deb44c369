"""Worlds and their clocks. The provider writes them, all read them."""

from __future__ import annotations

from ..clock import now
from ..records import Clock, World, encode
from .base import Base, record_of
from .batch import Batch, Later


class Worlds(Base):
    def read_clock(self, batch: Batch, world: str | None = None) -> Later[Clock | None]:
        """The town's clock, or with ``world`` that world's; ``clock.now`` joins the two."""
        key = self.keys.world_clock(world) if world else self.keys.clock
        return batch.call("get", key, decode=record_of(Clock))

    def write_clock(self, clock: Clock, world: str | None = None) -> None:
        self.redis.set(self.keys.world_clock(world) if world else self.keys.clock, encode(clock))

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

    def worlds(self) -> list[World]:
        names = sorted(name.decode() for name in self.redis.smembers(self.keys.worlds))
        return self._all(World, [self.keys.world(name) for name in names])

    def delete_world(self, world: str) -> None:
        """Everything of a world, found by its lists and its index."""
        keys = self.keys
        own: list[str] = []
        gone: list[str] = []
        for appid in self._members(keys.apps(world)):
            own += [keys.app(world, appid), keys.decisions(world, appid), keys.faults(world, appid)]
            gone.append(keys.pointer_app(appid))
        own += [keys.user(world, uid) for uid in self._members(keys.users(world))]
        own += [keys.of(world, "grant:" + name) for name in self._members(keys.grants(world))]
        for tail in self.tails(world, ""):
            own.append(keys.of(world, tail))
            kind, _, name = tail.partition(":")
            own.append(keys.spent(world, kind, name))
            if kind == "access":
                gone.append(keys.pointer(name))
        for flow in self.redis.zrange(keys.flows(world), 0, -1):
            own += [keys.flow(world, flow.decode()), keys.exchanges(world, flow.decode())]
        own += [keys.apps(world), keys.users(world), keys.grants(world), keys.index(world), keys.flows(world)]
        own += [keys.stream(world), keys.world(world), keys.world_clock(world)]
        batch = self.batch()
        for key in gone + own:
            batch.call("del", key)
        batch.call("srem", keys.worlds, world)
        batch.run()
