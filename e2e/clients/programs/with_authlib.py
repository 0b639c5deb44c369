"""Authlib's client for requests, at a standard OAuth 2.0 server."""

from __future__ import annotations

import os
from typing import Any

from answering import answer
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
sessions: dict[str, OAuth2Session] = {}


def begin(app: dict[str, str], method: str = "client_secret_basic") -> dict[str, str]:
    session = sessions[app["appid"]] = OAuth2Session(
        app["appid"],
        app["secret"],
        token_endpoint_auth_method=method,
        scope=app.get("scope", "user_info offline_access"),
        redirect_uri=app["callback"],
        code_challenge_method="S256",
    )
    verifier = generate_token(48)
    url, state = session.create_authorization_url(f"{app['base']}/oauth/authorize", code_verifier=verifier)
    return {"url": url, "state": state, "verifier": verifier}


def fetch_token(app: dict[str, str], callback: str, begun: dict[str, str]) -> Any:
    return sessions[app["appid"]].fetch_token(
        f"{app['base']}/oauth/token",
        authorization_response=callback,
        state=begun["state"],
        code_verifier=begun["verifier"],
    )


def profile(app: dict[str, str]) -> Any:
    answer = sessions[app["appid"]].get(f"{app['base']}/userinfo")
    return {"status": answer.status_code, "body": answer.json() if answer.ok else answer.text}


def refresh(app: dict[str, str], token: str | None = None) -> Any:
    return sessions[app["appid"]].refresh_token(f"{app['base']}/oauth/token", refresh_token=token)


def introspect(app: dict[str, str], token: str) -> Any:
    return sessions[app["appid"]].introspect_token(f"{app['base']}/oauth/introspect", token).json()


def revoke(app: dict[str, str], token: str) -> int:
    return int(sessions[app["appid"]].revoke_token(f"{app['base']}/oauth/revoke", token).status_code)


answer(globals())
