"""A mini program's data as WeChat encrypts and signs it (wire.md C.4, C.5), and how its secrets look (D.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CGI_OVERLAP = 300  # the one before it stays valid so long, and a stable one is renewed so long before its end
FORCED_A_DAY, FORCED_APART = (
    20,
    30,
)  # of force_refresh (C.6): so often in 24 hours, so many seconds between two
PHONE_CODE_LIFE = 300
SESSION_LIFE = 3 * 86400  # not published (C.2); from the user's last act, who is active keeps it
BLOCK = 16
ANONYMOUS = "微信用户"  # since 2022-10 nobody's profile is told (C.4)
ANONYMOUS_AVATAR = (
    "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg"
)
PHONE = re.compile(r"(?:\+(\d{1,3}) )?(\d{5,15})")


def encrypt(session_key: str, iv: str, text: str) -> str:
    """``encryptedData``: AES-128-CBC, PKCS#7; all three are base64 (C.4)."""
    raw = text.encode()
    padding = BLOCK - len(raw) % BLOCK
    encryptor = _cipher(session_key, iv).encryptor()
    return base64.b64encode(
        encryptor.update(raw + bytes([padding]) * padding) + encryptor.finalize()
    ).decode()


def decrypt(session_key: str, iv: str, encrypted: str) -> str:
    """The text again. ValueError for a wrong key, iv or padding, without telling which."""
    try:
        decryptor = _cipher(session_key, iv).decryptor()
        raw = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        padding = raw[-1] if raw else 0
        if not 1 <= padding <= BLOCK or raw[-padding:] != bytes([padding]) * padding:
            raise ValueError
        return raw[:-padding].decode()
    except (ValueError, NotBase64):
        raise ValueError("encryptedData cannot be decrypted with this session_key and iv") from None


def new_iv() -> str:
    return base64.b64encode(secrets.token_bytes(BLOCK)).decode()


def raw_data_signature(raw_data: str, session_key: str) -> str:
    """``signature`` beside ``rawData``; the session_key is taken as its base64 text (C.4)."""
    return hashlib.sha1((raw_data + session_key).encode(), usedforsecurity=False).hexdigest()


def session_signature(session_key: str) -> str:
    """``signature`` of checksession: HMAC-SHA256 of nothing with the key's base64 text (C.3)."""
    return hmac.digest(session_key.encode(), b"", hashlib.sha256).hex()


def session_key(root: str, appid: str, openid: str, nonce: str) -> str:
    """24 characters of base64 over 16 bytes. Derived, so that the store holds only the nonce (design.md §5)."""
    label = f"session_key|{appid}|{openid}|{nonce}"
    return base64.b64encode(hmac.digest(root.encode(), label.encode(), hashlib.sha256)[:BLOCK]).decode()


def cgi_token(root: str, appid: str, nonce: str) -> str:
    """136 URL-safe characters. Derived likewise: a stable token is told again, and stands nowhere."""
    kdf = HKDFExpand(algorithm=hashes.SHA256(), length=100, info=f"cgi_token|{appid}|{nonce}".encode())
    return "83_" + base64.urlsafe_b64encode(kdf.derive(root.encode())).decode()[:133]


def phone_code() -> str:
    """64 hexadecimal digits (C.5)."""
    return secrets.token_hex(32)


def phone_number(given: str, uid: str) -> dict[str, str]:
    """phoneNumber, purePhoneNumber, countryCode of ``+852 61234567`` or of a plain Chinese number; a user who was given
    none has one that follows from the uid. A foreign phoneNumber carries its country code (C.5)."""
    found = PHONE.fullmatch(given)
    if found is None:
        following = int.from_bytes(hashlib.sha256(uid.encode()).digest()[:8], "big") % 10**8
        country, pure = "86", f"138{following:08d}"
    else:
        country, pure = found[1] or "86", found[2]
    whole = pure if country == "86" else country + pure
    return {"phoneNumber": whole, "purePhoneNumber": pure, "countryCode": country}


def with_watermark(data: Mapping[str, Any], appid: str, now: float) -> dict[str, Any]:
    return {**data, "watermark": {"timestamp": int(now), "appid": appid}}


def written(data: Mapping[str, Any]) -> str:
    """The JSON text that is signed or encrypted: compact, nothing escaped (C.4's vector)."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _cipher(session_key: str, iv: str) -> Cipher[modes.CBC]:
    key, start = base64.b64decode(session_key, validate=True), base64.b64decode(iv, validate=True)
    if len(key) != BLOCK or len(start) != BLOCK:
        raise ValueError("session_key and iv are 16 bytes each")
    return Cipher(algorithms.AES(key), modes.CBC(start))
