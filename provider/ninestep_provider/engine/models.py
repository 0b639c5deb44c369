"""The town's records as Authlib wants to see them. Each question it asks is a check that records itself."""

from __future__ import annotations

import secrets
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from ninestep.records import App, Code, Token

from . import scopes
from .checks import Checks
from .dialect import Dialect


class Client(ClientMixin):
    """A registered app, asked by Authlib (RFC 6749 §2)."""

    def __init__(self, app: App, dialect: Dialect, checks: Checks, *, production: bool) -> None:
        self.app = app
        self._production = production
        self.client_id = app.appid
        self._dialect = dialect
        self._checks = checks

    def get_client_id(self) -> str:
        return self.app.appid

    def get_default_redirect_uri(self) -> str | None:
        only = self.app.redirect_uris[0] if len(self.app.redirect_uris) == 1 else ""
        return only if self._may_receive(only) else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        wanted = scopes.names(scope) or list(self._dialect.default_scopes)
        if ignored := self._dialect.passed_over(wanted):
            self._checks.note("scope_ignored", scopes=" ".join(dict.fromkeys(ignored)))
            wanted = [name for name in wanted if name not in ignored]
        unknown = [name for name in wanted if name not in self.app.scopes]
        self._checks.make("scope allowed", not unknown, "scope_unknown", ", ".join(unknown))
        return None if unknown else " ".join(dict.fromkeys(wanted))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        ok = self._may_receive(redirect_uri)
        return self._checks.make("redirect_uri registered", ok, "redirect_mismatch", redirect_uri)

    def _may_receive(self, redirect_uri: str) -> bool:
        return self._dialect.may_receive(self.app, redirect_uri, production=self._production)

    def check_client_secret(self, client_secret: str) -> bool:
        ok = secrets.compare_digest(client_secret.encode("utf-8", "replace"), self.app.secret.encode())
        return self._checks.make("client secret", ok, "secret_wrong")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        ok = self._dialect.authenticates(self.app, method)
        return self._checks.make("client authentication method", ok, "secret_missing", method)

    def check_response_type(self, response_type: str) -> bool:
        code = response_type == "code" and "authorization_code" in self._dialect.grants(self.app)
        ok = code or response_type in self._dialect.response_types(self.app)
        reason = "grant_not_allowed" if response_type == "code" else "response_type"
        return self._checks.make("response_type allowed", ok, reason, response_type)

    def check_grant_type(self, grant_type: str) -> bool:
        ok = grant_type in self._dialect.grants(self.app)
        if grant_type == "refresh_token":  # also asked before a pair is made, where a no is no refusal
            return ok
        return self._checks.make("grant_type allowed to the app", ok, "grant_not_allowed", grant_type)


class CodeCredential(AuthorizationCodeMixin):
    """A code that was found, not yet spent."""

    def __init__(self, secret: str, record: Code, dialect: Dialect) -> None:
        self.secret = secret
        self.record = record
        self._dialect = dialect
        self.code_challenge = record.code_challenge or None
        self.code_challenge_method = record.code_challenge_method or None

    def get_redirect_uri(self) -> str | None:
        return (self.record.redirect_uri or None) if self._dialect.binds_redirect_uri else None

    def get_scope(self) -> str:
        return " ".join(self.record.scopes)


class TokenCredential(TokenMixin):
    """An access or refresh token, as grants, revocation and introspection see it."""

    def __init__(
        self, secret: str, record: Token, *, raw: bytes = b"", now: float = 0.0, world: str = ""
    ) -> None:
        self.secret = secret
        self.record = record
        self.raw = raw
        self.now = now
        self.world = world
        self.dead = ""  # the reason why it is not valid, if it is not

    def check_client(self, client: Any) -> bool:
        """Whose it is: an exchanged one belongs to the app that got it."""
        return bool(client.client_id == (self.record.actor or self.record.appid))

    def get_scope(self) -> str:
        return " ".join(self.record.scopes)

    def is_expired(self) -> bool:
        return self.record.expires_at <= self.now

    def is_revoked(self) -> bool:
        return bool(self.dead)
