"""RFC 6749 §4.3, for teaching what came before (RFC 9700 §2.4 forbids it): the client learns the user's password."""

from __future__ import annotations

import secrets
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, InvalidScopeError, grants
from ninestep.records import User

from .. import codes, tokens
from ..models import Client
from ..server import Request
from .proving import ByDialect


class PasswordGrant(ByDialect, grants.ResourceOwnerPasswordCredentialsGrant):
    request: Request

    def authenticate_token_endpoint_client(self) -> Client:
        """With what Authlib asks of the request next, and tells nobody the reason of."""
        client: Client = super().authenticate_token_endpoint_client()
        context = self.request.context
        if self.GRANT_TYPE in context.dialect.grants(client.app):
            given = {"username", "password"} <= set(self.request.form)
            context.checks.require("username and password given", given, InvalidRequestError, "login_missing")
        return client

    def authenticate_user(self, username: str, password: str) -> User:
        """Always a user: whoever is not known is an ``invalid_grant`` (§5.2), and takes as long."""
        context = self.request.context
        user = context.services.store.user(context.world, username[:64])
        known = user.password if user and not user.deleted else ""
        right = secrets.compare_digest(password.encode("utf-8", "replace"), known.encode())
        context.checks.require("user authenticated", right and bool(known), InvalidGrantError, "login_failed")
        assert user is not None
        assert context.app is not None
        context.draft.user = user.uid
        reason = context.dialect.unwelcome(context.services, context.app, user)
        refused = user.always_denies or bool(reason)
        context.checks.require("user may authorize", not refused, InvalidGrantError, reason or "user_denied")
        return user

    def validate_requested_scope(self) -> None:
        context = self.request.context
        allowed = self.request.client.get_allowed_scope(self.request.payload.scope)
        context.checks.require("scope allowed", allowed is not None, InvalidScopeError, "scope_unknown")
        self.request.scope = allowed

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        approval = codes.Approval(self.request.user, str(self.request.scope).split())
        return 200, tokens.give(self.request, approval), self.TOKEN_RESPONSE_HEADER
