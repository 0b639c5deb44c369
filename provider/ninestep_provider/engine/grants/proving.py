"""How clients prove themselves at the token endpoint, as Authlib asks each grant (RFC 6749 §2.3)."""

from __future__ import annotations

from ..server import Request


class ByDialect:
    """In every way that the dialect has; a public client only says who it is."""

    request: Request

    @property
    def TOKEN_ENDPOINT_AUTH_METHODS(self) -> list[str]:
        return list(self.request.context.dialect.auth_methods)


class Proven:
    """In every way that is a proof: what is given is for the client itself."""

    request: Request

    @property
    def TOKEN_ENDPOINT_AUTH_METHODS(self) -> list[str]:
        return [method for method in self.request.context.dialect.auth_methods if method != "none"]
