"""People. Every world sees the town's, and its own, which win."""

from __future__ import annotations

from collections.abc import Callable

from ..records import TOWN, User, encode
from .base import Base, record_of, whole
from .batch import Batch, Later


class Users(Base):
    def read_user(self, batch: Batch, world: str, uid: str) -> Later[User | None]:
        """One world's own user; every world also sees the town's (``see_user``)."""
        return batch.call("get", self.keys.user(world, uid), decode=record_of(User))

    def user(self, world: str, uid: str) -> User | None:
        batch = self.batch()
        found = self.see_user(batch, world, uid)
        batch.run()
        return found()

    def see_user(self, batch: Batch, world: str, uid: str) -> Callable[[], User | None]:
        """The user whom a world sees under ``uid``, its own or the town's; call it once the batch ran."""
        own, town = self.read_user(batch, world, uid), self.read_user(batch, TOWN, uid)
        return lambda: own.value or town.value

    def save_user(self, user: User) -> None:
        batch = self.batch()
        batch.call("set", self.keys.user(user.world, user.uid), encode(user))
        batch.call("sadd", self.keys.users(user.world), user.uid)
        batch.run()

    def save_virtual_user(self, user: User, life: float) -> None:
        """One that stands in no list and is forgotten ``life`` seconds from now."""
        tail = f"user:{user.uid}"
        batch = self.batch()
        batch.call("set", self.keys.user(user.world, user.uid), encode(user), ex=whole(life))
        self._index(batch, user.world, tail, life)
        batch.run()

    def delete_user(self, world: str, uid: str) -> None:
        batch = self.batch()
        batch.call("del", self.keys.user(world, uid))
        batch.call("srem", self.keys.users(world), uid)
        batch.run()

    def users(self, world: str) -> list[User]:
        """The town's and the world's own, which win."""
        seen: dict[str, User] = {}
        for place in dict.fromkeys((TOWN, world)):
            uids = sorted(self._members(self.keys.users(place)))
            seen |= {user.uid: user for user in self._all(User, [self.keys.user(place, uid) for uid in uids])}
        return list(seen.values())
