"""``error_description`` of a challenge (RFC 6750 §3, RFC 9449 §7.1): what was wrong with the token, and what would be
right."""

from __future__ import annotations

from ninestep.dialects.standard.error_description import plain

MOST_TEXT = 4000  # characters of a draft

SAYS = {  # neutral reason -> the sentence; {detail} is what the failed check recorded
    "repeated": "the token came in more than one place: send it once, best in the Authorization header",
    "token_unknown": "no such token, or none that opens this: send the access_token of a token answer, unaltered",
    "token_expired": "this token has expired: refresh it, or start the login again",
    "token_revoked": "this token was revoked: start the login again",
    "consent_withdrawn": "the user has withdrawn the consent: start the login again",
    "client_disabled": "the app of this token is disabled (field disabled of the app); its tokens work again once it"
    " is enabled",
    "client_banned": "the app of this token is banned (field banned of the app); its tokens work again once it is not",
    "user_unknown": "the user of this token is gone: start the login again",
    "user_missing": "this takes a token of a user, and this one is the app's own: get one by a login",
    "user_denied": "the user does not allow this: ask for the scope {scope} in another login",
    "scope_denied": "this takes the scope {scope}, and the token has {detail}: ask for it in another login",
    "draft_text": f"text is missing, or longer than {MOST_TEXT} characters",
    "dpop_bound": "this token is bound to a key: send it under the scheme DPoP, with a proof in the DPoP header",
    "dpop_unbound": "this token is bound to no key: send it under the scheme Bearer",
    "dpop_missing": "send one DPoP header with a proof",
    "dpop_proof": "the DPoP proof does not hold: {detail}",
    "dpop_key": "the DPoP proof is of another key than that of the token",
    "dpop_nonce": "the DPoP proof has to have the nonce that the header DPoP-Nonce of this answer tells",
    "dpop_used": "this DPoP proof was used before (jti): sign another for each request",
}


def describe(reason: str, detail: str, scope: str) -> str:
    """The sentence for a neutral reason; ``scope`` is the one that would do."""
    text = SAYS.get(reason, SAYS["token_unknown"])
    return plain(text.replace("{scope}", scope).replace("{detail}", detail or "none that would do"))
