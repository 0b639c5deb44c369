"""Plain OAuth 2.0: the RFC's own words."""

from __future__ import annotations

import secrets

from ...records import Ttl
from ..policies import COMMON, LOGIN_PAGE, Policy, table

NAME = "standard"
KINDS = ("web", "spa", "native")
SCOPES = dict.fromkeys(KINDS, ("openid", "profile", "email", "offline_access", "user_info", "read"))
POLICIES = table(
    *COMMON,
    Policy(
        "require_pkce",
        False,
        False,
        "refuse an authorization request without an S256 challenge (RFC 9700 §2.1.1)",
    ),
    Policy("rotate_refresh", True, True, "a refresh answers a new refresh token and spends the old one"),
    LOGIN_PAGE,
    Policy("scope_items", False, False, "the user can untick scopes on the consent page"),
    Policy("remember_consent", True, True, "an earlier consent answers a later request for the same scopes"),
)


def new_appid(kind: str) -> str:
    return secrets.token_hex(8)


def lifetimes(kind: str, fidelity: str) -> Ttl:
    return Ttl(code=600, access=3600, refresh=2592000)
