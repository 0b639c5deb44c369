"""Identifiers that follow from who they are of: the same on every machine and in every run, and no secrets."""

from __future__ import annotations

import hashlib
import hmac

PUBLIC_KEY = b"ninestep: identifiers are the same on every machine"


def derived(text: str) -> bytes:
    """32 bytes; each platform writes them in its own alphabet."""
    return hmac.digest(PUBLIC_KEY, text.encode(), hashlib.sha256)
