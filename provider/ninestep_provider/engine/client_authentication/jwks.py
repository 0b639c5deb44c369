"""The keys that an app is registered with (RFC 7591 §2 ``jwks``): which set can be, and what its keys open as."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from ninestep.oauth.public_keys import KINDS, PRIVATE, opened, unfit
from ninestep.records import App


def problem(jwks: dict[str, Any]) -> str:
    """What is wrong with a set that somebody registers; "" for nothing."""
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        return 'a JWK set is {"keys": [...]} with at least one key (RFC 7517 §5)'
    for number, key in enumerate(keys):
        if secret := sorted(PRIVATE & key.keys()):
            return f"key {number} has its private half ({', '.join(secret)}): send public keys alone"
        if key.get("kty") not in KINDS:
            return f"key {number} is of kty {str(key.get('kty'))[:20]!r}; it can be {', '.join(KINDS)}"
        readable = opened(key)
        if readable is None:
            return f"key {number} cannot be read as a {key['kty']} key"
        if reason := unfit(readable):
            return f"key {number}: {reason}"
    kids = [key["kid"] for key in keys if "kid" in key]
    return "two keys have the same kid" if len(kids) != len(set(map(str, kids))) else ""


def keys_of(app: App) -> list[Any]:
    found = (
        _opened(msgspec.json.encode(key))
        for key in app.jwks.get("keys", [])
        if key.get("use", "sig") == "sig"
    )
    return [key for key in found if key is not None]


@lru_cache(maxsize=256)
def _opened(raw: bytes) -> Any:
    return opened(msgspec.json.decode(raw))
