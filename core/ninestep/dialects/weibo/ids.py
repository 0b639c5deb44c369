"""How Weibo's identifiers look: uid (derived, no secret), codes and tokens (random, secret)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string

PUBLIC_KEY = b"ninestep: identifiers are the same on every machine"
ALPHABET = string.ascii_letters + string.digits
TOKEN_PREFIX = "2.00"


def uid(user: str) -> int:
    """Ten digits, the same for every app: Weibo has no openid."""
    derived = hmac.digest(PUBLIC_KEY, f"weibo|{user}".encode(), hashlib.sha256)
    return 10**9 + int.from_bytes(derived[:8]) % (6 * 10**9)


def code() -> str:
    """32 hex digits, lower case; 128 random bits."""
    return secrets.token_hex(16)


def token() -> str:
    """``2.00`` and 28 alphanumerics; 166 random bits."""
    return TOKEN_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(28))
