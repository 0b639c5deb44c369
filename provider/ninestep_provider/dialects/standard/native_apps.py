"""Where a native app may be sent back to (RFC 8252 §7): a loopback address on whatever port it got, or its own scheme.

``localhost`` is no such address: who owns that name is up to the machine (§7.3, §8.3). As an exact string it may be
registered like any other.
"""

from __future__ import annotations

import re

from ninestep.records import App

from ...engine.location import source, split

NATIVE = "native"
LOOPBACK = ("127.0.0.1", "::1")
PLAIN = re.compile(r"[!#-;=?-Z_a-z~&\[\]%]+")  # no space, quote, backslash or angle bracket


def matches(app: App, redirect_uri: str) -> bool:
    """Whether it is the address of one that was registered, but for a loopback address's port."""
    here = _portless(redirect_uri)
    return bool(here) and any(_portless(uri) == here for uri in app.redirect_uris)


def own(uri: str) -> bool:
    """Whether only the app itself gets what is sent there: a loopback address, or a private-use scheme."""
    return bool(_portless(uri)) or private(uri)


def private(uri: str) -> bool:
    """A scheme made of a domain name in reverse (§7.1): ``com.example.app:/callback``."""
    return bool(PLAIN.fullmatch(uri)) and source(uri).endswith(":")


def _portless(uri: str) -> str:
    """A loopback address without its port; "" for any other."""
    parts = split(uri)
    if parts is None or parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return ""
    behind = uri[uri.index("://") + len("://") + len(parts.netloc) :]
    return f"{parts.hostname} {behind}"
