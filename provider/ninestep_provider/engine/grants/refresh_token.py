"""RFC 6749 §6. A rotating refresh token is spent by its use; a kept one (WeChat) gives its next access token."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
    grants,
)
from ninestep.oauth.grant_types import REFRESH
from ninestep.records import Token, User, decode

from .. import scopes, tokens
from ..checks import refusal
from ..models import Client, TokenCredential
from ..server import Request


class RefreshTokenGrant(grants.RefreshTokenGrant):
    request: Request
    INCLUDE_NEW_REFRESH_TOKEN = True

    @property
    def TOKEN_ENDPOINT_AUTH_METHODS(self) -> list[str]:
        return list(self.request.context.dialect.refresh_auth_methods)

    def authenticate_token_endpoint_client(self) -> Client:
        """With what Authlib asks of the request next, and tells nobody the reason of."""
        client: Client = super().authenticate_token_endpoint_client()
        checks, own = self.request.context.checks, client.check_grant_type(REFRESH)
        checks.require("grant_type allowed to the app", own, UnauthorizedClientError, "grant_not_allowed")
        given = "refresh_token" in self.request.form
        checks.require("refresh_token given", given, InvalidRequestError, "refresh_missing")
        return client

    def authenticate_refresh_token(self, refresh_token: str) -> TokenCredential:
        context = self.request.context
        checks, (live, spent) = context.checks, context.sent("refresh_token")
        used = decode(Token, spent) if live is None else None
        if used is not None and used.appid == self.request.client.client_id:
            checks.make("refresh token not used", False, "refresh_used")
            context.revoke_authorization(used.authorization)  # RFC 9700 §4.14.2
            raise refusal(InvalidGrantError, "refresh_used")
        record = decode(Token, live)
        checks.require("refresh token known", record is not None, InvalidGrantError, "refresh_unknown")
        assert record is not None
        assert live is not None
        own = record.appid == self.request.client.client_id
        checks.require("refresh token belongs to the client", own, InvalidGrantError, "refresh_foreign")
        context.draft.flow, context.draft.user = record.flow, record.user
        ok = context.now < record.expires_at
        checks.require("refresh token not expired", ok, InvalidGrantError, "refresh_expired")
        if wanted := scopes.understood(self.request.payload.scope, context.dialect):
            more = [scope for scope in wanted if scope not in record.scopes]
            detail = " ".join(more)
            checks.require("scope allowed", not more, InvalidScopeError, "scope_unknown", detail)
        return TokenCredential(refresh_token, record, raw=live, now=context.now)

    def _validate_token_scope(self, token: TokenCredential) -> None:
        """Authlib's, by the bare parameter; ``scope allowed`` was checked with what the dialect makes of it."""

    def authenticate_user(self, credential: TokenCredential) -> User:
        return tokens.spend_refresh(self.request, credential)

    def issue_token(self, user: User, credential: TokenCredential) -> dict[str, Any]:
        return tokens.renew(self.request, user, credential)

    def save_token(self, token: dict[str, Any]) -> None:
        """Already written: ``tokens.renew`` writes in the step that decides who was first."""

    def revoke_old_credential(self, credential: TokenCredential) -> None:
        """Already spent where it rotates; kept where the platform keeps it."""
