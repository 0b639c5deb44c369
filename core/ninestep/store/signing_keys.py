"""The town's keys that sign tokens: one in use for each algorithm, the next one, and those that were in use before.

Sealed: what stands in Redis opens with a key that is not there (``keyring.cipher``).
"""

from __future__ import annotations

from ..records import SigningKey, decode, encode
from . import scripts
from .base import Base
from .batch import Script

ROTATE = Script(scripts.ROTATE)
NEXT = "next:"


class SigningKeys(Base):
    def signing_keys(self) -> list[SigningKey]:
        """Every key that signs or did, those in use first."""
        return self._signing_keys(waiting=False)

    def next_signing_keys(self) -> list[SigningKey]:
        """Those that sign nothing before the next rotation."""
        return self._signing_keys(waiting=True)

    def _signing_keys(self, waiting: bool) -> list[SigningKey]:
        found = self.redis.hgetall(self.keys.signing_keys).items()
        raws = [raw for name, raw in found if name.startswith(NEXT.encode()) == waiting]
        keys = [key for raw in raws if (key := decode(SigningKey, raw))]
        return sorted(keys, key=lambda key: (key.retired_at, key.alg, key.kid))

    def keep_signing_key(self, key: SigningKey) -> SigningKey:
        """The key in use for its algorithm: this one, unless another process was first."""
        name = self.keys.signing_keys
        self.redis.hsetnx(name, key.alg, encode(key))
        kept = decode(SigningKey, self.redis.hget(name, key.alg))
        return kept or key

    def keep_next_signing_key(self, key: SigningKey) -> None:
        """Unless one is waiting already."""
        self.redis.hsetnx(self.keys.signing_keys, NEXT + key.alg, encode(key))

    def rotate_signing_key(self, fresh: SigningKey, oldest: float) -> None:
        """The next key is in use from now on, and ``fresh`` is the next. What was in use stays published as retired,
        until it retired before ``oldest``."""
        ROTATE.run(self.redis, [self.keys.signing_keys], [fresh.alg, encode(fresh), fresh.created_at, oldest])
