"""id_tokens that a client has to refuse (OpenID Connect Core §3.1.3.7), each wrong in one thing alone: the values of
the fault ``id_token`` (``ninestep.faults.kinds``)."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from ..services import Services
from . import MARK, keys

ALTERED = "altered"
LATE = 7200  # seconds: it expired an hour ago


def signed(services: Services, alg: str, claims: dict[str, Any], wrong: str) -> str:
    told = {**claims, **_claims(claims, wrong)}
    match wrong:
        case "alg_none":
            return _unsigned(told)
        case "wrong_key":
            return keys.sign_with_another(alg, told, keys.in_use(services, alg).kid)
        case "unknown_kid":
            return keys.sign_with_another(alg, told, f"{MARK}unknown")
    return keys.sign(services, alg, told)


def _claims(claims: dict[str, Any], wrong: str) -> dict[str, Any]:
    """The claims that differ."""
    match wrong:
        case "iss":
            return {"iss": f"{claims['iss']}/{ALTERED}"}
        case "aud" | "nonce" | "at_hash":
            return {wrong: f"{ALTERED}-{claims.get(wrong, '')}"}
        case "expired":
            return {name: claims[name] - LATE for name in ("iat", "exp", "auth_time")}
    return {}


def _unsigned(claims: dict[str, Any]) -> str:
    """RFC 7515 §A.5: an unsecured JWS, with nothing after its second dot."""
    parts = (msgspec.json.encode({"alg": "none", "typ": "JWT"}), msgspec.json.encode(claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
