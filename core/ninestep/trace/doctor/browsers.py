"""Calls that only an app's own server should make, made by a page."""

from __future__ import annotations

from collections.abc import Iterator

from ..ledger.knowledge import from_browser
from .case import Case, values
from .finding import BAD, Hit, Rule


def exchange(case: Case) -> Iterator[Hit]:
    """A public client has no server and no secret: with PKCE it may ask from a page."""
    for e in case.named("code.redeemed", "token.refreshed"):
        confidential = case.app is None or not case.app.public or values(e, "client_secret", "request")
        if from_browser(e) and confidential:
            yield Hit(e, "client_secret" if values(e, "client_secret", "request") else "Origin")


def code2session(case: Case) -> Iterator[Hit]:
    for e in case.named("js_code.redeemed"):
        if from_browser(e):
            yield Hit(e, "client_secret")


RULES = (
    Rule("exchange_from_browser", BAD, "S0 §4.2, §8.2", "RFC 6749 §2.1, RFC 9700 §2.5", exchange),
    Rule("code2session_from_front_end", BAD, "S4", "RFC 6749 §2.3.1", code2session),
)
