"""DPoP at the token endpoint (RFC 9449 §5): the tokens of a request that brings a proof are bound to its key. Apps with
``dpop`` have to bring one, others may.

A proof is read right after the client was authenticated; its jti is spent as the last thing before the credential is,
so that a refusal spends neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError
from ninestep.oauth import dpop

from .checks import refusal

if TYPE_CHECKING:
    from .server import Context, Request

ENDPOINTS = ("token", "par")  # where a proof counts
SERVER = "provider"


class InvalidDpopProofError(OAuth2Error):
    error = "invalid_dpop_proof"


class UseDpopNonceError(OAuth2Error):
    """§8: the client tries again with the nonce in the header."""

    error = "use_dpop_nonce"
    nonce = ""

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, (dpop.NONCE_HEADER, self.nonce)]


def check(request: Request, endpoint: str) -> None:
    """The proof of a token request or of a push (§10.1), if there is one; ``context.proof`` from now on. Raises
    OAuth2Error."""
    context, app = request.context, request.context.app
    if app is None or not context.dialect.binds_keys:
        return
    text = next((value for name, value in request.headers.items() if name.lower() == dpop.HEADER.lower()), "")
    if not text and not (app.dpop and endpoint == "token"):
        return
    checks, settings = context.checks, context.services.settings
    checks.require("DPoP proof given", bool(text), InvalidDpopProofError, "dpop_missing")
    bases, path = (
        (settings.provider_url, settings.provider_internal_url),
        f"{context.dialect.prefix}/{endpoint}",
    )
    moment = context.dialect.moment(app, context.now)
    proof, why = dpop.read(text, "POST", [base + path for base in bases], moment)
    checks.require("DPoP proof holds", not why, InvalidDpopProofError, "dpop_proof", why)
    if context.dialect.wants_nonce(app):
        fresh = dpop.current(settings.trace_key, SERVER, proof.nonce, context.now)
        if not checks.make("DPoP nonce of this server", fresh, "dpop_nonce"):
            error = refusal(UseDpopNonceError, "dpop_nonce")
            error.nonce = dpop.nonce(settings.trace_key, SERVER, context.now)
            raise error
    context.proof = proof


def require_key(context: Context, jkt: str) -> None:
    """A code (§10) or a public client's refresh token (§5) that is bound to a key is used with that one alone."""
    if jkt:
        same = context.proof is not None and context.proof.jkt == jkt
        context.checks.require("DPoP key as before", same, InvalidGrantError, "dpop_key")


def spend(context: Context) -> None:
    """Take the jti, once for a request; who comes second with it is refused (§11.1)."""
    proof = context.proof
    if proof is None or context.proof_spent:
        return
    first = context.services.store.use_jti(context.world, "dpop", proof.jkt, proof.jti, dpop.LIFE)
    context.checks.require("DPoP proof not used before", first, InvalidDpopProofError, "dpop_used")
    context.proof_spent = True


def token_type(context: Context) -> str:
    return dpop.SCHEME if context.proof else "Bearer"


def jkt(context: Context) -> str:
    """The key that what is minted now is bound to; "" for none."""
    return context.proof.jkt if context.proof else ""


def confirmation(jkt: str) -> dict[str, Any]:
    """RFC 7800 ``cnf``, for JWT access tokens and introspection (§6)."""
    return {"cnf": {"jkt": jkt}} if jkt else {}
