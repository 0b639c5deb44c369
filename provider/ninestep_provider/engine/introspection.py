"""RFC 7662: is this token alive, whose is it, for what. The resource server may ask about any, an app about its own."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc7662 import IntrospectionEndpoint as Base
from ninestep.dialects import RESOURCE_CLIENT

from . import dpop, found_tokens
from .models import Client, TokenCredential
from .server import Request

REASON = "ninestep_reason"


class IntrospectionEndpoint(Base):
    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")

    def authenticate_token(self, request: Request, client: Client) -> TokenCredential | None:
        found_tokens.require(request)
        context = request.context
        found = found_tokens.find(context, request.form["token"])
        if found is None:
            context.checks.make("token known", False, "token_unknown")
            return None
        # what is recorded belongs to the token's flow, app and world, not to the resource server's own app
        draft = context.draft
        draft.world, draft.app = found.world, found.record.appid
        draft.flow, draft.user = found.record.flow, found.record.user
        draft.at = found.now
        if not context.checks.make(
            "caller may ask", self.check_permission(found, client, request), "token_foreign"
        ):
            return None
        context.checks.make("token not expired", not found.is_expired(), "token_expired")
        context.checks.make(
            "token and consent live", not found.dead, found.dead or "token_revoked", found.dead
        )
        return found

    def check_permission(self, token: TokenCredential, client: Client, request: Request) -> bool:
        return client.client_id == RESOURCE_CLIENT or token.check_client(client)

    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, Any], Any]:
        """Nobody is told why a token is dead (RFC 7662 §2.2), but our resource server, in a member of our own."""
        status, body, headers = super().create_endpoint_response(request)
        if request.client.client_id != RESOURCE_CLIENT:
            body.pop(REASON, None)
        return status, body, headers

    def create_introspection_payload(self, token: TokenCredential | None) -> dict[str, Any]:
        if token is None:
            return {"active": False, REASON: "token_unknown"}
        if token.is_expired() or token.is_revoked():
            return {"active": False, REASON: token.dead or "token_expired"}
        record = token.record
        kind = "DPoP" if record.jkt else "Bearer"
        return {
            "active": True,
            "client_id": record.actor or record.appid,
            **({"username": record.user} if record.user else {}),
            "sub": record.user or record.appid,
            **({"act": {"sub": record.actor}} if record.actor else {}),
            "scope": " ".join(record.scopes),
            "token_type": kind if record.kind == "access" else "refresh_token",
            **dpop.confirmation(record.jkt),
            "iat": int(record.issued_at),
            "exp": int(record.expires_at),
        }
