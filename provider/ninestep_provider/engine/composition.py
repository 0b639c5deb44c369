"""What the engine supports, on one screen: each grant and endpoint is a line, and what a dialect adds comes behind."""

from __future__ import annotations

from collections.abc import Iterable

from .device_authorization import DeviceAuthorizationEndpoint
from .dialect import Dialect
from .grants.authorization_code import AuthorizationCodeGrant, Pkce
from .grants.client_credentials import ClientCredentialsGrant
from .grants.device import DeviceGrant
from .grants.implicit import ImplicitGrant
from .grants.password import PasswordGrant
from .grants.refresh_token import RefreshTokenGrant
from .grants.token_exchange import TokenExchangeGrant
from .introspection import IntrospectionEndpoint
from .revocation import RevocationEndpoint
from .server import Server


def build_server(dialects: Iterable[Dialect]) -> Server:
    server = Server()
    server.register_grant(AuthorizationCodeGrant, [Pkce(required=True)])
    server.register_grant(ImplicitGrant)
    server.register_grant(RefreshTokenGrant)
    server.register_grant(ClientCredentialsGrant)
    server.register_grant(PasswordGrant)
    server.register_grant(TokenExchangeGrant)
    server.register_grant(DeviceGrant)
    server.register_endpoint(DeviceAuthorizationEndpoint)
    server.register_endpoint(RevocationEndpoint)
    server.register_endpoint(IntrospectionEndpoint)
    for dialect in dialects:
        dialect.add_grants(server)
    return server
