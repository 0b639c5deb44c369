"""What stands around an app, written down: followers, testers, armed decisions and faults.

Marks say which of them the file has made: those that it names no more go, and what a person made stays.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from ninestep.records import Decision, Fault

from ...services import services
from .plan import AppPlan
from .report import Report


class Around:
    """Of the apps of one world; ``marks`` are what the file wrote last."""

    def __init__(self, world: str, marks: dict[str, str], report: Report) -> None:
        self.world, self.marks, self.report, self.store = world, marks, report, services().store

    def write(self, each: AppPlan) -> None:
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

    def _tell(self, what: str, name: str, times: int = 1) -> None:
        self.report.tell(what, self.world, name, times)

    def _tell_both(self, name: str, there: int, made: int) -> None:
        self._tell("unchanged", name, there)
        self._tell("created", name, made)

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
