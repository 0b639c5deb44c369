"""DPoP at protected data (RFC 9449 §7): a token that is bound to a key is good with a proof of that key alone."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.standard import jwt_time
from ninestep.oauth import dpop

from .reading import Call
from .services import services

SERVER = "resource_api"  # whose nonces these are
ERRORS = {  # neutral reason -> the error of §7.1, where it is about the proof and not about the token
    "dpop_missing": "invalid_dpop_proof",
    "dpop_proof": "invalid_dpop_proof",
    "dpop_used": "invalid_dpop_proof",
    "dpop_nonce": "use_dpop_nonce",
}


def sent() -> list[str]:
    """The token under the scheme ``DPoP``, the only way to send it (§7.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return [token.strip()] if scheme.lower() == dpop.SCHEME.lower() and token.strip() else []


def problem(call: Call) -> tuple[str, str]:
    """(neutral reason, detail), both "" for none; for a token that is good otherwise."""
    draft, token, app = call.draft, call.token, call.app
    if token is None or app is None:
        return "", ""
    named = bool(sent())
    if not named and not token.jkt:
        return "", ""
    if not draft.check("token bound to a key or sent as Bearer", named and bool(token.jkt)):
        return ("dpop_bound" if token.jkt else "dpop_unbound"), ""
    proofs = request.headers.getlist(dpop.HEADER)
    if not draft.check("DPoP proof given", len(proofs) == 1):
        return "dpop_missing", ""
    settings = services().settings
    addresses = [base + request.path for base in (settings.resource_url, settings.resource_internal_url)]
    moment = jwt_time.moment(app, call.now)
    proof, why = dpop.read(proofs[0], request.method, addresses, moment, call.secret)
    if not draft.check("DPoP proof holds", not why, why):
        return "dpop_proof", why
    if not draft.check("DPoP key of the token", proof.jkt == token.jkt):
        return "dpop_key", ""
    fresh = not policy(app, "dpop_nonce") or dpop.current(settings.trace_key, SERVER, proof.nonce, call.now)
    if not draft.check("DPoP nonce of this server", fresh):
        return "dpop_nonce", ""
    first = call.store.use_jti(call.world, "dpop", proof.jkt, proof.jti, dpop.LIFE)
    return ("" if draft.check("DPoP proof not used before", first) else "dpop_used"), ""


def scheme(call: Call) -> tuple[str, dict[str, str]]:
    """§7.1: the scheme of a challenge to this call, and what it has of its own."""
    bound = bool(sent()) or (call.token is not None and bool(call.token.jkt))
    return (dpop.SCHEME, {"algs": " ".join(dpop.ALGORITHMS)}) if bound else ("Bearer", {})


def give_nonce(response: Response, call: Call) -> None:
    """§9: the one that the next proof has to have."""
    response.headers[dpop.NONCE_HEADER] = dpop.nonce(services().settings.trace_key, SERVER, call.now)
