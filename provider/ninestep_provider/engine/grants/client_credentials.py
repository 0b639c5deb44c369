"""RFC 6749 §4.4: an app that acts for itself. No user stands behind the token, so no scope of a user is in it."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, grants

from .. import scopes, tokens
from ..server import Request
from .proving import Proven


class ClientCredentialsGrant(Proven, grants.ClientCredentialsGrant):
    request: Request

    def validate_requested_scope(self) -> None:
        context = self.request.context
        assert context.app is not None
        own = context.dialect.machine_scopes(context.app)
        wanted = scopes.names(self.request.payload.scope) or list(own)
        alien = [scope for scope in wanted if scope not in own]
        context.checks.require(
            "scope needs no user",
            bool(wanted) and not alien,
            InvalidScopeError,
            "scope_needs_user",
            " ".join(alien),
        )
        self.request.scope = " ".join(dict.fromkeys(wanted))

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        token = tokens.give_machine(self.request, str(self.request.scope).split())
        return 200, token, self.TOKEN_RESPONSE_HEADER
