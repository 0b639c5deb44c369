"""Flask sites whose visitors log in by OpenID Connect: Authlib's Flask client, Flask-OIDC (which stands on it), and
Flask-Dance, which is plain OAuth 2.0."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from answering import answer, serve
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, redirect, session, url_for
from flask_dance.consumer import OAuth2ConsumerBlueprint
from flask_oidc import OpenIDConnect

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
SCOPE = "openid profile email offline_access"


def with_authlib(app: dict[str, str], issuer: str) -> Flask:
    site = Flask(__name__)
    oauth = OAuth(site)
    town = oauth.register(
        "town",
        client_id=app["appid"],
        client_secret=app["secret"],
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )

    @site.get("/login")
    def login() -> Any:
        return town.authorize_redirect(url_for("callback", _external=True))

    @site.get("/callback")
    def callback() -> Any:
        try:
            token = town.authorize_access_token()
        except OAuthError as error:
            return {"error": error.error, "description": error.description}
        except Exception as error:  # a claim that is wrong, a signature
            return {"error": type(error).__name__}
        return {"user": token["userinfo"], "profile": town.userinfo(token=token), "scope": token["scope"]}

    return site


def with_flask_oidc(app: dict[str, str], issuer: str) -> Flask:
    site = Flask(__name__)
    known = {"client_id": app["appid"], "client_secret": app["secret"], "issuer": issuer}
    site.config["OIDC_CLIENT_SECRETS"] = {"web": known}
    site.config["OIDC_SCOPES"] = SCOPE
    oidc = OpenIDConnect(site)

    @site.get("/")
    @oidc.require_login
    def me() -> Any:
        return {"profile": session["oidc_auth_profile"]}

    @site.get("/api")
    @oidc.accept_token(["read"])
    def api() -> Any:
        return {"read": True}

    return site


def with_flask_dance(app: dict[str, str], issuer: str) -> Flask:
    site = Flask(__name__)
    town = OAuth2ConsumerBlueprint(
        "town",
        __name__,
        client_id=app["appid"],
        client_secret=app["secret"],
        base_url=app["resource"],
        authorization_url=f"{issuer}/oauth/authorize",
        token_url=f"{issuer}/oauth/token",
        auto_refresh_url=f"{issuer}/oauth/token",
        scope=SCOPE.split(),
        use_pkce=True,
        code_challenge_method="S256",
    )
    site.register_blueprint(town)

    @site.get("/")
    def me() -> Any:
        if not town.session.authorized:
            return redirect(url_for("town.login"))
        return {"profile": town.session.get("/userinfo").json()}

    return site


SITES: dict[str, Callable[[dict[str, str], str], Flask]] = {
    "authlib": with_authlib,
    "flask_oidc": with_flask_oidc,
    "flask_dance": with_flask_dance,
}
current = Flask(__name__)
address = serve(lambda environ, start: current(environ, start))


def where() -> str:
    """The sites' address: one stands there at a time."""
    return address


def start(kind: str, app: dict[str, str], issuer: str) -> None:
    global current
    current = SITES[kind](app, issuer)
    current.secret_key = "site"


answer(globals())
