"""A client that signs who it is (private_key_jwt: RFC 7523, OpenID Connect Core §9), and the keys it does it with."""

from __future__ import annotations

import secrets
import time
from typing import Any

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from standard_client import Client

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
EC = ECKey.generate_key("P-256", {"kid": "ec"}, auto_kid=False)
OKP = OKPKey.generate_key("Ed25519", {"kid": "okp"}, auto_kid=False)
KEYS: dict[str, Any] = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": OKP}
STRANGER = ECKey.generate_key("P-256", {"kid": "ec"}, auto_kid=False)


def public(*keys: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


class Signing(Client):
    """A client that signs who it is."""

    def __init__(self, world: Any, **fields: Any) -> None:
        usual = {"token_endpoint_auth_method": "private_key_jwt", "jwks": public(RSA, EC, OKP)}
        super().__init__(world, **{**usual, **fields})

    @property
    def endpoint(self) -> str:
        return f"{self.town.provider}/oauth/token"

    def claims(self, **changes: Any) -> dict[str, Any]:
        own, now = self.app["appid"], int(time.time())
        claims = {
            "iss": own,
            "sub": own,
            "aud": self.endpoint,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(),
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def assertion(self, alg: str = "ES256", key: Any = None, header: Any = None, **changes: Any) -> str:
        key = key or KEYS[alg]
        told = {"alg": alg, "kid": key.kid} if header is None else {"alg": alg, **header}
        return jwt.encode(told, self.claims(**changes), key, algorithms=[alg])

    def call(self, assertion: str, path: str = "token", **changes: Any) -> requests.Response:
        sent = {"client_assertion_type": TYPE, "client_assertion": assertion, **changes}
        sent = {name: value for name, value in sent.items() if value is not None}
        return requests.post(f"{self.town.provider}/oauth/{path}", data=sent, timeout=10)

    def redeem(self, assertion: str, **changes: Any) -> requests.Response:
        code = changes.pop("code", None) or self.answer()["code"]
        sent = {
            "grant_type": "authorization_code",
            "redirect_uri": self.app["redirect_uris"][0],
            "code": code,
        }
        return self.call(assertion, **{**sent, **changes})

    def checks(self) -> dict[str, bool]:
        """Those of the newest token call of the world."""
        flow = self.world.flow()["id"]
        told = self.town.api("GET", f"/flows/{flow}/export.json")["exchanges"]
        return {check["name"]: check["ok"] for check in told[-1]["checks"]}
