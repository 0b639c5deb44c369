"""Which grants an app may use (RFC 7591 §2 ``grant_types``): by its kind, unless it says so itself."""

from __future__ import annotations

from ...records import App

CODE, REFRESH, IMPLICIT = "authorization_code", "refresh_token", "implicit"
PASSWORD, MACHINE = "password", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # RFC 8693 §2.1

GRANTS = (CODE, REFRESH, IMPLICIT, PASSWORD, MACHINE, DEVICE, EXCHANGE)
USUAL = {"web": (CODE, REFRESH), "spa": (CODE, REFRESH), "native": (CODE, REFRESH), "machine": (MACHINE,)}
# What a kind can have at all. Who has no secret is nobody by itself (RFC 6749 §4.4), and acts for nobody else.
POSSIBLE = {
    "web": GRANTS,
    "spa": (CODE, REFRESH, IMPLICIT),
    "native": (CODE, REFRESH, PASSWORD, DEVICE),
    "machine": (MACHINE, EXCHANGE),
}


def grants_of(app: App) -> tuple[str, ...]:
    return tuple(app.grant_types) or USUAL[app.kind]
