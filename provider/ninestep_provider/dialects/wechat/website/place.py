"""Where a request came from, in words that a person can check against the screen before them (RFC 10027 §6.1)."""

from __future__ import annotations

BROWSERS = (  # in this order: each later one is named in the User-Agent of some earlier
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def browser(user_agent: str) -> str:
    """«Chrome»; for a program its own first word, «curl»; "" for one that says nothing."""
    for mark, name in BROWSERS:
        if mark in user_agent:
            return name
    return user_agent.partition("/")[0].partition(" ")[0][:32]
