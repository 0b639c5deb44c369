"""What the town signs (RFC 7515, 7517, 7519).

``keys``          the keys, made once for all processes, rotated, published as a JWK set
``id_token``      who logged in, for the client (OpenID Connect Core §2)
``access_token``  what may be done, for the resource server (RFC 9068)
``logout_token``  who is not logged in any more (OpenID Connect Back-Channel Logout §2.4)

Those are imported where they are needed: joserfc takes its time, and most towns sign nothing.
"""

from __future__ import annotations

# Every kid starts with it, so that a resource server in production can refuse what a mock signed.
MARK = "ninestep-mock-"
ALGORITHMS = ("RS256", "ES256", "EdDSA")  # the first is what OpenID Connect Registration §2 takes by default
