"""RFC 6749 §4.2, for the platforms that still have it, and for apps that insist: a token in the redirect's fragment,
and no refresh token."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, grants

from .. import codes, tokens
from ..models import Client
from ..server import Request, Server
from .authorization_code import AuthorizationCodeGrant
from .redirect import redirect


class ImplicitGrant(grants.ImplicitGrant):
    request: Request
    server: Server

    def authenticate_token_endpoint_client(self) -> Client:
        """Nobody proves itself at the authorization endpoint, also who has a secret (RFC 6749 §4.2.1)."""
        client = self.server.query_client(self.request.payload.client_id)
        if client is None:
            raise InvalidClientError()
        return client

    validate_authorization_redirect_uri = staticmethod(
        AuthorizationCodeGrant.validate_authorization_redirect_uri
    )

    validate_no_multiple_request_parameter = staticmethod(
        AuthorizationCodeGrant.validate_no_multiple_request_parameter
    )

    def create_authorization_response(
        self, redirect_uri: str, grant_user: codes.Approval
    ) -> tuple[int, str, Any]:
        request, context = self.request, self.request.context
        request.authorization_code, request.user = codes.at_once(context, grant_user)
        return redirect(context, redirect_uri, grant_user, self.given())

    def given(self) -> list[tuple[str, str]]:
        """What is given for the code that nobody carries."""
        request = self.request
        token = tokens.mint(request)
        tokens.issue(request, token)
        return request.context.dialect.in_fragment(token, request.members)
