"""All that a standard app can leave in a world, one of each: requests, devices, proofs, logins, drafts."""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws, jwt
from joserfc.jwk import ECKey

CALLBACK = "https://standard.example/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN = "http://127.0.0.1:9000/oauth/token"
CODE = "authorization_code"
KINDS = {
    "pushed",
    "request",
    "answer",
    "device_code",
    "device_code-spent",
    "code-spent",
    "refresh",
    "access",
} | {
    *("jti-dpop", "jti-assertion", "login", "drafts", "grant", "authorization"),
}


def lived(control: Any, world: str, **fields: Any) -> dict[str, Any]:
    """The app and what it has: ``tokens``, a waiting ``device``, a ``request_uri``, spent ``proof`` and ``assertion``;
    ``post`` sends a form of its own to an endpoint."""
    key = ECKey.generate_key("P-256")
    app = control("POST", "/apps", {**registered(world, key), **fields})

    def post(place: str, proof: str = "", **form: str) -> Any:
        claims = {"iss": app["appid"], "sub": app["appid"], "aud": TOKEN, "jti": secrets.token_hex()}
        claims["exp"] = int(time.time()) + 60  # type: ignore[assignment]
        assertion = jwt.encode({"alg": "ES256"}, claims, key, algorithms=["ES256"])
        sent = {"client_id": app["appid"], "client_assertion_type": ASSERTION, "client_assertion": assertion}
        sent |= form
        headers = {"DPoP": proof} if proof else {}
        answer = control.client.post(f"/oauth/{place}", data=sent, headers=headers)
        return {**answer.get_json(), "assertion": sent["client_assertion"]}

    def proof() -> str:
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
        claims = {"jti": secrets.token_hex(), "htm": "POST", "htu": TOKEN, "iat": int(time.time())}
        return jws.serialize_compact(header, json.dumps(claims), key, algorithms=["ES256"])

    asked = {"redirect_uri": CALLBACK, "response_type": "code", "scope": "openid offline_access"}
    told = control.stage("/oauth/authorize", {"client_id": app["appid"], **asked})
    code = parse_qs(urlsplit(told.headers["Location"]).query)["code"][0]
    one_proof = proof()
    tokens = post("token", one_proof, grant_type=CODE, code=code, redirect_uri=CALLBACK)
    assert "id_token" in tokens, tokens
    tokens = post("token", proof(), grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    connected = post("device_authorization", scope="openid")
    assert "id_token" in post("token", proof(), grant_type=DEVICE, device_code=connected["device_code"])
    control("PATCH", f"/apps/{app['appid']}", {"consent": {"mode": "ask"}})
    device, pushed = post("device_authorization", scope="openid"), post("par", **asked)
    opened = control.stage(
        "/oauth/authorize", {"client_id": app["appid"], "request_uri": pushed["request_uri"]}
    )
    assert re.search(r"rid=", opened.headers["Location"])
    waiting = post("par", **asked)
    control.store.save_draft(world, "zhangsan", "1", "A draft of an article")
    return {
        "app": app,
        "post": post,
        "fresh_proof": proof,
        "proof": one_proof,
        "assertion": tokens["assertion"],
        "tokens": tokens,
        "device": device,
        "request_uri": waiting["request_uri"],
    }


def registered(world: str, key: ECKey) -> dict[str, Any]:
    """An app of which every standard field is set."""
    return {
        "world": world,
        "dialect": "standard",
        "redirect_uris": [CALLBACK],
        "consent": {"mode": "auto", "user": "zhangsan"},
        "grant_types": [CODE, "refresh_token", DEVICE],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{**key.as_dict(private=False), "kid": "one"}]},
        "dpop": True,
        "id_token_signed_response_alg": "ES256",
        "access_token_format": "jwt",
        "post_logout_redirect_uris": ["https://standard.example/bye"],
        "backchannel_logout_uri": "https://standard.example/logged-out",
        "policies": {"id_token_claims": "scopes", "dpop_nonce": False},
    }
