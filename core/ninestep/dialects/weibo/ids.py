"""How Weibo's identifiers look: uid (derived, no secret), codes and tokens (random, secret)."""

from __future__ import annotations

import secrets
import string

from ..derived import derived

ALPHABET = string.ascii_letters + string.digits
TOKEN_PREFIX = "2.00"


def uid(user: str) -> int:
    """Ten digits, the same for every app: Weibo has no openid."""
    return 10**9 + int.from_bytes(derived(f"weibo|{user}")[:8]) % (6 * 10**9)


def code() -> str:
    """32 hex digits, lower case; 128 random bits."""
    return secrets.token_hex(16)


def token() -> str:
    """``2.00`` and 28 alphanumerics; 166 random bits."""
    return TOKEN_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(28))
