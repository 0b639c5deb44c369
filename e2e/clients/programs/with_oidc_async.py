"""Asynchronous clients: Authlib's for Starlette (and FastAPI), its AsyncOAuth2Client, and httpx-oauth's OpenID."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from answering import answer
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.starlette_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from httpx_oauth.clients.openid import OpenID
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
visitors: dict[str, TestClient] = {}
tokens: dict[str, Any] = {}


def starlette_site(app: dict[str, str], issuer: str) -> Starlette:
    town = OAuth().register(
        "town",
        client_id=app["appid"],
        client_secret=app["secret"],
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
    )

    async def login(request: Request) -> Response:
        redirect: Response = await town.authorize_redirect(request, app["callback"])
        return redirect

    async def callback(request: Request) -> Response:
        try:
            token = await town.authorize_access_token(request)
        except OAuthError as error:
            return JSONResponse({"error": error.error})
        except Exception as error:  # a claim that is wrong, a signature
            return JSONResponse({"error": type(error).__name__})
        profile = await town.userinfo(token=token)
        return JSONResponse({"user": token["userinfo"], "profile": profile})

    return Starlette(
        routes=[Route("/login", login), Route("/callback", callback)],
        middleware=[Middleware(SessionMiddleware, secret_key="site")],
    )


def begin_at_starlette(app: dict[str, str], issuer: str) -> str:
    visitor = visitors[app["appid"]] = TestClient(starlette_site(app, issuer), follow_redirects=False)
    return str(visitor.get("/login").headers["Location"])


def finish_at_starlette(app: dict[str, str], query: dict[str, str]) -> Any:
    return visitors[app["appid"]].get("/callback", params=query).json()


def machine(app: dict[str, str], issuer: str, key: str) -> Any:
    """client_credentials with private_key_jwt, and what introspection says of the token."""

    async def ask() -> Any:
        method = PrivateKeyJWT(f"{issuer}/oauth/token", alg="ES256")
        private = ECKey.import_key(key)
        async with AsyncOAuth2Client(app["appid"], private, token_endpoint_auth_method=method) as client:
            token = await client.fetch_token(f"{issuer}/oauth/token", scope="read")
            told = await client.introspect_token(f"{issuer}/oauth/introspect", token["access_token"])
            return {"token": token, "told": told.json()}

    return asyncio.run(ask())


def begin_with_httpx_oauth(app: dict[str, str], issuer: str) -> str:
    async def ask() -> str:
        client = OpenID(app["appid"], app["secret"], f"{issuer}/.well-known/openid-configuration")
        return await client.get_authorization_url(app["callback"], state="s")

    return asyncio.run(ask())


def finish_with_httpx_oauth(app: dict[str, str], issuer: str, code: str) -> Any:
    """Who it was, after a refresh; and how the profile answers once the token was given back."""

    async def ask() -> Any:
        client = OpenID(app["appid"], app["secret"], f"{issuer}/.well-known/openid-configuration")
        first = await client.get_access_token(code, app["callback"])
        second = await client.refresh_token(first["refresh_token"])
        who = await client.get_id_email(second["access_token"])
        await client.revoke_token(second["access_token"], "access_token")
        try:
            await client.get_id_email(second["access_token"])
        except Exception as error:
            return {"who": who, "afterwards": type(error).__name__}
        return {"who": who, "afterwards": ""}

    return asyncio.run(ask())


answer(globals())
