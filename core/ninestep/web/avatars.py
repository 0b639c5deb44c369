"""Where a user's avatar is served: the provider, under the platform's shape of path (wire.md A.4)."""

from __future__ import annotations

import base64
import hashlib

from ..records import User


def avatar_path(user: User) -> str:
    """``/mmopen/vi_32/<about 85 characters>/132``; the first part leads back to world and uid."""
    name = base64.urlsafe_b64encode(f"{user.world}/{user.uid}".encode()).decode().rstrip("=")
    filler = hashlib.sha256(name.encode()).hexdigest() * 2
    return f"/mmopen/vi_32/{name}.{filler[: max(0, 84 - len(name))]}/132"


def of_avatar(name: str) -> tuple[str, str]:
    """(world, uid) of an avatar's name. Raises ValueError for what we never made."""
    head = name.partition(".")[0]
    world, slash, uid = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).decode().partition("/")
    if not slash:
        raise ValueError(name)
    return world, uid


def avatar_url(provider_url: str, user: User) -> str:
    """The drawn avatar by default; what a user was given instead, also an empty one."""
    return provider_url + avatar_path(user) if user.avatar is None else user.avatar
