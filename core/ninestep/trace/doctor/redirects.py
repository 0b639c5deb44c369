"""redirect_uri, and what happens at the address it names."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ...settings import LOOPBACK_NAMES
from .. import address
from .case import Case, sent, values
from .finding import BAD, WARN, Hit, Rule

RAW = ("redirect_uri=http://", "redirect_uri=https://")


def not_https(case: Case) -> Iterator[Hit]:
    for e in case.asked():
        uri = sent(e).get("redirect_uri", "")
        if not uri.lower().startswith("http://"):
            continue
        host = _host(uri)
        if case.context.production:
            yield Hit(e, "redirect_uri", severity=BAD, values={"host": host})
        elif host not in LOOPBACK_NAMES and not host.endswith(".localhost"):
            yield Hit(e, "redirect_uri", values={"host": host})


def unencoded(case: Case) -> Iterator[Hit]:
    for e in case.asked():
        if any(part.lower().startswith(RAW) for part in address.query(e.request.url).split("&")):
            yield Hit(e, "redirect_uri")


def callback_stays(case: Case) -> Iterator[Hit]:
    """A page at the callback's own address: the code stays in the address bar, in the history, in a bookmark."""
    for e in case.named("callback.received"):
        if any(note.rule == "paused" for note in e.notes):
            continue  # step mode's own page, before the client has answered
        if values(e, "code", "request.query") and 200 <= e.response.status < 300:
            yield Hit(e, "code", "response", values={"status": str(e.response.status)})


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


RULES = (
    Rule("redirect_not_https", WARN, "S0 §5.4, §8.2", "RFC 6749 §3.1.2.1, RFC 9700 §2.6", not_https),
    Rule("redirect_unencoded", WARN, "S4", "RFC 6749 §3.1, Appendix B", unencoded),
    Rule("callback_stays", WARN, "S0 §5.4", "RFC 9700 §4.2.4, §4.3.1", callback_stays),
)
