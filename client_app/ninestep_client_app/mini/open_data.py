"""What WeChat signed and encrypted for the page, opened with the user's session_key (wire.md C.4)."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

BITS = 128


class Unreadable(Exception):
    """Not encrypted under this key and iv, or altered: nobody is told which."""


def signed(raw_data: str, signature: str, session_key: str) -> bool:
    """Whether ``signature`` is sha1(rawData + session_key), the key as its base64 text."""
    right = hashlib.sha1((raw_data + session_key).encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(signature.encode(), right.encode())


def opened(session_key: str, encrypted_data: str, iv: str) -> dict[str, Any]:
    """AES-128-CBC, PKCS#7, and a JSON object inside. Raises Unreadable."""
    try:
        key, start, sealed = (b64decode(text, validate=True) for text in (session_key, iv, encrypted_data))
        decryptor = Cipher(algorithms.AES128(key), modes.CBC(start)).decryptor()
        unpadder = PKCS7(BITS).unpadder()
        padded = decryptor.update(sealed) + decryptor.finalize()
        document = json.loads((unpadder.update(padded) + unpadder.finalize()).decode())
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(document, dict):
        raise Unreadable
    return document


def session_proof(session_key: str) -> str:
    """``signature`` of checksession: it proves the key without telling it (wire.md C.3)."""
    return hmac.digest(session_key.encode(), b"", hashlib.sha256).hex()
