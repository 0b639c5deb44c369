"""QQ Connect's words: wire.md E, and what of it an app decides for itself."""

from __future__ import annotations

import secrets

from ...records import Ttl
from ..policies import COMMON, IGNORES_PKCE, IMPLICIT, LOGIN_PAGE, Policy, table
from .scopes import NAMES

NAME = "qq"
KINDS = ("web", "mobile")
SCOPES = dict.fromkeys(KINDS, NAMES)
POLICIES = table(
    *COMMON,
    LOGIN_PAGE,
    Policy("scope_items", True, True, "the user can untick all but get_user_info on the consent page"),
    Policy("remember_consent", True, True, "an earlier consent answers a later request"),
    Policy(
        "redirect_match",
        "exact",
        "exact",
        "how a redirect_uri is compared: exact, below a registered one, or anywhere on a registered one's domain",
        ("exact", "prefix", "domain"),
    ),
    Policy(
        "refusal",
        "platform",
        "platform",
        "what a user's no looks like: usercancel=1 under display=mobile and no redirect else, or always one of them",
        ("platform", "usercancel", "none"),
    ),
    Policy(
        "unionid_by_scope",
        False,
        False,
        "/oauth2.0/me gives a unionid only to a token with get_unionId; false: to every token of an app that has it",
    ),
    Policy(
        "profile_era",
        "2021",
        "2021",
        "place and year of birth: withdrawn, or as before",
        ("2021", "legacy"),
    ),
    IMPLICIT,
    IGNORES_PKCE,
)


def new_appid(kind: str) -> str:
    """Nine digits, as a website's or an app's that was registered in the last years."""
    return str(101_000_000 + secrets.randbelow(899_000_000))


def lifetimes(kind: str, fidelity: str) -> Ttl:
    """90 days, as captured; the docs say 60 (wire.md §9), which an app gets by ``ttl.access``. ``refresh`` is how long
    a chain of refreshes goes on: 3 months (wire.md E.2)."""
    return Ttl(code=600, access=7776000, refresh=7776000)
