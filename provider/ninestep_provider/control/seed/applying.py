"""A plan written down (design.md §9): what is missing is made, what the file wrote follows the file, and what a person
changed since stays as it is, and is told.

Marks tell the one from the other: per world, digests of what a file wrote last.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from ninestep.digest import digest, fresh_id
from ninestep.keyring import app_secret
from ninestep.records import TOWN, App, Clock, Decision, Fault, User, World, encode
from ninestep.store import Batch
from ninestep.store.appids import AppidTaken
from ninestep.store.batch import pairs

from ... import seeds
from ...services import services
from ..problem import Problem
from .plan import AppPlan, Plan

PATIENCE = 5.0  # seconds for another who seeds


@dataclass
class Report:
    """What became of each thing: ``town: app wx1`` …; ``kept`` is what a person changed."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


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
        for each in plan.apps:
            self._around(each)

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

    # -- what stands around an app

    def _around(self, each: AppPlan) -> None:
        self._followers(each)
        self._testers(each)
        self._decisions(each)
        self._faults(each)

    def _followers(self, each: AppPlan) -> None:
        if not each.body.followers:
            return
        keys, appid = self.store.keys, each.app.appid
        raws = self.store.redis.hgetall(keys.followers(self.world, appid))
        said = {uid.decode(): bool(int(raw)) for uid, raw in raws.items()}
        ours: dict[str, bool] = msgspec.json.decode(self.marks.get(f"followers {appid}", "{}"))
        for uid, follows in each.body.followers.items():
            name = f"follower {uid} of {appid}"
            if said.get(uid) == follows:
                self._tell("unchanged", name)
            elif uid in said and said[uid] != ours.get(uid):
                self._tell("kept", name)
                continue
            else:
                self._tell("updated" if uid in said else "created", name)
                self.store.follow(self.world, appid, uid, follows)
            ours[uid] = follows
        self._mark(f"followers {appid}", ours)

    def _testers(self, each: AppPlan) -> None:
        key = self.store.keys.testers(self.world, each.app.appid)
        for uid in each.body.testers:
            new = self.store.redis.sadd(key, uid)
            self._tell("created" if new else "unchanged", f"tester {uid} of {each.app.appid}")

    def _decisions(self, each: AppPlan) -> None:
        appid, mark = each.app.appid, f"next {each.app.appid}"
        armed = self.store.armed(self.world, appid) if each.decisions or mark in self.marks else []
        there, missing = matched(each.decisions, armed, _meaning)
        gone = set(msgspec.json.decode(self.marks.get(mark, "[]"))) - {known.id for known in there}
        if missing or gone & {known.id for known in armed}:
            self.store.disarm(self.world, appid)
            for decision in [known for known in armed if known.id not in gone] + missing:
                self.store.arm(self.world, appid, decision)
        self._tell_both(f"next of {appid}", len(there), len(missing))
        self._mark(mark, [each.id for each in (*there, *missing)])

    def _faults(self, each: AppPlan) -> None:
        appid, mark = each.app.appid, f"faults {each.app.appid}"
        armed = self.store.faults(self.world, appid) if each.faults or mark in self.marks else []
        there, missing = matched(each.faults, armed, _misbehaviour)
        for fault in set(msgspec.json.decode(self.marks.get(mark, "[]"))) - {known.id for known in there}:
            self.store.delete_faults(self.world, appid, fault)
        for fault in missing:
            self.store.save_fault(self.world, appid, fault)
        self._tell_both(f"fault of {appid}", len(there), len(missing))
        self._mark(mark, [each.id for each in (*there, *missing)])

    # -- telling

    def _tell(self, what: str, name: str) -> None:
        getattr(self.report, what).append(f"{self.world}: {name}")

    def _tell_both(self, name: str, there: int, made: int) -> None:
        for what, times in (("unchanged", there), ("created", made)):
            for _ in range(times):
                self._tell(what, name)

    def _mark(self, name: str, value: Any) -> None:
        raw = msgspec.json.encode(value).decode()
        if raw != self.marks.get(name, raw if not value else ""):
            self.store.redis.hset(self.store.keys.seed_marks(self.world), name, raw)


R = TypeVar("R", Decision, Fault)


def matched(wanted: list[R], known: list[R], meaning: Any) -> tuple[list[R], list[R]]:
    """(those of ``known`` that mean what is wanted, what is wanted and not there)."""
    left, there, missing = list(known), [], []
    for each in wanted:
        found = next((other for other in left if meaning(other) == meaning(each)), None)
        if found is None:
            missing.append(each)
        else:
            left.remove(found)
            there.append(found)
    return there, missing


def _meaning(decision: Decision) -> Any:
    return decision.user, decision.decision, decision.scopes


def _misbehaviour(fault: Fault) -> Any:
    return msgspec.structs.replace(fault, id="", hits=0, seq=0)


def digest_of(record: Any) -> str:
    return digest(msgspec.json.encode(record).decode())
