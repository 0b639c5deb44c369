"""A JSON Web Token (RFC 7519), read without trusting it: header and claims; of the signature only its algorithm."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from ninestep.clock import iso

from ...services import services
from . import known

TIMES = ("exp", "iat", "nbf", "auth_time")
LONGEST = 200  # of a claim's value, as it is shown
MOST = 40  # claims


def read(value: str) -> dict[str, Any] | None:
    """None for what is no JWT. Its times are compared with real time: a JWT's reader has no other (design.md §6)."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    header, claims = _object(parts[0]), _object(parts[1])
    if header is None or claims is None or "alg" not in header:
        return None
    now, algorithm = time.time(), _text(header["alg"])[:20]
    issuer = _text(claims.get("iss", ""))[:LONGEST]
    warnings = ["unsigned"] if algorithm.lower() == "none" or not parts[2] else []
    return {
        "kind": "jwt",
        "masked": known.masked(value),
        "algorithm": algorithm,
        "issuer": issuer,
        "issued_here": issuer == services().settings.provider_url,
        "state": _state(claims, now),
        "claims": [
            {"name": _text(name)[:64], "value": _told(name, claims[name])} for name in list(claims)[:MOST]
        ],
        "warnings": warnings,
    }


def _object(part: str) -> dict[str, Any] | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _state(claims: dict[str, Any], now: float) -> str:
    exp, nbf = _number(claims.get("exp")), _number(claims.get("nbf"))
    if exp is not None and now >= exp:
        return "expired"
    if nbf is not None and now < nbf:
        return "early"
    return "active" if exp is not None else "endless"


def _told(name: str, value: Any) -> str:
    moment = _number(value) if name in TIMES else None
    if moment is not None:
        try:
            return iso(moment)
        except (ValueError, OverflowError, OSError):
            return str(value)[:LONGEST]
    return _text(value)[:LONGEST]


def _text(value: Any) -> str:
    """JSON can spell half a surrogate, which no answer can hold."""
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain.encode("utf-8", "replace").decode()


def _number(value: Any) -> float | None:
    """As it is: an integer of JSON may be larger than any float, and can be compared all the same."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
