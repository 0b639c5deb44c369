"""Step mode: whether a world's logins stop at every hop, which of them does, and where it rests (design.md §7).

A world is armed (``Stepping``); a login that begins there claims its turn, and its flow remembers that. Where a
service would have sent the browser on, it lays down a ``Pause`` instead: what comes next lies here under a random
name, taken once. While something rests, the world's clock may stand still.
"""

from __future__ import annotations

import time

from ..clock import now
from ..digest import digest, fresh_id
from ..records import Clock, Record, decode, encode
from . import scripts
from .base import MEMORY, record_of, text
from .batch import Batch, Later, Script, pairs
from .single_use import SingleUse
from .worlds import Worlds

ALL = -1
ARMED_LIFE = 7 * 86400
PAUSE_LIFE = 3600  # real seconds: who rests longer begins again
FLOW_LIFE = 86400
PAUSE = "pause"

CLAIM, REST, MOVE_ON = Script(scripts.CLAIM_STEPS), Script(scripts.REST), Script(scripts.MOVE_ON)


class Stepping(Record):
    """A world's step mode. No record: off."""

    left: int = ALL  # how many more logins will stop
    freeze: bool = True  # the clock stands still while a flow rests


class Pause(Record):
    """What a service held back, for the one browser that may go on. ``sealed`` is its own affair."""

    world: str
    app: str
    flow: str
    service: str
    browser: str  # digest of the browser's name in that service's session
    name: str  # of the exchange whose answer waits
    step: int  # the number that comes next
    since: float  # of the world's clock
    sealed: str
    user: str = ""
    outcome: str = "ok"  # of the answer that waits
    error: str = ""
    posted: bool = False  # a page posts what waits (OAuth 2.0 Form Post Response Mode)


class Resting(Record):
    """A flow that rests, as lists show it."""

    flow: str
    service: str
    step: int
    address: str  # of the page that goes on, for the browser that may
    since_real: float
    freezes: bool = True


class Steps(Worlds, SingleUse):
    def read_stepping(self, batch: Batch, world: str) -> Later[Stepping | None]:
        return batch.call("get", self._armed(world), decode=record_of(Stepping))

    def stepping(self, world: str) -> Stepping | None:
        return decode(Stepping, self.redis.get(self._armed(world)))

    def arm_stepping(self, world: str, stepping: Stepping) -> None:
        batch = self.batch()
        batch.call("set", self._armed(world), encode(stepping), ex=ARMED_LIFE)
        self._index(batch, world, "stepping", ARMED_LIFE)
        batch.run()

    def disarm_stepping(self, world: str) -> None:
        """No flow stops any more, and a clock that stood still for them goes on. What rests can still be moved on."""
        self.redis.delete(self._armed(world))
        for resting in self.resting(world):
            self.move_on(world, resting.flow)

    def claim_steps(self, world: str, flow: str) -> bool:
        """Whether this flow stops at every hop; a flow that is asked about for the first time takes its turn."""
        keys = [self._armed(world), self.keys.flow(world, flow)]
        return bool(CLAIM.run(self.redis, keys, [FLOW_LIFE]))

    def steps(self, world: str, flow: str) -> bool:
        """Whether it (still) does: it took its turn, its world is armed, and nobody let it run."""
        batch = self.batch()
        armed = self.read_stepping(batch, world)
        told: Later[bytes | None] = batch.call("hget", self.keys.flow(world, flow), "stepping")
        batch.run()
        return armed.value is not None and told.value == b"1"

    def let_run(self, world: str, flow: str) -> None:
        """This flow stops no more."""
        self.redis.hset(self.keys.flow(world, flow), "stepping", "0")

    # -- one stop ------------------------------------------------------------------------------------------

    def lay_down(self, pause: Pause) -> str:
        """The random name under which what comes next can be taken, once."""
        name = fresh_id()
        batch = self.batch()
        self.put_once(batch, pause.world, PAUSE, name, encode(pause), PAUSE_LIFE - MEMORY)
        batch.call("set", self._pointer(name), pause.world, ex=PAUSE_LIFE)
        self._index(batch, pause.world, f"pointer:{digest('pause:' + name)}", PAUSE_LIFE)
        batch.run()
        return name

    def look_at_pause(self, name: str) -> tuple[Pause | None, bool]:
        """What lies under a name, and whether it still waits."""
        world = text(self.redis.get(self._pointer(name)))
        if world is None:
            return None, False
        batch = self.batch()
        live, spent = self.peek_once(batch, world, PAUSE, name)
        batch.run()
        return decode(Pause, live.value or spent.value), live.value is not None

    def take_pause(self, world: str, name: str) -> bool:
        """False for everybody but the first."""
        return bool(self.take(world, PAUSE, name, fresh_id()).outcome == "taken")

    # -- the clock while flows rest ------------------------------------------------------------------------

    def rest(self, world: str, resting: Resting) -> None:
        """It rests from now on; where that freezes, the clock stops, unless it stands already."""
        key = self.keys.world_clock(world)
        while True:
            town, raw = self._clocks(world)
            clock = decode(Clock, raw) or Clock()
            stands = clock.frozen is not None or not resting.freezes
            after = b"" if stands else encode(Clock(offset=clock.offset, frozen=now(town, clock)))
            args = [resting.flow, encode(resting), raw or b"", after, ARMED_LIFE]
            if REST.run(self.redis, [self._resting(world), key, self._ours(world)], args):
                break
        batch = self.batch()
        for tail in ("resting", "resting-clock"):
            self._index(batch, world, tail, ARMED_LIFE)
        batch.run()

    def move_on(self, world: str, flow: str) -> None:
        """It rests no longer. With the last one that froze it the clock goes on, from where it stood."""
        key, forgotten = self.keys.world_clock(world), time.time() - PAUSE_LIFE
        while True:
            town, raw = self._clocks(world)
            clock = decode(Clock, raw) or Clock()
            after = b""
            if clock.frozen is not None:
                after = encode(Clock(offset=clock.frozen - now(town, None)))
            args = [flow, raw or b"", after, forgotten]
            if MOVE_ON.run(self.redis, [self._resting(world), key, self._ours(world)], args):
                return

    def resting(self, world: str) -> list[Resting]:
        """Those that rest now, the longest first. A tab that was closed is forgotten after an hour."""
        found = pairs(self.redis.hgetall(self._resting(world))).values()
        here = time.time() - PAUSE_LIFE
        resting = [each for raw in found if (each := decode(Resting, raw)) and each.since_real > here]
        return sorted(resting, key=lambda each: each.since_real)

    def resting_flow(self, world: str, flow: str) -> Resting | None:
        return decode(Resting, self.redis.hget(self._resting(world), flow))

    def _clocks(self, world: str) -> tuple[Clock | None, bytes | None]:
        batch = self.batch()
        town = self.read_clock(batch)
        raw: Later[bytes | None] = batch.call("get", self.keys.world_clock(world))
        batch.run()
        return town.value, raw.value

    def _armed(self, world: str) -> str:
        return self.keys.of(world, "stepping")

    def _resting(self, world: str) -> str:
        return self.keys.of(world, "resting")

    def _ours(self, world: str) -> str:
        """There while the clock stands because of flows that rest, and not because somebody froze it."""
        return self.keys.of(world, "resting-clock")

    def _pointer(self, name: str) -> str:
        return self.keys.pointer(digest("pause:" + name))
