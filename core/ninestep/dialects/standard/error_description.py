"""What may stand in an ``error_description``: in an answer (RFC 6749 §5.2) and in a challenge (RFC 6750 §3) alike."""

from __future__ import annotations

MOST = 400  # characters


def plain(text: str) -> str:
    """Printable ASCII without quotes and backslashes."""
    text = text.replace('"', "'")
    return "".join(c if " " <= c <= "~" and c != "\\" else "?" for c in text)[:MOST]
