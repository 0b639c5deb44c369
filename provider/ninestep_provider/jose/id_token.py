"""The id_token (OpenID Connect Core §2): who logged in, when, and for which request."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from ninestep.dialects.standard.jwt_time import moment
from ninestep.records import App

from ..services import Services
from . import ALGORITHMS

TYPE = "JWT"  # an access token and a logout token have types of their own
LIFE = 3600  # seconds; it is read at the login and never again
HASHES = {"RS256": "sha256", "ES256": "sha256", "EdDSA": "sha512"}


def algorithm(app: App) -> str:
    """OpenID Connect Registration §2."""
    return app.id_token_signed_response_alg or ALGORITHMS[0]


def id_token(
    services: Services, app: App, subject: str, now: float, auth_time: float, wrong: str = "", **more: Any
) -> str:
    """``now`` and ``auth_time`` are the world's. ``wrong`` is what a fault wants to be wrong. ``more``: nonce and
    claims, without those that are None; ``access_token`` and ``code``, whose hashes stand in it."""
    from . import keys

    alg = algorithm(app)
    ahead = now - moment(app, now)
    issued = int(now - ahead)
    claims = {
        "iss": services.settings.provider_url,
        "sub": subject,
        "aud": app.appid,
        "exp": issued + LIFE,
        "iat": issued,
        "auth_time": int(min(auth_time, now) - ahead),  # a clock may have gone back since
        "at_hash": half_hash(alg, more.pop("access_token", None)),
        "c_hash": half_hash(alg, more.pop("code", None)),
        **more,
    }
    told = {name: value for name, value in claims.items() if value is not None}
    if wrong:
        from .misbehaving import signed

        return signed(services, alg, told, wrong)
    return keys.sign(services, alg, told, typ=TYPE)


def read(services: Services, text: str) -> dict[str, Any] | None:
    """The claims of an id_token of ours, also of one that has expired (OpenID Connect RP-Initiated Logout §4); None for
    anything else."""
    from . import keys

    token = keys.verified(services, text)
    ours = services.settings.provider_url
    if token is None or token.header.get("typ") != TYPE or token.claims.get("iss") != ours:
        return None
    claims = dict(token.claims)
    return claims if all(isinstance(claims.get(name), str) for name in ("sub", "aud")) else None


def half_hash(alg: str, secret: str | None) -> str | None:
    """The left half of its hash, in base64url (Core §3.1.3.6)."""
    if secret is None:
        return None
    whole = hashlib.new(HASHES[alg], secret.encode()).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).decode().rstrip("=")
