"""RFC 6749 §4.1 with PKCE (RFC 7636): the code is read, checked, spent, and only then exchanged."""

from __future__ import annotations

import re
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from ninestep.records import Code, User, decode

from .. import codes, tokens
from ..checks import refusal
from ..models import Client, CodeCredential
from ..server import Request
from .proving import ByDialect
from .redirect import redirect

CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2


class AuthorizationCodeGrant(ByDialect, grants.AuthorizationCodeGrant):
    request: Request

    # -- authorization endpoint

    @staticmethod
    def validate_authorization_redirect_uri(request: Request, client: Client) -> str:
        """As Authlib's, without echoing what was sent (its error text takes ASCII only)."""
        redirect_uri = request.payload.redirect_uri
        if not redirect_uri:
            only = client.get_default_redirect_uri()
            request.context.checks.require(
                "redirect_uri given", bool(only), InvalidRequestError, "redirect_missing"
            )
            return str(only)
        if not client.check_redirect_uri(redirect_uri):
            raise refusal(InvalidRequestError, "redirect_mismatch")
        return str(redirect_uri)

    @staticmethod
    def validate_no_multiple_request_parameter(request: Request) -> None:
        """RFC 6749 §3.1: no parameter twice. A doubtful client or target never gets a redirect."""
        twice = sorted(name for name, values in request.payload.datalist.items() if len(values) > 1)
        if not request.context.checks.make("no parameter repeated", not twice, "repeated", ", ".join(twice)):
            target = {"client_id", "redirect_uri"} & set(twice)
            raise refusal(InvalidRequestError, "repeated_target" if target else "repeated")

    def create_authorization_response(
        self, redirect_uri: str, grant_user: codes.Approval
    ) -> tuple[int, str, Any]:
        context = self.request.context
        return redirect(context, redirect_uri, grant_user, [("code", codes.write(context, grant_user))])

    # -- token endpoint

    def authenticate_token_endpoint_client(self) -> Client:
        """With what Authlib asks of the request next, and tells nobody the reason of."""
        client: Client = super().authenticate_token_endpoint_client()
        context = self.request.context
        if self.GRANT_TYPE in context.dialect.grants(client.app):
            given = "code" in self.request.form
            context.checks.require("code given", given, InvalidRequestError, "code_missing")
        return client

    def query_authorization_code(self, code: str, client: Client) -> CodeCredential:
        context = self.request.context
        checks, (live, spent) = context.checks, context.sent("code")
        used = decode(Code, spent) if live is None else None
        if used is not None and used.appid == client.client_id:
            checks.make("code not used", False, "code_used")
            if context.dialect.revokes_on_replay:
                context.revoke_authorization(used.authorization)
            raise refusal(InvalidGrantError, "code_used")
        record = decode(Code, live)
        checks.require("code known", record is not None, InvalidGrantError, "code_unknown")
        assert record is not None
        checks.make("code not used", True, "code_used")
        checks.require(
            "code belongs to the client", record.appid == client.client_id, InvalidGrantError, "code_foreign"
        )
        age = f"{context.now - record.issued_at:.0f} s of {record.expires_at - record.issued_at:.0f} s"
        checks.require(
            "code not expired", context.now < record.expires_at, InvalidGrantError, "code_expired", age
        )
        self.request.context.draft.user = record.user
        credential = CodeCredential(code, record, context.dialect)
        if expected := credential.get_redirect_uri():
            same = self.request.payload.redirect_uri == expected
            checks.require("redirect_uri same as at authorize", same, InvalidGrantError, "redirect_changed")
        return credential

    def authenticate_user(self, credential: CodeCredential) -> User:
        """The first hook after every check, PKCE included: here the code is spent, once."""
        return codes.spend(self.request.context, credential)

    def generate_token(self, **_: Any) -> dict[str, Any]:
        return tokens.mint(self.request)

    def save_token(self, token: dict[str, Any]) -> None:
        tokens.issue(self.request, token)

    def delete_authorization_code(self, credential: CodeCredential) -> None:
        """Already gone: ``authenticate_user`` spent it before a token was made."""


class Pkce(CodeChallenge):
    """S256 only; needed where the dialect says so (RFC 9700 §2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"

    def validate_code_challenge(self, grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        request = grant.request
        context = request.context
        if not context.dialect.knows_pkce or context.app is None:
            return
        data = request.payload.data
        if (
            context.dialect.wants_pkce(context.app)
            or data.get("code_challenge")
            or data.get("code_challenge_method")
        ):
            well = CHALLENGE.fullmatch(data.get("code_challenge", "")) is not None
            ok = well and data.get("code_challenge_method") == "S256"
            context.checks.require("PKCE S256 challenge", ok, InvalidRequestError, "pkce_challenge")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: AuthorizationCodeGrant, result: Any) -> None:
        context = grant.request.context
        credential: CodeCredential = grant.request.authorization_code
        if not context.dialect.knows_pkce:
            return
        try:
            super().validate_code_verifier(grant, result)
        except (InvalidGrantError, InvalidRequestError):
            context.checks.make("PKCE verifier", False, "pkce_verifier")
            raise
        if credential.code_challenge:
            context.checks.make("PKCE verifier", True, "pkce_verifier")
