"""RFC 8693: a token for a token of this server, for a service that acts for its user. It reaches no further than what
it was given for: no scope more, no second longer, and it dies with the same authorization."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    TokenEndpointMixin,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant
from ninestep.dialects.standard.grants import EXCHANGE

from .. import found_tokens, tokens
from ..models import TokenCredential
from ..server import Request

ACCESS = "urn:ietf:params:oauth:token-type:access_token"


class TokenExchangeGrant(BaseGrant, TokenEndpointMixin):
    GRANT_TYPE = EXCHANGE
    request: Request

    @property
    def TOKEN_ENDPOINT_AUTH_METHODS(self) -> list[str]:
        return [method for method in self.request.context.dialect.auth_methods if method != "none"]

    def validate_token_request(self) -> None:
        request, checks = self.request, self.request.context.checks
        request.client = self.authenticate_token_endpoint_client()
        if not request.client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError()
        form = request.form
        given = bool(form.get("subject_token")) and form.get("subject_token_type") == ACCESS
        checks.require("subject_token is an access token", given, InvalidRequestError, "subject_token")
        wanted = form.get("requested_token_type", ACCESS) == ACCESS and "actor_token" not in form
        checks.require("an access token is wanted", wanted, InvalidRequestError, "requested_token_type")
        self.subject = self._subject(form["subject_token"])

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        record = self.subject.record
        wanted = str(self.request.payload.scope or "").split() or record.scopes
        more = [scope for scope in wanted if scope not in record.scopes]
        checks = self.request.context.checks
        checks.require(
            "scope within the subject's", not more, InvalidScopeError, "scope_unknown", " ".join(more)
        )
        token = tokens.narrowed(self.request, self.subject, list(dict.fromkeys(wanted)))
        return 200, {**token, "issued_token_type": ACCESS}, self.TOKEN_RESPONSE_HEADER

    def _subject(self, secret: str) -> TokenCredential:
        """The token that came, alive and of the client's own world; else ``invalid_request`` (RFC 8693 §2.2.2)."""
        context = self.request.context
        found = found_tokens.find(context, secret)
        known = found is not None and found.world == context.world and found.record.kind == "access"
        context.checks.require("subject token known", known, InvalidRequestError, "token_unknown")
        assert found is not None
        context.checks.require(
            "token not expired", not found.is_expired(), InvalidRequestError, "token_expired"
        )
        context.checks.require(
            "token and consent live", not found.dead, InvalidRequestError, found.dead or "token_revoked"
        )
        context.draft.user, context.draft.flow = found.record.user, found.record.flow
        return found
