"""Who was told of a login: the apps that got an id_token for one session of one browser (its ``sid``)."""

from __future__ import annotations

from ..digest import digest
from ..records import Record, decode, encode
from . import scripts
from .base import MEMORY, Base
from .batch import Script, pairs

END_LOGIN = Script(scripts.END_LOGIN)


class Told(Record):
    """One app that knows of the login."""

    appid: str
    user: str
    flow: str


class Logins(Base):
    def tell_login(self, world: str, sid: str, told: Told) -> None:
        tail = _tail(sid)
        batch = self.batch()
        batch.call("hset", self.keys.of(world, tail), told.appid, encode(told))
        batch.call("expire", self.keys.of(world, tail), MEMORY)
        self._index(batch, world, tail, MEMORY)
        batch.run()

    def end_login(self, world: str, sid: str) -> list[Told]:
        """Forget the login; who knows of it is answered to one caller alone."""
        found = END_LOGIN.run(self.redis, [self.keys.of(world, _tail(sid))], [])
        known = [decode(Told, raw) for raw in pairs(found).values()]
        return sorted((told for told in known if told), key=lambda told: told.appid)


def _tail(sid: str) -> str:
    return f"login:{digest(sid)}"
