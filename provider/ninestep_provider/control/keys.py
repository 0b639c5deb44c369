"""The keys that sign id_tokens, logout tokens and JWT access tokens."""

from __future__ import annotations

from typing import Any, TypedDict

from ninestep.clock import iso

from ..services import services
from .operation import Operations


class KeyAnswer(TypedDict):
    kid: str
    alg: str
    in_use: bool  # else it is only published, for what it signed before
    created: str
    retired: str | None
    jwk: dict[str, str]  # the public half (RFC 7517)


def register(operations: Operations) -> None:
    operations.add("GET", "/keys", all, answer=list[KeyAnswer])
    operations.add("POST", "/keys/rotate", rotate, answer=list[KeyAnswer])


def all() -> Any:
    """One key in use for each algorithm, and those that retired not long ago. The JWK set has the next ones, too."""
    from ..jose import keys

    keys.published(services())
    return _shown()


def rotate() -> Any:
    """Other keys for all algorithms. What the old ones signed can still be verified: they stay published for 7 days."""
    from ..jose import keys

    keys.rotate(services())
    return _shown()


def _shown() -> list[KeyAnswer]:
    return [
        {
            "kid": key.kid,
            "alg": key.alg,
            "in_use": not key.retired_at,
            "created": iso(key.created_at),
            "retired": iso(key.retired_at) if key.retired_at else None,
            "jwk": key.public,
        }
        for key in services().store.signing_keys()
    ]
