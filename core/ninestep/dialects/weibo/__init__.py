"""Weibo's words: wire.md F, and what of it an app decides for itself."""

from __future__ import annotations

import secrets

from ...records import Ttl
from ..policies import COMMON, IGNORES_PKCE, IMPLICIT, LOGIN_PAGE, Policy, table
from .scopes import NAMES

NAME = "weibo"
KINDS = ("web", "mobile")
SCOPES = dict.fromkeys(KINDS, NAMES)
POLICIES = table(
    *COMMON,
    LOGIN_PAGE,
    Policy("scope_items", True, True, "the user can untick scopes on the consent page"),
    Policy(
        "remember_consent", True, True, "an earlier consent answers a later request, unless forcelogin=true"
    ),
    Policy(
        "email_answer",
        "array",
        "array",
        "what /2/account/profile/email.json answers with the email scope",
        ("array", "object"),
    ),
    Policy(
        "unaudited",
        False,
        False,
        "an app that was not approved yet: only its testers may authorize it (21321)",
    ),
    IMPLICIT,
    IGNORES_PKCE,
)


def new_appid(kind: str) -> str:
    """An App Key: ten digits."""
    return str(10**9 + secrets.randbelow(9 * 10**9))


def lifetimes(kind: str, fidelity: str) -> Ttl:
    """30 days, an approved app's; one under review has 1 day, its developer's own account 157679999 s (wire.md F): say
    so by ``ttl``. No source tells a code's life (RFC 6749 §4.1.2: at most 10 minutes), nor a refresh token's: twice the
    access token's, so that one that has just ended can still be renewed."""
    return Ttl(code=600, access=2592000, refresh=5184000)
