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
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        if not token:
            return ""
        try:
            user = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims.get("userId")
        except (JoseError, ValueError):
            return ""
        return user if isinstance(user, str) else ""
