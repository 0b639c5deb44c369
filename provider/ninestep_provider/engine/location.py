"""Adding parameters to a redirect_uri without touching a byte of what was registered."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit


def append_query(uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """``uri`` with ``pairs`` behind its own query string and before its fragment (RFC 6749 §4.1.2)."""
    base, hash_, fragment = uri.partition("#")
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return base + joint + urlencode(list(pairs)) + hash_ + fragment


def origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
