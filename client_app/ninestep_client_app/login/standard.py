"""Plain OAuth 2.0: RFC 6749 with client_secret_post, RFC 7636 with S256, RFC 9207. 知乎 and its like log in so."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec
from ninestep.settings import ClientSettings

from ..errors import LoginError, TokenExpired
from ..outgoing import Answer, Outgoing
from ..tokens.values import Tokens
from .attempt import Profile
from .wire import Wire

STANDARD = "standard"
PROFILE = "user_info"


class Own(NamedTuple):
    """What a site is registered with. Of ``scopes``, each is one wish as it is sent; the first is the usual one."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = (PROFILE,)


class TokenAnswer(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: float = 3600.0  # RFC 6749 §5.1 only recommends it
    refresh_token: str = ""
    scope: str = ""


class UserAnswer(msgspec.Struct):
    id: str
    name: str = ""
    avatar: str = ""


class Standard(Wire):
    """One site's login: its own client_id, callback and scopes. ``way`` is the site's name among ours."""

    provider = STANDARD
    profile_scope = PROFILE

    def __init__(
        self, settings: ClientSettings, outgoing: Outgoing, way: str, own: Own, callback: str
    ) -> None:
        super().__init__(own.client_id, outgoing)
        self._way, self.scopes = way, own.scopes
        self._credentials = {"client_id": own.client_id, "client_secret": own.client_secret}
        self._issuer = settings.provider_url
        self._authorize = f"{settings.provider_url}/oauth/authorize"
        self._token = f"{settings.provider_internal_url}/oauth/token"
        self._userinfo = f"{settings.resource_internal_url}/userinfo"
        self._redirect_uri = settings.client_url + callback

    @property
    def way(self) -> str:
        return self._way

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.appid,
            "redirect_uri": self._redirect_uri,
            "scope": scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._authorize}?{urlencode(query)}"

    def new_verifier(self) -> str:
        return secrets.token_urlsafe(48)

    def issuer_problem(self, arguments: Mapping[str, str]) -> bool:
        """Also where nobody is named: the town's metadata promise that it is (RFC 9207 §2.4)."""
        return arguments.get("iss", "") != self._issuer

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        draft = self._redeeming(world, flow, at)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
            **self._credentials,
        }
        return self._tokens(self._outgoing.post(draft, self._token, form), world, flow)

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        draft = self._told("token.refreshed", tokens, at)
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, **self._credentials}
        fresh = self._tokens(self._outgoing.post(draft, self._token, form), tokens.world, tokens.flow)
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            scope=fresh.scope or tokens.scope,
            openid=tokens.openid,
        )

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._told("profile.read", tokens, at)
        answer = self._outgoing.get(draft, self._userinfo, {}, tokens.access_token)
        if answer.status == 403:
            draft.refuse("insufficient_scope")
            raise LoginError("insufficient_scope")
        if answer.status != 200:
            draft.refuse("invalid_token")
            raise TokenExpired
        found = answer.typed(UserAnswer)
        return Profile(openid=found.id, nickname=found.name, avatar=found.avatar)

    def _tokens(self, answer: Answer, world: str, flow: str) -> Tokens:
        if answer.status != 200:
            error = str(answer.document.get("error", ""))
            code = error if error in TOKEN_ERRORS else "unknown_error"
            answer.draft.refuse(code)
            raise LoginError(code)
        found = answer.typed(TokenAnswer)
        if not answer.draft.check("token_type is Bearer", found.token_type.lower() == "bearer"):
            answer.draft.refuse("token_type")
            raise LoginError("token_type", "token_type不是Bearer")
        return self._kept(answer, found, world, flow)

    def _kept(self, answer: Answer, found: TokenAnswer, world: str, flow: str) -> Tokens:
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            refresh_token=found.refresh_token,
            scope=found.scope,
            world=world,
            flow=flow,
        )


TOKEN_ERRORS = frozenset(  # RFC 6749 §5.2
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
