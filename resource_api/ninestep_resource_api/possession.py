"""DPoP at protected data (RFC 9449 §7): a token that is bound to a key is good with a proof of that key alone."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects import policy
from ninestep.dialects.standard import dpop, jwt_time

from .reading import Call
from .services import services

SERVER = "resource_api"  # whose nonces these are


def sent() -> list[str]:
    """The token under the scheme ``DPoP``, the only way to send it (§7.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return [token.strip()] if scheme.lower() == dpop.SCHEME.lower() and token.strip() else []


def problem(call: Call) -> str:
    """The error of §7.1 or RFC 6750 §3.1, "" for none; for a token that is good otherwise."""
    draft, token, app = call.draft, call.token, call.app
    if token is None or app is None:
        return ""
    named = bool(sent())
    if not named and not token.jkt:
        return ""
    if not draft.check("token bound to a key or sent as Bearer", named and bool(token.jkt)):
        return "invalid_token"
    proofs = request.headers.getlist(dpop.HEADER)
    if not draft.check("DPoP proof given", len(proofs) == 1):
        return "invalid_dpop_proof"
    settings = services().settings
    addresses = [base + request.path for base in (settings.resource_url, settings.resource_internal_url)]
    moment = jwt_time.moment(app, call.now)
    proof, why = dpop.read(proofs[0], request.method, addresses, moment, call.secret)
    if not draft.check("DPoP proof holds", not why, why):
        return "invalid_dpop_proof"
    if not draft.check("DPoP key of the token", proof.jkt == token.jkt):
        return "invalid_token"
    fresh = not policy(app, "dpop_nonce") or dpop.current(settings.trace_key, SERVER, proof.nonce, call.now)
    if not draft.check("DPoP nonce of this server", fresh):
        return "use_dpop_nonce"
    first = call.store.use_jti(call.world, "dpop", proof.jkt, proof.jti, dpop.LIFE)
    return "" if draft.check("DPoP proof not used before", first) else "invalid_dpop_proof"


def challenged(response: Response, call: Call, error: str) -> None:
    """§7.1: the scheme that this token needs, and the nonce where one is missing (§9)."""
    bound = bool(sent()) or (call.token is not None and bool(call.token.jkt))
    if not bound or response.status_code != 401:
        return
    told = f', error="{error}"' if error else ""
    algorithms = " ".join(dpop.ALGORITHMS)
    response.headers["WWW-Authenticate"] = f'DPoP realm="ninestep"{told}, algs="{algorithms}"'
    if error == "use_dpop_nonce":
        response.headers[dpop.NONCE_HEADER] = dpop.nonce(services().settings.trace_key, SERVER, call.now)
