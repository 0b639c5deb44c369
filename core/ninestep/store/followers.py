"""Who follows an official account: said of one user and one app, else the persona's own habit (``User.follows``)."""

from __future__ import annotations

from ..records import User
from .base import Base


class Followers(Base):
    def follow(self, world: str, appid: str, uid: str, follows: bool) -> None:
        self.redis.hset(self.keys.followers(world, appid), uid, int(follows))

    def follows(self, world: str, appid: str, user: User) -> bool:
        said = self.redis.hget(self.keys.followers(world, appid), user.uid)
        return bool(int(said)) if said is not None else user.follows

    def followers(self, world: str, appid: str, users: list[User]) -> list[User]:
        """Those of ``users`` who follow, in their order."""
        said = {
            uid.decode(): bool(int(raw))
            for uid, raw in self.redis.hgetall(self.keys.followers(world, appid)).items()
        }
        return [user for user in users if said.get(user.uid, user.follows)]
