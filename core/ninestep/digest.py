"""How a secret is named without being kept: SHA-256, as 43 URL-safe characters."""

from __future__ import annotations

import base64
import hashlib
import secrets


def digest(secret: str) -> str:
    raw = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(raw).decode()[:43]


def fresh_id(nbytes: int = 16) -> str:
    """A random identifier with ``8 * nbytes`` bits, in URL-safe characters; never with a ``-`` first, which a
    command would take for an option."""
    while (name := secrets.token_urlsafe(nbytes)).startswith("-"):
        pass
    return name
