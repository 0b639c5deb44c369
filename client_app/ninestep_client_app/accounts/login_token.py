"""The client's own login token: a JWT with the seed's one claim, ``userId`` (S0 §3.2 step 9).

It has no end of its own: a browser keeps it for its session, and logging out forgets it there. Who needs a
token that can be called back would keep it in the server session instead.
"""

from __future__ import annotations

from flask import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

COOKIE = "mt_login"
ALGORITHM = "HS256"


class LoginTokens:
    def __init__(self, key: str) -> None:
        self._key = OctKey.import_key(key)

    def sign(self, user: str) -> str:
        return jwt.encode({"alg": ALGORITHM}, {"userId": user}, self._key)

    def user_of(self, request: Request) -> str:
        """The user that a request's Bearer token or cookie names; empty without a good one."""
        return self._user(bearer(request) or request.cookies.get(COOKIE, ""))

    def user_of_program(self, request: Request) -> str:
        """The same for a caller that is no browser: no cookie counts."""
        return self._user(bearer(request))

    def _user(self, token: str) -> str:
        if not token:
            return ""
        try:
            user = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims.get("userId")
        except (JoseError, ValueError):
            return ""
        return user if isinstance(user, str) else ""


def bearer(request: Request) -> str:
    """The token of the Authorization header (RFC 6750 §2.1), or empty."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
