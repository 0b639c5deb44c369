"""Who tests an app that its platform has not approved yet: nobody, until it is said."""

from __future__ import annotations

from ..records import User
from .base import Base


class Testers(Base):
    def set_tester(self, world: str, appid: str, uid: str, tests: bool) -> None:
        key = self.keys.testers(world, appid)
        if tests:
            self.redis.sadd(key, uid)
        else:
            self.redis.srem(key, uid)

    def is_tester(self, world: str, appid: str, uid: str) -> bool:
        return bool(self.redis.sismember(self.keys.testers(world, appid), uid))

    def testers(self, world: str, appid: str, users: list[User]) -> list[User]:
        """Those of ``users`` who test, in their order."""
        named = self._members(self.keys.testers(world, appid))
        return [user for user in users if user.uid in named]
