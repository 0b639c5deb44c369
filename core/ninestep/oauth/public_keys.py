"""A client's own public keys (RFC 7517), registered or brought along: which are taken, and what they open as."""

from __future__ import annotations

import warnings
from typing import Any

PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 §6: what nobody else may have
KINDS = ("RSA", "EC", "OKP")
SHORTEST, LONGEST = 2048, 8192  # bits of an RSA modulus; the first is RFC 7518 §3.3's
GREATEST = 2**32  # an exponent beyond it serves nobody but who wants a server to reckon


def opened(jwk: dict[str, Any]) -> Any:
    """A joserfc key; None for what is none."""
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    # joserfc warns of the name EdDSA (RFC 9864 has narrower ones); clients know no other yet.
    warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)
    kinds: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    try:
        return kinds[jwk["kty"]].import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def unfit(key: Any) -> str:
    """Why a joserfc key is not taken, if it is RSA: too short to mean anything, or dear to look at; "" for nothing."""
    if key.key_type != "RSA":
        return ""
    public = key.raw_value
    if not SHORTEST <= public.key_size <= LONGEST:
        return f"its modulus has {public.key_size} bits, and can have {SHORTEST} to {LONGEST} (RFC 7518 §3.3)"
    return "" if public.public_numbers().e < GREATEST else "its exponent is no usual one (65537)"
