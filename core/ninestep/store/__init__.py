"""The shared memory of the town: named verbs over Redis, each of them atomic where it has to be.

``Store`` knows keys, records and scripts; it knows nothing of HTTP or of OAuth's rules. Reads go through a ``Batch``
so that a request needs few round trips; what must not be divided is a Lua constant of ``scripts``.
"""

from __future__ import annotations

from redis.exceptions import RedisError

from .apps import Apps
from .arming import Arming
from .base import MEMORY
from .batch import Batch, Later
from .connection import connect
from .devices import Devices
from .drafts import Drafts
from .followers import Followers
from .grants import Grants
from .jtis import Jtis
from .logins import Logins
from .mini import Mini
from .scans import Scans
from .signing_keys import SigningKeys
from .single_use import REQUEST_LIFE, SingleUse, Taken
from .snapshots import Snapshots
from .stepping import Steps
from .testers import Testers
from .tokens import Tokens
from .users import Users
from .worlds import Worlds

__all__ = ["MEMORY", "REQUEST_LIFE", "Batch", "Later", "RedisError", "Store", "Taken", "connect"]


class Store(
    Snapshots,
    Steps,
    Worlds,
    Apps,
    Users,
    Followers,
    Testers,
    SingleUse,
    Grants,
    Tokens,
    Arming,
    Scans,
    Mini,
    Logins,
    Devices,
    Drafts,
    SigningKeys,
    Jtis,
):
    """Every verb; each stands in the file of its noun."""

    @classmethod
    def at(cls, url: str, prefix: str) -> Store:
        return cls(connect(url), prefix)
