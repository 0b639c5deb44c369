"""requests-oauthlib, at a standard server and, with its own «compliance fix», at Weibo."""

from __future__ import annotations

import os
from typing import Any

from answering import answer
from oauthlib.oauth2 import (
    BackendApplicationClient,
    DeviceClient,
    LegacyApplicationClient,
    MobileApplicationClient,
)
from requests_oauthlib import OAuth2Session
from requests_oauthlib.compliance_fixes import weibo_compliance_fix

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
sessions: dict[str, OAuth2Session] = {}


def begin(
    app: dict[str, str], authorize: str, scope: list[str] | None = None, pkce: str | None = None
) -> str:
    session = OAuth2Session(app["appid"], redirect_uri=app["callback"], scope=scope, pkce=pkce)
    if authorize.startswith("https://api.weibo.com/"):
        session = weibo_compliance_fix(session)
    sessions[app["appid"]] = session
    return str(session.authorization_url(authorize)[0])


def fetch_token(app: dict[str, str], token_url: str, callback: str, in_body: bool = False) -> Any:
    session = sessions[app["appid"]]
    return session.fetch_token(
        token_url,
        authorization_response=callback,
        client_secret=app["secret"],
        include_client_id=True if in_body else None,
    )


def begin_implicit(app: dict[str, str], authorize: str, scope: list[str]) -> str:
    client = MobileApplicationClient(app["appid"])
    session = OAuth2Session(client=client, redirect_uri=app["callback"], scope=scope)
    sessions[app["appid"]] = session
    return str(session.authorization_url(authorize)[0])


def token_from_fragment(app: dict[str, str], callback: str) -> Any:
    return sessions[app["appid"]].token_from_fragment(callback)


def without_a_user(app: dict[str, str], token_url: str, scope: list[str]) -> Any:
    session = OAuth2Session(client=BackendApplicationClient(app["appid"], scope=scope))
    sessions[app["appid"]] = session
    return session.fetch_token(token_url, client_id=app["appid"], client_secret=app["secret"])


def with_a_password(app: dict[str, str], token_url: str, username: str, password: str) -> Any:
    session = OAuth2Session(client=LegacyApplicationClient(app["appid"]), scope=["user_info"])
    sessions[app["appid"]] = session
    whom = {"username": username, "password": password}
    return session.fetch_token(token_url, client_id=app["appid"], client_secret=app["secret"], **whom)


def device(app: dict[str, str], url: str) -> Any:
    """oauthlib's own DeviceClient words the polls; it asks for the codes as a plain request."""
    session = OAuth2Session(client=DeviceClient(app["appid"], scope=["user_info"]))
    sessions[app["appid"]] = session
    return session.post(url, {"client_id": app["appid"], "scope": "user_info"}, withhold_token=True).json()


def poll(app: dict[str, str], token_url: str, device_code: str) -> Any:
    return sessions[app["appid"]].fetch_token(
        token_url, device_code=device_code, include_client_id=True, client_secret=None
    )


def fetch_whatever_scope(app: dict[str, str], token_url: str, callback: str) -> Any:
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
    try:
        return fetch_token(app, token_url, callback)
    finally:
        del os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"]


def refresh(app: dict[str, str], token_url: str) -> Any:
    session = sessions[app["appid"]]
    return session.refresh_token(token_url, client_id=app["appid"], client_secret=app["secret"])


def get(app: dict[str, str], url: str) -> Any:
    answer = sessions[app["appid"]].get(url)
    return {"status": answer.status_code, "body": answer.json() if answer.ok else answer.text}


answer(globals())
