"""The bytes of WeChat's JSON: compact, UTF-8, ``/`` escaped, ``text/plain`` without a charset (wire.md §0.3 fact 1)."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "text/plain"  # no charset: with one, or with application/json, two SDKs turn 张三 into escapes

TOKEN_FIELDS = (
    "access_token",
    "expires_in",
    "refresh_token",
    "openid",
    "scope",
    "unionid",
    "is_snapshotuser",
)
PROFILE_FIELDS = (
    "openid",
    "nickname",
    "sex",
    "language",
    "city",
    "province",
    "country",
    "headimgurl",
    "privilege",
    "unionid",
)


def write(document: Mapping[str, Any], fields: tuple[str, ...] = ()) -> bytes:
    """``document`` in the platform's field order; fields that are missing or None are left out."""
    if fields:
        document = {name: document[name] for name in fields if document.get(name) is not None}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return text.encode("utf-8", "replace")


def errmsg(message: str, suffix: str) -> str:
    """The message with the suffix of wire.md A.6: ``rid``, ``hints`` (before 2020) or ``none``."""
    match suffix:
        case "rid":
            groups = (f"{int(time.time()):08x}", secrets.token_hex(4), secrets.token_hex(4))
            return f"{message}, rid: {'-'.join(groups)}"
        case "hints":
            return f"{message}, hints: [ req_id: {secrets.token_urlsafe(6)}-{secrets.token_urlsafe(3)} ]"
    return message
