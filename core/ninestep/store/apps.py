"""Registered apps. An appid belongs to one world for good, so a process may remember which."""

from __future__ import annotations

from typing import Any

from ..records import App, decode, encode
from .base import record_of, text
from .batch import Batch, Later
from .faults import Faults
from .origins import Origins

MOST_REMEMBERED = 10_000


class Apps(Faults, Origins):
    def __init__(self, redis: Any, prefix: str) -> None:
        super().__init__(redis, prefix)
        self._worlds: dict[str, str] = {}

    def find_app(self, batch: Batch, appid: str) -> Later[str | None]:
        """The world an appid belongs to."""
        return batch.call("get", self.keys.pointer_app(appid), decode=text)

    def world_of_app(self, appid: str, *, again: bool = False) -> str | None:
        """The same, remembered by this process: an app never moves, so a memory is only wrong once the app is gone
        (the reader finds no app there and asks ``again``)."""
        if not again and appid in self._worlds:
            return self._worlds[appid]
        world = text(self.redis.get(self.keys.pointer_app(appid)))
        if len(self._worlds) >= MOST_REMEMBERED:
            self._worlds.clear()
        if world is None:
            self._worlds.pop(appid, None)
        else:
            self._worlds[appid] = world
        return world

    def read_app(self, batch: Batch, world: str, appid: str) -> Later[App | None]:
        return batch.call("get", self.keys.app(world, appid), decode=record_of(App))

    def app(self, appid: str) -> App | None:
        """One app by its id alone (two round trips)."""
        world = text(self.redis.get(self.keys.pointer_app(appid)))
        return decode(App, self.redis.get(self.keys.app(world, appid))) if world else None

    def claim_appid(self, appid: str, world: str) -> str:
        """The world that owns ``appid``: ``world`` itself where it was free."""
        self.redis.set(self.keys.pointer_app(appid), world, nx=True)
        return text(self.redis.get(self.keys.pointer_app(appid))) or world

    def reserve_appid(self, appid: str, world: str) -> bool:
        """Whether nobody has had ``appid``, and it is the world's now."""
        return bool(self.redis.set(self.keys.pointer_app(appid), world, nx=True))

    def save_app(self, app: App) -> None:
        """The appid must have been claimed for the app's world."""
        batch = self.batch()
        batch.call("set", self.keys.pointer_app(app.appid), app.world)
        batch.call("set", self.keys.app(app.world, app.appid), encode(app))
        batch.call("sadd", self.keys.apps(app.world), app.appid)
        self.index_origins(batch, app)
        batch.run()

    def apps(self, world: str) -> list[App]:
        return self._all(App, [self.keys.app(world, a) for a in sorted(self._members(self.keys.apps(world)))])

    def count_apps(self, world: str) -> int:
        return int(self.redis.scard(self.keys.apps(world)))

    def delete_app(self, app: App) -> None:
        """The app with its decisions, faults, followers, testers and consents; its tokens die with the consents."""
        keys, world = self.keys, app.world
        batch = self.batch()
        for name in self._members(keys.grants(world)):
            if name.startswith(app.appid + ":"):
                batch.call("del", keys.of(world, "grant:" + name))
                batch.call("srem", keys.grants(world), name)
        batch.call("del", keys.app(world, app.appid))
        batch.call("del", keys.decisions(world, app.appid))
        self.forget_faults(batch, world, app.appid)
        batch.call("del", keys.followers(world, app.appid))
        batch.call("del", keys.testers(world, app.appid))
        batch.call("del", keys.checks(world, app.appid))
        batch.call("srem", keys.apps(world), app.appid)
        batch.call("del", keys.pointer_app(app.appid))
        batch.run()
