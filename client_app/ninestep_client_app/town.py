"""Where an app lives and what time it is there: for lifetimes, and for the trace."""

from __future__ import annotations

from typing import NamedTuple

from ninestep import clock
from ninestep.store import Store
from ninestep.store.stepping import Stepping


class Moment(NamedTuple):
    world: str  # empty when the provider does not know the app
    now: float
    stepping: Stepping | None = None  # the world's step mode, where it is on


class Town:
    """Remembers each app's world, and looks again in the round trip that reads the clock."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._worlds: dict[str, str] = {}

    def moment(self, appid: str) -> Moment:
        guess = self._worlds.get(appid, "")
        moment = self._look(appid, guess)
        if moment.world != guess:  # the first look, or the app was made anew elsewhere
            self._worlds[appid] = moment.world
            moment = self._look(appid, moment.world)
        return moment

    def _look(self, appid: str, guess: str) -> Moment:
        batch = self._store.batch()
        world = self._store.find_app(batch, appid)
        town, own = self._store.read_clock(batch), self._store.read_clock(batch, guess or None)
        stepping = self._store.read_stepping(batch, guess) if guess else None
        batch.run()
        now = clock.now(town.value, own.value if guess else None)
        return Moment(world.value or "", now, stepping.value if stepping else None)
