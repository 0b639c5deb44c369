"""Plain OAuth 2.0: the RFC's own words."""

from __future__ import annotations

import secrets

from ...records import Ttl
from ..policies import COMMON, LOGIN_PAGE, Policy, table

NAME = "standard"
KINDS = ("web", "spa", "native", "machine")
SCOPES = dict.fromkeys(
    KINDS,
    ("openid", "profile", "email", "offline_access", "user_info", "read", "articles.read", "articles.write"),
)
OF_USERS = ("openid", "profile", "email", "offline_access", "user_info")  # mean nothing without a user
POLICIES = table(
    *COMMON,
    Policy(
        "require_pkce",
        False,
        False,
        "refuse an authorization request without an S256 challenge (RFC 9700 §2.1.1)",
    ),
    Policy(
        "require_par",
        False,
        False,
        "refuse an authorization request that was not pushed before (RFC 9126 §5)",
    ),
    Policy("rotate_refresh", True, True, "a refresh answers a new refresh token and spends the old one"),
    LOGIN_PAGE,
    Policy(
        "jwt_time",
        "real",
        "real",
        "times in id_tokens and JWT access tokens: of this machine, as clients check them, or of the world's clock",
        ("real", "virtual"),
    ),
    Policy(
        "id_token_claims",
        "asked",
        "asked",
        "asked: claims of profile and email at userinfo alone (OpenID Connect Core §5.4); scopes: in the id_token too",
        ("asked", "scopes"),
    ),
    Policy(
        "token_answer",
        "rfc",
        "rfc",
        "ab_site: `bearer` in lower case, with `uid` and `info` beside it, as the A/B sites of the seed have it",
        ("rfc", "ab_site"),
    ),
    Policy(
        "dpop_nonce",
        False,
        False,
        "a DPoP proof has to carry a nonce of this server (RFC 9449 §8), at the token endpoint and at protected data",
    ),
    Policy("scope_items", False, False, "the user can untick scopes on the consent page"),
    Policy(
        "remember_consent",
        True,
        True,
        "an earlier consent answers a later request for the same scopes; for a native app at a loopback address or a "
        "scheme of its own only if the app sets it itself (RFC 8252 §8.6)",
    ),
)


def new_appid(kind: str) -> str:
    return secrets.token_hex(8)


def lifetimes(kind: str, fidelity: str) -> Ttl:
    return Ttl(code=600, access=3600, refresh=2592000)
