"""Parts of a recorded address, cut by hand: what somebody sent need not be one, and a parser would raise."""

from __future__ import annotations


def path(url: str) -> str:
    """From the slash after the host to the query: ``/sns/userinfo``; "" where there is none."""
    _, slash, rest = url.partition("?")[0].partition("#")[0].partition("://")[2].partition("/")
    return slash + rest


def query(url: str) -> str:
    return url.partition("#")[0].partition("?")[2]
