"""What grants are called (RFC 7591 §2 ``grant_types``)."""

from __future__ import annotations

CODE, REFRESH, IMPLICIT = "authorization_code", "refresh_token", "implicit"
PASSWORD, MACHINE = "password", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"  # RFC 8628 §3.4
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # RFC 8693 §2.1

GRANTS = (CODE, REFRESH, IMPLICIT, PASSWORD, MACHINE, DEVICE, EXCHANGE)
