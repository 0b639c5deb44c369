"""Faults, armed per app and endpoint. One queue per world holds them in order: ``endpoint|appid|number|id``; so a
request asks for the head of its own endpoint, and ten thousand others cost it nothing."""

from __future__ import annotations

import msgspec

from ..records import Fault, decode, encode
from . import scripts
from .base import Base
from .batch import Batch, Later, Script, pairs

FIRE = Script(scripts.FIRE)
NUMBER = "#"  # the counter of all faults of a world; no fault's id


class Faults(Base):
    def save_fault(self, world: str, appid: str, fault: Fault) -> Fault:
        """Behind all that were armed before."""
        number = self.redis.hincrby(self.keys.fault_hits(world), NUMBER, 1)
        fault = msgspec.structs.replace(fault, seq=number)
        batch = self.batch()
        batch.call("hset", self.keys.faults(world, appid), fault.id, encode(fault))
        batch.call("zadd", self.keys.fault_queue(world), {_place(appid, fault): 0})
        batch.run()
        return fault

    def read_armed(self, batch: Batch, world: str, appid: str, endpoint: str) -> Later[bool]:
        """Whether ``fire`` would find a fault; with an empty ``appid``, one of any app."""
        start = f"{endpoint}|{appid}|" if appid else f"{endpoint}|"
        queue = self.keys.fault_queue(world)
        return batch.call("zrangebylex", queue, f"[{start}", f"({start}~", "LIMIT", 0, 1, decode=bool)

    def fire(self, world: str, appid: str, endpoint: str) -> Fault | None:
        """The fault whose turn it is; the hit is counted, so of many who ask at once only ``times`` get it."""
        keys = [self.keys.fault_queue(world), self.keys.faults(world, appid), self.keys.fault_hits(world)]
        raw = FIRE.run(self.redis, keys, [f"{endpoint}|{appid}|"])
        return decode(Fault, raw) if raw else None

    def faults(self, world: str, appid: str) -> list[Fault]:
        """In the order of arming, those that are over included."""
        batch = self.batch()
        raws: Later[list[bytes]] = batch.call("hvals", self.keys.faults(world, appid))
        counted = batch.call("hgetall", self.keys.fault_hits(world), decode=pairs)
        batch.run()
        hits = counted.value
        found = [fault for raw in raws.value if (fault := decode(Fault, raw)) is not None]
        return [
            msgspec.structs.replace(fault, hits=int(hits.get(fault.id.encode(), 0)))
            for fault in sorted(found, key=lambda fault: fault.seq)
        ]

    def delete_faults(self, world: str, appid: str, fault: str = "") -> None:
        """One or all of an app."""
        batch = self.batch()
        self.forget_faults(batch, world, appid, fault)
        batch.run()

    def forget_faults(self, batch: Batch, world: str, appid: str, fault: str = "") -> None:
        key = self.keys.faults(world, appid)
        for raw in [self.redis.hget(key, fault)] if fault else self.redis.hvals(key):
            if (each := decode(Fault, raw)) is not None:
                batch.call("zrem", self.keys.fault_queue(world), _place(appid, each))
                batch.call("hdel", self.keys.fault_hits(world), each.id, f"{each.id}:passed")
                batch.call("hdel", key, each.id)


def _place(appid: str, fault: Fault) -> str:
    return f"{fault.endpoint}|{appid}|{fault.seq:012d}|{fault.id}"
