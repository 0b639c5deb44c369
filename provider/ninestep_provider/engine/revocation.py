"""RFC 7009: an access token dies alone, a refresh token takes its whole authorization with it."""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc7009 import RevocationEndpoint as Base
from ninestep.digest import digest

from . import found_tokens
from .checks import refusal
from .models import Client, TokenCredential
from .server import Request


class RevocationEndpoint(Base):
    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")

    def authenticate_token(self, request: Request, client: Client) -> TokenCredential | None:
        found_tokens.require(request)
        found = found_tokens.find(request.context, request.form["token"])
        if found is not None and not found.check_client(client):
            request.context.checks.make("token belongs to the client", False, "token_foreign")
            raise refusal(InvalidGrantError, "token_foreign")
        return found

    def revoke_token(self, token: TokenCredential, request: Request) -> None:
        store = request.context.services.store
        request.context.draft.flow, request.context.draft.user = token.record.flow, token.record.user
        if token.record.kind == "access":
            store.revoke_access(token.world, digest(token.secret))
        else:
            store.revoke_authorization(token.world, token.record.authorization, request.context.now)
