"""A plan written down (design.md §9): what is missing is made, what the file wrote follows the file, and what a person
changed since stays as it is, and is told.

Marks tell the one from the other: per world, digests of what a file wrote last.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
from ninestep.digest import digest, fresh_id
from ninestep.keyring import app_secret
from ninestep.records import TOWN, App, Clock, User, World, encode
from ninestep.store import Batch
from ninestep.store.appids import AppidTaken
from ninestep.store.batch import pairs

from ... import seeds
from ...services import services
from ..problem import Problem
from .around import Around
from .plan import AppPlan, Plan
from .report import Report

PATIENCE = 5.0  # seconds for another who seeds


def applied(plans: list[Plan]) -> Report:
    """Everything written, by one at a time. Raises Problem 409 or 503, RedisError; to be asked again is no harm."""
    store, owner, report = services().store, fresh_id(), Report()
    deadline = time.monotonic() + PATIENCE
    while not store.redis.set(store.keys.seed_lock, owner, nx=True, ex=seeds.LOCK_SECONDS):
        if time.monotonic() > deadline:
            raise Problem(503, "somebody else is seeding; try again", headers={"Retry-After": "1"})
        time.sleep(0.01)
    try:
        for plan in plans:
            try:
                store.claim_appids(plan.world, [each.app.appid for each in plan.apps])
            except AppidTaken as taken:
                raise Problem(
                    409, f"appid {taken.appid} belongs to world {taken.world}", field="appid"
                ) from None
        for plan in plans:
            _Writing(plan, report).run()
    finally:
        store.release(store.keys.seed_lock, owner)
    return report


class _Writing:
    def __init__(self, plan: Plan, report: Report) -> None:
        self.plan, self.report, self.world = plan, report, plan.world
        self.store = services().store
        self.batch: Batch = self.store.batch()
        self.marks: dict[str, str] = {}
        self.marked: dict[str, str] = {}  # anew

    def run(self) -> None:
        store, keys, batch = self.store, self.store.keys, self.batch
        plan, world = self.plan, self.world
        if not (plan.users or plan.apps or plan.clock) and world == TOWN:
            return
        record = store.read_world(batch, world)
        marks = batch.call("hgetall", keys.seed_marks(world), decode=pairs)
        users = [store.read_user(batch, world, user.uid) for user in plan.users]
        known = [store.read_app(batch, world, each.app.appid) for each in plan.apps]
        clock = store.read_clock(batch, world)
        batch.run()
        self.marks = {name.decode(): raw.decode() for name, raw in marks.value.items()}
        self._world(record.value)
        for user, there in zip(plan.users, users, strict=True):
            self._user(user, there.value)
        for each, app in zip(plan.apps, known, strict=True):
            self._app(each, app.value)
        if plan.clock is not None:
            self._clock(plan.clock, clock.value)
        if self.marked:
            batch.call("hset", keys.seed_marks(world), mapping=self.marked)
        batch.run()
        around = Around(world, self.marks, self.report)
        for each in plan.apps:
            around.write(each)

    def _world(self, known: World | None) -> None:
        if known is None or not known.pinned:
            now = time.time()
            record = known or World(name=self.world, created_at=now, last_used=now)
            record = msgspec.structs.replace(record, pinned=True)
            self.batch.call("set", self.store.keys.world(self.world), encode(record))
            self.batch.call("sadd", self.store.keys.worlds, self.world)

    def _user(self, wanted: User, known: User | None) -> None:
        name = f"user {wanted.uid}"
        before = digest_of(known) if known else ""
        if self._is_to_be_written(name, before, digest_of(wanted), known in seeds.USERS):
            self.batch.call("set", self.store.keys.user(self.world, wanted.uid), encode(wanted))
            self.batch.call("sadd", self.store.keys.users(self.world), wanted.uid)

    def _app(self, each: AppPlan, known: App | None) -> None:
        appid, keys = each.app.appid, self.store.keys
        wanted = msgspec.structs.replace(
            each.app,
            secret=each.app.secret
            or (known.secret if known else app_secret(services().settings.seed_key, appid)),
            created_at=known.created_at if known else time.time(),
            seed=known.seed if known else "",
        )
        built_in = bool(known and known.seed)
        if known and built_in:
            decided = {name: getattr(known, name) for name in seeds.DECIDED.get(appid, ())}
            wanted = msgspec.structs.replace(wanted, **decided)
        before = seeds.fingerprint(known) if known else ""
        untouched = bool(known and built_in and before == known.seed)
        if self._is_to_be_written(f"app {appid}", before, seeds.fingerprint(wanted), untouched):
            self.batch.call("set", keys.pointer_app(appid), self.world)
            self.batch.call("set", keys.app(self.world, appid), encode(wanted))
            self.store.index_origins(self.batch, wanted)
            self.batch.call("sadd", keys.apps(self.world), appid)

    def _clock(self, wanted: Clock, known: Clock | None) -> None:
        """What the file says of time holds from when it said so; only another word moves the clock again."""
        said = digest_of(self.plan.clock_said)
        told, _, wrote = self.marks.get("clock", "|").partition("|")
        if known is not None and (wrote != digest_of(known) or told == said) and known != wanted:
            self._tell("unchanged" if wrote == digest_of(known) else "kept", "clock")
            return
        self._tell("unchanged" if known == wanted else "updated" if known else "created", "clock")
        self.batch.call("set", self.store.keys.world_clock(self.world), encode(wanted))
        self.marked["clock"] = f"{said}|{digest_of(wanted)}"

    def _is_to_be_written(self, name: str, before: str, after: str, as_the_town_made_it: bool) -> bool:
        """``before`` and ``after`` are digests; "" for what is not there."""
        if before == after:
            self._tell("unchanged", name)
        elif before and before != self.marks.get(name) and not as_the_town_made_it:
            self._tell("kept", name)
            return False
        else:
            self._tell("updated" if before else "created", name)
        if self.marks.get(name) != after:
            self.marked[name] = after
        return before != after

    def _tell(self, what: str, name: str) -> None:
        self.report.tell(what, self.world, name)


def digest_of(record: Any) -> str:
    return digest(msgspec.json.encode(record).decode())
