"""A resource server that reads JWT access tokens by itself: PyJWT with its PyJWKClient."""

from __future__ import annotations

from typing import Any

import jwt
from answering import answer


def read(token: str, jwks_uri: str, issuer: str, audience: str) -> Any:
    """Its claims, after all that RFC 9068 §4 asks for. A client of its own each time: the set is read anew."""
    key = jwt.PyJWKClient(jwks_uri).get_signing_key_from_jwt(token)
    told = jwt.decode_complete(
        token,
        key,
        algorithms=["RS256", "ES256", "EdDSA"],
        issuer=issuer,
        audience=audience,
        options={"require": ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]},
    )
    assert told["header"]["typ"] == "at+jwt"
    return told["payload"]


answer(globals())
