"""Which grants an app may use (RFC 7591 §2 ``grant_types``): by its kind, unless it says so itself."""

from __future__ import annotations

from ...oauth.grant_types import CODE, DEVICE, EXCHANGE, GRANTS, IMPLICIT, MACHINE, PASSWORD, REFRESH
from ...records import App

USUAL = {"web": (CODE, REFRESH), "spa": (CODE, REFRESH), "native": (CODE, REFRESH), "machine": (MACHINE,)}
# What a kind can have at all. Who has no secret is nobody by itself (RFC 6749 §4.4), and acts for nobody else.
POSSIBLE = {
    "web": GRANTS,
    "spa": (CODE, REFRESH, IMPLICIT),
    "native": (CODE, REFRESH, PASSWORD, DEVICE),
    "machine": (MACHINE, EXCHANGE),
}

# What can be asked for at the authorization endpoint, in the order of the alphabet, and which grants of the app it
# takes (OpenID Connect Registration §2). Not ``code token`` and its like: RFC 9700 §2.1.2 wants no token there.
RESPONSE_TYPES = {
    "code": {CODE},
    "token": {IMPLICIT},
    "id_token": {IMPLICIT},
    "id_token token": {IMPLICIT},
    "code id_token": {CODE, IMPLICIT},
}


def response_types_of(app: App) -> list[str]:
    return [kind for kind, needed in RESPONSE_TYPES.items() if needed <= set(grants_of(app))]


def grants_of(app: App) -> tuple[str, ...]:
    return tuple(app.grant_types) or USUAL.get(app.kind, ())  # an app of another dialect has none of them
