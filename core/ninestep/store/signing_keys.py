"""The town's keys that sign tokens: one in use for each algorithm, and those that were in use before.

Sealed: what stands in Redis opens with a key that is not there (``keyring.cipher``).
"""

from __future__ import annotations

from ..records import SigningKey, decode, encode
from . import scripts
from .base import Base
from .batch import Script

ROTATE = Script(scripts.ROTATE)


class SigningKeys(Base):
    def signing_keys(self) -> list[SigningKey]:
        """Every key that there is, those in use first."""
        found = self.redis.hgetall(self.keys.signing_keys).values()
        keys = [key for raw in found if (key := decode(SigningKey, raw))]
        return sorted(keys, key=lambda key: (key.retired_at, key.alg, key.kid))

    def keep_signing_key(self, key: SigningKey) -> SigningKey:
        """The key in use for its algorithm: this one, unless another process was first."""
        name = self.keys.signing_keys
        self.redis.hsetnx(name, key.alg, encode(key))
        kept = decode(SigningKey, self.redis.hget(name, key.alg))
        return kept or key

    def rotate_signing_key(self, fresh: SigningKey, oldest: float) -> None:
        """``fresh`` is in use from now on. What it follows stays published as retired, until it retired before
        ``oldest``."""
        ROTATE.run(self.redis, [self.keys.signing_keys], [fresh.alg, encode(fresh), fresh.created_at, oldest])
