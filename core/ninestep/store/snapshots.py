"""Snapshots: a world put aside inside Redis, and brought back in one step, as if no time had passed since.

What they hold is what the store holds, digests and ciphers. They stand in their world's slot and end with it. The
trace is no part of them: it is what happened.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from ..clock import now
from ..digest import digest, fresh_id
from ..records import Clock, Record, decode, encode
from . import snapshot_scripts as scripts
from .appids import Appids, AppidTaken
from .base import text, whole
from .batch import Later, Script
from .lines import new_line
from .worlds import Worlds

MOST_SNAPSHOTS = 20  # of a world
MOST_KEYS = 5_000
MOST_BYTES = 4 * 1024 * 1024
PATIENCE = 10.0  # seconds for one of the scripts on a busy machine; they are not sent twice
UNFINISHED = 60  # seconds after which one that was not kept is forgotten

SAVE, KEEP, RESTORE = Script(scripts.SAVE), Script(scripts.KEEP), Script(scripts.RESTORE)

Pointers = dict[str, tuple[str, float]]  # key without our prefix -> its value, its life in seconds


class Snapshot(Record):
    id: str
    name: str
    world: str
    now: float  # of the world's clock
    town_now: float  # of the town's clock
    created_at: float  # real
    keys: int = 0
    bytes: int = 0
    apps: list[str] = []


class NotSaved(Exception):
    """``why``: many (snapshots of the world), keys, bytes, gone (the world)."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotRestored(Exception):
    """``why``: gone (the snapshot or the world), foreign (another version of Redis made it), taken (``appid`` belongs
    to ``world`` by now). Nothing was done."""

    def __init__(self, why: str, appid: str = "", world: str = "") -> None:
        self.why, self.appid, self.world = why, appid, world
        super().__init__(why)


class Snapshots(Appids, Worlds):
    def save_snapshot(self, world: str, name: str) -> Snapshot:
        """Put the world aside as it is. Raises NotSaved."""
        batch = self.batch()
        town, own = self.read_clock(batch), self.read_clock(batch, world)
        batch.run()
        taken = Snapshot(
            id=fresh_id(6),
            name=name,
            world=world,
            now=now(town.value, own.value),
            town_now=now(town.value, None),
            created_at=time.time(),
        )
        keys = [self.keys.snapshots(world), self.keys.snapshot(world, taken.id)]
        limits = [MOST_SNAPSHOTS, MOST_KEYS, MOST_BYTES, UNFINISHED, taken.created_at]
        outcome, *sizes = self._patiently(SAVE, keys, [self.keys.of(world, ""), encode(taken), *limits])
        if outcome != b"saved":
            raise NotSaved(outcome.decode())
        apps = sorted(appid.decode() for appid in sizes[2])
        pointers = self._pointers([tail.decode() for tail in sizes[3]])
        args = [taken.id, taken.created_at, encoded(apps), encoded(pointers), MOST_SNAPSHOTS]
        kept = KEEP.run(self.redis, [*keys, self.keys.world(world)], args)
        if kept != b"kept":
            raise NotSaved(kept.decode())
        return msgspec.structs.replace(taken, keys=sizes[0], bytes=sizes[1], apps=apps)

    def snapshots(self, world: str) -> list[Snapshot]:
        """Newest first."""
        ids = [raw.decode() for raw in self.redis.zrevrange(self.keys.snapshots(world), 0, -1)]
        batch = self.batch()
        names = ["@about", "@keys", "@bytes", "@apps"]
        found: list[Later[list[bytes | None]]] = [
            batch.call("hmget", self.keys.snapshot(world, each), names) for each in ids
        ]
        batch.run()
        known = []
        for about, keys, size, apps in [later.value for later in found]:
            if (taken := decode(Snapshot, about)) is not None:
                sizes = {"keys": int(keys or 0), "bytes": int(size or 0)}
                known.append(msgspec.structs.replace(taken, **sizes, apps=msgspec.json.decode(apps or b"[]")))
        return known

    def delete_snapshot(self, world: str, snapshot: str) -> None:
        batch = self.batch()
        batch.call("zrem", self.keys.snapshots(world), snapshot)
        batch.call("del", self.keys.snapshot(world, snapshot))
        batch.run()

    def restore_snapshot(self, world: str, snapshot: str) -> None:
        """The world as it was when the snapshot was taken: the same second of its clock, the same lives left. Raises
        NotRestored. What leads into the world from outside is laid down first and harms nobody; then one script does
        all, so whoever logs in meanwhile meets the old world or the new one."""
        key = self.keys.snapshot(world, snapshot)
        about, clock, pointers, apps = self.redis.hmget(key, ["@about", "@clock", "@pointers", "@apps"])
        taken = decode(Snapshot, about)
        if taken is None:
            raise NotRestored("gone")
        try:
            claimed = self.claim_appids(world, msgspec.json.decode(apps or b"[]"))
        except AppidTaken as problem:
            raise NotRestored("taken", problem.appid, problem.world) from None
        self._point_again(msgspec.json.decode(pointers or b"{}", type=Pointers))
        batch = self.batch()
        town = self.read_clock(batch)
        batch.run()
        own = decode(Clock, clock) or Clock()
        if own.frozen is None:  # goes on from the second in which it was taken
            own = Clock(offset=own.offset - (now(town.value, None) - taken.town_now))
        real = time.time()
        args = [self.keys.of(world, ""), real, real - taken.created_at, encode(own)]
        outcome, *gone = self._patiently(RESTORE, [self.keys.index(world), key], args)
        if outcome != b"restored":
            self.give_back_appids(world, claimed)
            raise NotRestored(outcome.decode())
        self.give_back_appids(world, [appid.decode() for appid in gone[0]])

    def _patiently(self, script: Script, keys: list[str], args: list[Any]) -> Any:
        """On a line of its own, which waits longer than a login would; a cluster's client is as it is."""
        if self._lines is None:
            return script.run(self.redis, keys, args)
        line = new_line(self.redis.connection_pool)
        line.socket_timeout = PATIENCE
        try:
            line.connect()
            line.send_command("EVAL", script.text, len(keys), *keys, *args)
            return line.read_response()
        finally:
            line.disconnect()

    # -- what leads into a world from outside its slot

    def _pointers(self, tails: list[str]) -> Pointers:
        names = [_pointer(*tail.split(":", 1)) for tail in tails]
        batch = self.batch()
        found: list[tuple[str, Later[bytes | None], Later[int]]] = [
            (name, batch.call("get", self.keys.pointer(name)), batch.call("pttl", self.keys.pointer(name)))
            for name in names
        ]
        batch.run()
        return {
            name: (text(value.value) or "", life.value / 1000)
            for name, value, life in found
            if value.value is not None
        }

    def _point_again(self, pointers: Pointers) -> None:
        batch = self.batch()
        for name, (value, life) in pointers.items():
            batch.call("set", self.keys.pointer(name), value, ex=whole(life))
        batch.run()


def _pointer(kind: str, name: str) -> str:
    """What a pointer into the world is called, by the tail of what it leads to."""
    return digest(f"{kind}:{name}") if kind in ("request", "scan") else name


def encoded(value: object) -> bytes:
    return msgspec.json.encode(value)
