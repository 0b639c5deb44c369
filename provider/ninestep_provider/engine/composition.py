"""What the engine supports, on one screen: each grant and endpoint is a line."""

from __future__ import annotations

from .grants.authorization_code import AuthorizationCodeGrant, Pkce
from .grants.implicit import ImplicitGrant
from .grants.refresh_token import RefreshTokenGrant
from .introspection import IntrospectionEndpoint
from .revocation import RevocationEndpoint
from .server import Server


def build_server() -> Server:
    server = Server()
    server.register_grant(AuthorizationCodeGrant, [Pkce(required=True)])
    server.register_grant(ImplicitGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_endpoint(RevocationEndpoint)
    server.register_endpoint(IntrospectionEndpoint)
    return server
