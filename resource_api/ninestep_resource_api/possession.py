"""DPoP at protected data (RFC 9449 §7): a token that is bound to a key is good with a proof of that key alone."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.standard import jwt_time
from ninestep.oauth import dpop

from .reading import Call
from .refused import Refused, require
from .services import services

SERVER = "resource_api"  # whose nonces these are
TOKEN, PROOF, NONCE = "invalid_token", "invalid_dpop_proof", "use_dpop_nonce"  # §7.1: what the error is about


def sent() -> list[str]:
    """The token under the scheme ``DPoP``, the only way to send it (§7.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return [token.strip()] if scheme.lower() == dpop.SCHEME.lower() and token.strip() else []


def check(call: Call) -> None:
    """For a token that is good otherwise. Raises Refused."""
    token, app, named = call.token, call.app, bool(sent())
    if token is None or app is None or not (named or token.jkt):
        return
    both, wrong = named and bool(token.jkt), "dpop_bound" if token.jkt else "dpop_unbound"
    _require(call, "token bound to a key or sent as Bearer", both, TOKEN, wrong)
    proofs = request.headers.getlist(dpop.HEADER)
    _require(call, "DPoP proof given", len(proofs) == 1, PROOF, "dpop_missing")
    settings = services().settings
    addresses = [base + request.path for base in (settings.resource_url, settings.resource_internal_url)]
    moment = jwt_time.moment(app, call.now)
    proof, why = dpop.read(proofs[0], request.method, addresses, moment, call.secret)
    _require(call, "DPoP proof holds", not why, PROOF, "dpop_proof", why)
    _require(call, "DPoP key of the token", proof.jkt == token.jkt, TOKEN, "dpop_key")
    fresh = not policy(app, "dpop_nonce") or dpop.current(settings.trace_key, SERVER, proof.nonce, call.now)
    _require(call, "DPoP nonce of this server", fresh, NONCE, "dpop_nonce")
    first = call.store.use_jti(call.world, "dpop", proof.jkt, proof.jti, dpop.LIFE)
    _require(call, "DPoP proof not used before", first, PROOF, "dpop_used")


def _require(call: Call, name: str, ok: bool, error: str, reason: str, detail: str = "") -> None:
    require(call, name, ok, Refused(401, error, reason, detail))


def scheme(call: Call) -> tuple[str, dict[str, str]]:
    """§7.1: the scheme of a challenge to this call, and what it has of its own."""
    bound = bool(sent()) or (call.token is not None and bool(call.token.jkt))
    return (dpop.SCHEME, {"algs": " ".join(dpop.ALGORITHMS)}) if bound else ("Bearer", {})


def give_nonce(response: Response, call: Call) -> None:
    """§9: the one that the next proof has to have."""
    response.headers[dpop.NONCE_HEADER] = dpop.nonce(services().settings.trace_key, SERVER, call.now)
