"""Addresses of clients: read with suspicion, and extended without touching a byte of what was registered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, quote, urlencode, urlsplit

CONTROL = re.compile(r"[\x00-\x1f\x7f]|^\s|\s$")  # a parser drops some of these, and so sees another address
PRIVATE = re.compile(r"[A-Za-z][A-Za-z0-9+-]*(\.[A-Za-z0-9+-]+)+:(?=/)")  # a domain name, turned round
# A name, also a Chinese one, or an address; and a port.
PLACE = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")


def split(uri: str) -> SplitResult | None:
    """The parts of an absolute http(s) address; None for anything that two readers could read in two ways."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "\\" in uri or CONTROL.search(uri):
        return None
    return parts if PLACE.fullmatch(parts.netloc) else None


def append_query(uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """``uri`` with ``pairs`` behind its own query string and before its fragment (RFC 6749 §4.1.2). A space is ``%20``,
    which every reader takes for one."""
    base, hash_, fragment = uri.partition("#")
    joint = "" if base.endswith(("?", "&")) else "&" if "?" in base else "?"
    return base + joint + urlencode(list(pairs), quote_via=quote) + hash_ + fragment


def append_fragment(uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """``uri`` with ``pairs`` in its fragment, which no server sees (RFC 6749 §4.2.2)."""
    base, _, own = uri.partition("#")
    return f"{base}#{own + '&' if own else ''}{urlencode(list(pairs), quote_via=quote)}"


def carry(mode: str, uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """``uri`` with an answer to the client: in its query, or in its fragment, where one for ``form_post`` stands too
    until a page posts it (a registered address has no fragment of its own: RFC 6749 §3.1.2)."""
    return append_query(uri, pairs) if mode == "query" else append_fragment(uri, pairs)


def source(uri: str) -> str:
    """Where an answer goes, as a policy of the browser and a person can read it: the origin, or the private-use scheme
    of a native app (RFC 8252 §7.1)."""
    scheme = PRIVATE.match(uri)
    return scheme[0].lower() if scheme else origin(uri)


def origin(uri: str) -> str:
    """Scheme, host and port as a header can hold them (a Chinese name in its ASCII form); "" for no http(s) address."""
    parts = split(uri)
    if parts is None:
        return ""
    try:
        return f"{parts.scheme}://{parts.netloc.encode('idna').decode()}"
    except UnicodeError:  # a label that is empty or too long
        return ""
