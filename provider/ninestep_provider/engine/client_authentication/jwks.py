"""A client's own public keys (RFC 7591 §2 ``jwks``): which can be registered, and what they open as."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import msgspec
from ninestep.dialects.standard import rsa
from ninestep.records import App

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 §6: what nobody else may have
KINDS = ("RSA", "EC", "OKP")


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
        opened = _opened(msgspec.json.encode(key))
        if opened is None:
            return f"key {number} cannot be read as a {key['kty']} key"
        if unfit := rsa.problem(opened):
            return f"key {number}: {unfit}"
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
    """A joserfc key; None for none."""
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    # joserfc warns of the name EdDSA (RFC 9864 has narrower ones); clients know no other yet.
    warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)
    document = msgspec.json.decode(raw)
    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    try:
        return kinds[document["kty"]].import_key(document)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
