"""网页授权回调域名: the one domain that an app may be called back at, as somebody typed it (wire.md D)."""

from __future__ import annotations

import re

LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
PORT = re.compile(r"[1-9][0-9]{0,4}")
MOST_DOMAIN = 253


class BadDomain(Exception):
    """``problem`` is the last part of a word's key: scheme, path, port, empty, name."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def bare_domain(typed: str) -> str:
    """The callback domain as it is compared: a bare name, in ASCII and lower case. Raises BadDomain.

    The platform's rule (wire.md D): no ``http://``, no path. A port may follow, since localhost needs one.
    """
    text = typed.strip().lower()
    if not text:
        raise BadDomain("empty")
    if "://" in text:
        raise BadDomain("scheme")
    if "/" in text or "?" in text or "#" in text:
        raise BadDomain("path")
    name, colon, port = text.partition(":")
    if colon and not (PORT.fullmatch(port) and int(port) < 65536):
        raise BadDomain("port")
    try:
        ascii_name = name.encode("idna").decode()
    except UnicodeError:
        raise BadDomain("name") from None
    if len(ascii_name) > MOST_DOMAIN or not all(LABEL.fullmatch(label) for label in ascii_name.split(".")):
        raise BadDomain("name")
    return ascii_name + colon + port
