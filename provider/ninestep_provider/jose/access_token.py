"""Access tokens that say themselves what they allow (RFC 9068). They are kept like opaque ones: revoked is revoked."""

from __future__ import annotations

from typing import Any

from ninestep.dialects.standard.jwt_time import moment
from ninestep.digest import fresh_id
from ninestep.records import App

from ..services import Services
from . import keys
from .id_token import algorithm

TYPE = "at+jwt"  # RFC 9068 §2.1: nobody takes it for an id_token


def access_token(
    services: Services, app: App, subject: str, scopes: list[str], now: float, life: int, **more: Any
) -> str:
    """``now`` is the world's; ``subject`` is the user, or the app where it acts for itself."""
    issued = int(moment(app, now))
    claims = {
        "iss": services.settings.provider_url,
        "sub": subject,
        "aud": services.settings.resource_url,
        "exp": issued + life,
        "iat": issued,
        "jti": fresh_id(),
        "client_id": app.appid,
        "scope": " ".join(scopes) or None,
        **more,
    }
    told = {name: value for name, value in claims.items() if value is not None}
    return keys.sign(services, algorithm(app), told, typ=TYPE)
