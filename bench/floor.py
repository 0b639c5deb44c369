"""The floor: what Authlib and Redis cost when nothing is built on them.

One app, one user, opaque tokens, codes of one use, PKCE; no trace, worlds, clock, dialects, grants or pages. It is
served by the settings of our own gunicorns, so that what lies between it and the town is the town's doing.
"""

from __future__ import annotations

import json
import os
import secrets
from typing import Any

import redis
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, jsonify
from logins import REDIRECT_URI

LIFE = 3600
USER = {"sub": "zhangsan", "name": "张三"}
store: Any = redis.Redis.from_url(os.environ["FLOOR_REDIS_URL"], protocol=2)


class Client(ClientMixin):
    def get_client_id(self) -> str:
        return "bench"

    def get_default_redirect_uri(self) -> str:
        return REDIRECT_URI

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT_URI

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, "bench")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(dict):  # type: ignore[type-arg]
    """What was laid down under a code, with the attributes that PKCE looks for."""

    __getattr__ = dict.__getitem__

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self["scope"])


class Token(Code, TokenMixin):
    def is_expired(self) -> bool:
        return False  # Redis has forgotten it by then

    def is_revoked(self) -> bool:
        return False


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post"]

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        kept = ("redirect_uri", "scope", "code_challenge", "code_challenge_method")
        store.set(f"code:{code}", json.dumps({name: data.get(name, "") for name in kept}), ex=600)

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        raw = store.get(f"code:{code}")
        return Code(json.loads(raw)) if raw else None

    def authenticate_user(self, authorization_code: Any) -> Any:
        # The first hook after all checks: whoever deletes it has it.
        return USER if store.delete(f"code:{self.request.form['code']}") else None

    def delete_authorization_code(self, authorization_code: Any) -> None:
        pass


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string: str) -> Token | None:
        raw = store.get(f"token:{token_string}")
        return Token(json.loads(raw)) if raw else None


def save_token(token: dict[str, Any], request: Any) -> None:
    store.set(f"token:{token['access_token']}", json.dumps({**token, "user": USER["sub"]}), ex=LIFE)


def query_client(client_id: str) -> Client | None:
    return Client() if client_id == "bench" else None


app = Flask(__name__)
server = AuthorizationServer(app, query_client=query_client, save_token=save_token)
server.register_grant(CodeGrant, [CodeChallenge(required=True)])
require = ResourceProtector()
require.register_token_validator(Validator())


@app.get("/authorize")
def authorize() -> Response:
    grant = server.get_consent_grant(end_user=USER)
    return server.create_authorization_response(grant=grant, grant_user=USER)  # type: ignore[no-any-return]


@app.post("/token")
def token() -> Response:
    return server.create_token_response()  # type: ignore[no-any-return]


@app.get("/userinfo")
@require("profile")
def userinfo() -> Response:
    assert current_token["user"] == USER["sub"]
    return jsonify(USER)
