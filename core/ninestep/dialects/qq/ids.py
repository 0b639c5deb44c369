"""How QQ's identifiers look: openid and unionid (derived, no secrets), codes and tokens (random, secret)."""

from __future__ import annotations

import secrets

from ..derived import derived


def openid(appid: str, uid: str) -> str:
    """32 hex digits, upper case; different for each app (wire.md E.3)."""
    return _derived(f"qq openid|{appid}|{uid}")


def unionid(open_platform: str, uid: str) -> str:
    """``UID_`` and 32 more; the same for every app of one company's account."""
    return "UID_" + _derived(f"qq unionid|{open_platform}|{uid}")


def secret() -> str:
    """A code, an access token or a refresh token: 32 hex digits, upper case; 128 random bits."""
    return secrets.token_hex(16).upper()


def _derived(text: str) -> str:
    return derived(text)[:16].hex().upper()
