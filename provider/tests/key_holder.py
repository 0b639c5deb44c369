"""A client that holds a key and proves it at every call (DPoP: RFC 9449)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any

import requests
from joserfc import jws
from joserfc.jwk import ECKey
from standard_client import PKCE, VERIFIER, Client, get


class Holder:
    """A client that holds a key."""

    def __init__(self, client: Client, key: Any = None, alg: str = "ES256") -> None:
        self.client, self.alg = client, alg
        self.key = key or ECKey.generate_key("P-256")
        self.town = client.town

    def proof(self, url: str, method: str = "POST", token: str = "", **changes: Any) -> str:
        header = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.key.as_dict(private=False)}
        header |= changes.pop("header", {})
        header = {name: value for name, value in header.items() if value is not None}
        claims = {"jti": secrets.token_hex(8), "htm": method, "htu": url, "iat": int(time.time())}
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        claims |= changes
        told = {name: value for name, value in claims.items() if value is not None}
        signer = changes.get("signer", self.key)
        told.pop("signer", None)
        algorithms = ["ES256", "EdDSA", "RS256", "PS256", "HS256"]
        return jws.serialize_compact(header, json.dumps(told), signer, algorithms=algorithms)

    @property
    def endpoint(self) -> str:
        return f"{self.town.provider}/oauth/token"

    def ask(self, proof: str | None = None, **form: Any) -> requests.Response:
        app = self.client.app
        sent = {"client_id": app["appid"], "client_secret": app["secret"] or None, **form}
        headers = {"DPoP": self.proof(self.endpoint) if proof is None else proof}
        body = {name: value for name, value in sent.items() if value is not None}
        return requests.post(self.endpoint, data=body, headers=headers, timeout=10)

    def redeem(self, code: str, proof: str | None = None, **form: Any) -> requests.Response:
        sent = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, **form}
        return self.ask(proof, redirect_uri=self.client.app["redirect_uris"][0], **sent)

    def code(self, **asked: Any) -> str:
        return self.client.answer(**{"scope": "openid profile", **PKCE, **asked})["code"]

    def login(self, **asked: Any) -> dict[str, Any]:
        answer = self.redeem(self.code(**asked))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, refresh_token: str, **changes: Any) -> requests.Response:
        return self.ask(grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def userinfo(self, token: str, scheme: str = "DPoP", **changes: Any) -> requests.Response:
        url = f"{self.town.resource}/userinfo"
        proof = changes.pop("proof", None) or self.proof(url, "GET", token, **changes)
        headers = {"Authorization": f"{scheme} {token}", **({"DPoP": proof} if proof != "none" else {})}
        return get(url, headers=headers)


def holder(world: Any, **fields: Any) -> Holder:
    return Holder(Client(world, **{"dpop": True, **fields}))
