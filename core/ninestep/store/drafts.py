"""Drafts that clients wrote for their users, at the resource API: one per article, the newest."""

from __future__ import annotations

from .base import MEMORY, Base
from .batch import Batch, Later, pairs


class Drafts(Base):
    def save_draft(self, world: str, uid: str, article: str, text: str) -> None:
        tail = _tail(uid)
        batch = self.batch()
        batch.call("hset", self.keys.of(world, tail), article, text)
        batch.call("expire", self.keys.of(world, tail), MEMORY)
        self._index(batch, world, tail, MEMORY)
        batch.run()

    def delete_draft(self, world: str, uid: str, article: str) -> None:
        self.redis.hdel(self.keys.of(world, _tail(uid)), article)

    def read_drafts(self, batch: Batch, world: str, uid: str) -> Later[dict[str, str]]:
        """Article -> text."""
        return batch.call("hgetall", self.keys.of(world, _tail(uid)), decode=_texts)


def _tail(uid: str) -> str:
    return f"drafts:{uid}"


def _texts(reply: object) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in pairs(reply).items()}
