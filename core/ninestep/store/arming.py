"""What was armed beforehand: decisions for coming authorizations, and faults."""

from __future__ import annotations

import time

from ..records import Decision, Fault, decode, encode
from . import scripts
from .base import Base
from .batch import Batch, Later, Script

DECISION_LIFE = 10 * 60
NEXT_DECISION, FIRE = Script(scripts.NEXT_DECISION), Script(scripts.FIRE)


class Arming(Base):
    def arm(self, world: str, appid: str, decision: Decision) -> None:
        key = self.keys.decisions(world, appid)
        batch = self.batch()
        batch.call("rpush", key, encode(decision))
        batch.call("expire", key, DECISION_LIFE)
        batch.run()

    def armed(self, world: str, appid: str) -> list[Decision]:
        raws = self.redis.lrange(self.keys.decisions(world, appid), 0, -1)
        alive = time.time() - DECISION_LIFE
        return [d for raw in raws if (d := decode(Decision, raw)) and d.armed_at >= alive]

    def count_armed(self, batch: Batch, world: str, appid: str) -> Later[int]:
        return batch.call("llen", self.keys.decisions(world, appid), decode=int)

    def next_decision(self, world: str, appid: str) -> Decision | None:
        raw = NEXT_DECISION.run(
            self.redis, [self.keys.decisions(world, appid)], [time.time() - DECISION_LIFE]
        )
        return decode(Decision, raw) if raw else None

    def disarm(self, world: str, appid: str) -> None:
        self.redis.delete(self.keys.decisions(world, appid))

    def save_fault(self, world: str, appid: str, fault: Fault) -> None:
        self.redis.hset(self.keys.faults(world, appid), fault.id, encode(fault))

    def read_faults(self, batch: Batch, world: str, appid: str) -> Later[list[Fault]]:
        return batch.call("hvals", self.keys.faults(world, appid), decode=_faults)

    def faults(self, world: str, appid: str) -> list[Fault]:
        return _faults(self.redis.hvals(self.keys.faults(world, appid)))

    def fire(self, world: str, appid: str, fault: Fault) -> bool:
        """Count a hit; False when its times were used up by somebody faster."""
        return bool(FIRE.run(self.redis, [self.keys.faults(world, appid)], [fault.id]))

    def delete_faults(self, world: str, appid: str, fault: str = "") -> None:
        key = self.keys.faults(world, appid)
        if fault:
            self.redis.hdel(key, fault)
        else:
            self.redis.delete(key)


def _faults(raws: list[bytes]) -> list[Fault]:
    return [fault for raw in raws if (fault := decode(Fault, raw)) is not None]
