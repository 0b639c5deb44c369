"""JWTs that count once: the ``jti`` of who already came (RFC 7519 §4.1.7), kept for as long as its JWT is good."""

from __future__ import annotations

from ..digest import digest, fresh_id
from .base import MEMORY, Base, text, whole
from .batch import Later


class Jtis(Base):
    def use_jti(self, world: str, kind: str, owner: str, jti: str, life: float) -> bool:
        """Whether this call is the first with ``jti`` from ``owner``; one atomic step, also where a lost reply makes
        the line ask again. ``life`` is of real seconds; it is kept for longer, since a world's clock can go back."""
        tail = f"jti-{kind}:{digest(f'{owner}|{jti}')}"
        key, caller, kept = self.keys.of(world, tail), fresh_id(), whole(life + MEMORY)
        batch = self.batch()
        batch.call("set", key, caller, nx=True, ex=kept)
        owned: Later[str | None] = batch.call("get", key, decode=text)
        self._index(batch, world, tail, kept)
        batch.run()
        return owned.value == caller
