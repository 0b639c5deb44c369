"""How WeChat's identifiers look: openid and unionid (derived, no secrets), codes and tokens (random, secret)."""

from __future__ import annotations

import base64
import secrets
import string

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from ..derived import derived

ALPHABET = string.ascii_letters + string.digits
TOKEN_PREFIX = "83_"


def openid(appid: str, uid: str) -> str:
    """28 characters, different for each app (wire.md A.2)."""
    return "o" + _derived(f"openid|{appid}|{uid}")


def unionid(open_platform: str, uid: str) -> str:
    """28 characters, the same for every app of one Open Platform account."""
    return "o" + _derived(f"unionid|{open_platform}|{uid}")


def code() -> str:
    """32 alphanumerics that start with ``0`` and two digits (wire.md A.1.3); 172 random bits."""
    return f"0{secrets.randbelow(100):02d}{_alphanumerics(29)}"


def qr_uuid() -> str:
    """16 alphanumerics (wire.md B.2); 95 random bits for five minutes."""
    return _alphanumerics(16)


def is_qr_uuid(text: str) -> bool:
    return len(text) == 16 and text.isascii() and text.isalnum()


def refresh_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(81)[:107]


def access_token(refresh: str, counter: int) -> str:
    """The ``counter``-th access token of a refresh token: the platform answers the same one until it has expired,
    and deriving it means that nothing secret is stored (design.md §5)."""
    kdf = HKDFExpand(algorithm=hashes.SHA256(), length=81, info=f"access|{counter}".encode())
    return TOKEN_PREFIX + base64.urlsafe_b64encode(kdf.derive(refresh.encode())).decode()[:107]


def _alphanumerics(length: int) -> str:
    """Uniform: of 256 byte values the last 8 are thrown away, so that 62 divides the rest."""
    found = ""
    while len(found) < length:
        found += "".join([ALPHABET[byte % 62] for byte in secrets.token_bytes(2 * length) if byte < 248])
    return found[:length]


def _derived(text: str) -> str:
    return base64.urlsafe_b64encode(derived(text)).decode()[:27]
