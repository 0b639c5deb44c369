"""What hangs on a login, one session of one browser (its ``sid``): the apps that were told of it by an id_token, and
the authorizations that end with it."""

from __future__ import annotations

import time

from ..digest import digest
from ..records import Record, decode, encode
from . import scripts
from .base import MEMORY, Base, whole
from .batch import Batch, Script, pairs

END_LOGIN, OVERTAKEN = Script(scripts.END_LOGIN), Script(scripts.OVERTAKEN)
ON_THE_WAY = 600  # seconds after a login's end for which answers that were begun before may still come
AUTHORIZATION = "authorization:"  # how the fields begin that are tails of keys; an app's is its appid
OWN = ":"  # how those of the login itself begin


class Told(Record):
    """One app that knows of the login."""

    appid: str
    user: str
    flow: str


class Logins(Base):
    def tell_login(self, world: str, sid: str, told: Told) -> None:
        batch = self.batch()
        self._hang(batch, world, sid, told.appid, encode(told), MEMORY)
        batch.run()

    def tie_to_login(
        self, batch: Batch, world: str, sid: str, authorization: str, begun: float, life: float = MEMORY
    ) -> None:
        """The authorization, which may not have been redeemed yet, ends with the login; so it is known for ``life``
        seconds more. ``begun``: when (real) the answer was begun that gives it; it has ended where the login did so
        since."""
        tail = AUTHORIZATION + authorization
        self._hang(batch, world, sid, tail, b"", life)
        keys = [self.keys.of(world, _tail(sid)), self.keys.index(world), self.keys.of(world, tail)]
        batch.script(OVERTAKEN, keys, [begun, MEMORY, time.time() + MEMORY, tail], decode=bool)

    def end_login(self, world: str, sid: str, at: float) -> list[Told]:
        """Forget the login and revoke what ends with it; who knows of it is answered to one caller alone."""
        key = self.keys.of(world, _tail(sid))
        while True:
            found = {name.decode(): raw for name, raw in pairs(self.redis.hgetall(key)).items()}
            tied = [name for name in found if name.startswith(AUTHORIZATION)]
            keys = [key, self.keys.index(world), *(self.keys.of(world, tail) for tail in tied)]
            real = time.time()
            own = [real, ON_THE_WAY, _tail(sid)]
            if END_LOGIN.run(self.redis, keys, [len(found), at, MEMORY, real + MEMORY, *own, *tied]):
                break
        known = [
            decode(Told, raw) for name, raw in found.items() if not name.startswith((AUTHORIZATION, OWN))
        ]
        return sorted((told for told in known if told), key=lambda told: told.appid)

    def _hang(self, batch: Batch, world: str, sid: str, field: str, value: bytes, life: float) -> None:
        """The login is remembered as long as whatever hangs on it."""
        tail, seconds = _tail(sid), whole(life)
        key = self.keys.of(world, tail)
        batch.call("hset", key, field, value)
        batch.call("expire", key, seconds, nx=True)
        batch.call("expire", key, seconds, gt=True)
        self._index(batch, world, tail, seconds)


def _tail(sid: str) -> str:
    return f"login:{digest(sid)}"
