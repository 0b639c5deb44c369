"""Which RSA keys of a client are taken: none that is too short to mean anything, and none that is dear to look at."""

from __future__ import annotations

from typing import Any

SHORTEST, LONGEST = 2048, 8192  # bits of the modulus; the first is RFC 7518 §3.3's
GREATEST = 2**32  # an exponent beyond it serves nobody but who wants a server to reckon


def problem(key: Any) -> str:
    """What is wrong with an RSA key of joserfc's; "" for nothing, and for keys of other kinds."""
    if key.key_type != "RSA":
        return ""
    public = key.raw_value
    if not SHORTEST <= public.key_size <= LONGEST:
        return f"its modulus has {public.key_size} bits, and can have {SHORTEST} to {LONGEST} (RFC 7518 §3.3)"
    return "" if public.public_numbers().e < GREATEST else "its exponent is no usual one (65537)"
