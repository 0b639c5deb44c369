"""The token answer of the A/B sites (S2 授权过程 3): who it is comes along with the token."""

from __future__ import annotations

import hashlib
from typing import Any

from ...records import User

FIRST = 100_000  # the seed's example is 100101


def members(user: User, avatar: str) -> dict[str, Any]:
    return {"token_type": "bearer", "uid": uid(user.uid), "info": {"name": user.name, "avatar": avatar}}


def uid(name: str) -> int:
    """A number, the same on every machine."""
    return FIRST + int.from_bytes(hashlib.sha256(name.encode()).digest()[:6])
