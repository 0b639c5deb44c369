"""What was armed beforehand: decisions for coming authorizations."""

from __future__ import annotations

import time

from ..records import Decision, decode, encode
from . import scripts
from .base import Base
from .batch import Batch, Later, Script

DECISION_LIFE = 10 * 60
NEXT_DECISION = Script(scripts.NEXT_DECISION)


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
