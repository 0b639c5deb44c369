"""The logout token (OpenID Connect Back-Channel Logout §2.4): whose login has ended, for the client's server."""

from __future__ import annotations

import time

from ninestep.digest import fresh_id
from ninestep.records import App

from ..services import Services
from .id_token import algorithm

TYPE = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFE = 120  # seconds


def logout_token(services: Services, app: App, subject: str, sid: str = "") -> str:
    """``sid``: the one login that ended; without it all of the user's have. It tells real time, and never has a nonce:
    so nobody takes it for an id_token."""
    from . import keys

    issued = int(time.time())
    claims = {
        "iss": services.settings.provider_url,
        "sub": subject,
        "aud": app.appid,
        "iat": issued,
        "exp": issued + LIFE,
        "jti": fresh_id(),
        "events": {EVENT: {}},
        **({"sid": sid} if sid else {}),
    }
    return keys.sign(services, algorithm(app), claims, typ=TYPE)
