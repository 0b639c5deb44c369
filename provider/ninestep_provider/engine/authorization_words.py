"""RFC 6749 §4.1.2.1's word for each neutral reason to refuse an authorization."""

from __future__ import annotations

WORDS = {
    "client_missing": "invalid_request",
    "client_unknown": "unauthorized_client",
    "client_disabled": "unauthorized_client",
    "client_banned": "unauthorized_client",
    "client_kind": "unauthorized_client",
    "component_unauthorized": "unauthorized_client",
    "not_follower": "access_denied",
    "not_tester": "access_denied",
    "grant_not_allowed": "unauthorized_client",
    "redirect_missing": "invalid_request",
    "redirect_mismatch": "invalid_request",
    "response_type": "unsupported_response_type",
    "response_type_missing": "invalid_request",
    "scope_unknown": "invalid_scope",
    "scope_missing": "invalid_request",
    "state_too_long": "invalid_request",
    "pkce_challenge": "invalid_request",
    "repeated": "invalid_request",
    "repeated_target": "invalid_request",
    "user_denied": "access_denied",
    "server_error": "server_error",
    "busy": "temporarily_unavailable",
    "quota": "temporarily_unavailable",
    "invalid_client": "unauthorized_client",
}


def word(reason: str, otherwise: str = "invalid_request") -> str:
    """``otherwise``: the word of who refused it, for a reason that the table does not know."""
    return WORDS.get(reason) or WORDS.get(otherwise, otherwise)
