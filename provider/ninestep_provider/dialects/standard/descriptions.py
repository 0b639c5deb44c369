"""``error_description`` (RFC 6749 §4.1.2.1, §5.2): what a client's developer is told beside RFC's word, in ASCII. It
says what was wrong and what would be right; of what was sent, only what is no secret."""

from __future__ import annotations

from ninestep.dialects.standard.error_description import plain

SAYS = {  # neutral reason -> the sentence; {detail} is what the failed check recorded
    "client_missing": "client_id is missing: send it in the body or in a Basic header",
    "client_unknown": "no standard app has the client_id '{detail}'; 'ninestep app list' tells those that there are",
    "client_disabled": "this app is disabled (field disabled of the app)",
    "client_banned": "this app is banned (field banned of the app)",
    "secret_wrong": "client_secret is not that of this client_id; in a Basic header both are form-urlencoded first",
    "secret_missing": "the client's proof is missing, or comes in another way than the app's"
    " token_endpoint_auth_method says; send it in that way alone",
    "grant_type": "grant_type is missing, or not one of grant_types_supported in the metadata",
    "response_type": "response_type has to be code; any other needs the grant implicit in the app's grant_types",
    "response_type_missing": "response_type is missing; it has to be code",
    "scope_unknown": "not open to the app, or more than was granted: {detail}; scopes are separated by blanks",
    "scope_needs_user": "no user is here, so none of these can be had: {detail}",
    "repeated": "sent more than once: {detail}",
    "state_too_long": "state is longer than 4096 bytes",
    "code_missing": "code is missing",
    "code_unknown": "no such code: it was never given to anybody, or is long gone; start the login again",
    "code_used": "this code was redeemed before, and is good once; what the first redemption gave is revoked",
    "code_expired": "this code has expired ({detail}); start the login again",
    "code_foreign": "this code was given to another client_id",
    "login_ended": "the login that this code belongs to has ended by a logout; start another",
    "redirect_changed": "redirect_uri is not the one that the authorization request had, to the letter",
    "pkce_challenge": "PKCE: send code_challenge (43 to 128 unreserved characters) and code_challenge_method=S256",
    "refresh_missing": "refresh_token is missing",
    "refresh_unknown": "no such refresh_token",
    "refresh_used": "this refresh_token was used before: each is good once, and its whole family is revoked now",
    "refresh_expired": "this refresh_token has expired; start the login again",
    "refresh_revoked": "what this refresh_token belongs to was revoked; start the login again",
    "refresh_foreign": "this refresh_token was given to another client_id",
    "consent_withdrawn": "the user has withdrawn the consent; start the login again",
    "login_missing": "username and password are both needed",
    "login_failed": "no user has this username and password",
    "device_code_missing": "device_code is missing",
    "device_expired": "this device_code has expired ({detail}); ask for another",
    "token_unknown": "no such token, or none of this world",
    "token_expired": "this token has expired",
    "token_revoked": "this token was revoked",
    "subject_token": "subject_token is missing, or subject_token_type is not"
    " urn:ietf:params:oauth:token-type:access_token",
    "requested_token_type": "an access token is all that can be had; neither actor_token nor actor_token_type is taken",
    "target": "resource and audience can be the resource API alone",
    "assertion_type": "client_assertion_type has to be urn:ietf:params:oauth:client-assertion-type:jwt-bearer, with a"
    " client_assertion",
    "assertion_signature": "client_assertion is not signed by a key of the app's jwks, with an alg that is taken",
    "assertion_subject": "iss and sub of the client_assertion both have to be the client_id",
    "assertion_audience": "aud of the client_assertion has to be the issuer or this endpoint; not {detail}",
    "assertion_time": "the client_assertion is not good at this time: {detail}",
    "assertion_jti": "the client_assertion has no jti",
    "assertion_used": "this client_assertion was used before (jti); sign another for each request",
    "dpop_missing": "this app's tokens are bound to a key (field dpop): send a DPoP header",
    "dpop_proof": "the DPoP proof does not hold: {detail}",
    "dpop_nonce": "the DPoP proof has to have the nonce that the header DPoP-Nonce of this answer tells",
    "dpop_used": "this DPoP proof was used before (jti); sign another for each request",
    "dpop_key": "what was sent is bound to another key than that of the DPoP proof",
    "token_missing": "token is missing",
    "token_foreign": "this token was given to another client_id",
    "login_required": "a login is needed, and prompt=none allows no page",
    "consent_required": "a consent is needed, and prompt=none allows no page",
    "request_object": "request objects are not supported: send the parameters themselves, or push them to /oauth/par",
    "request_not_pushed": "this app's requests have to be pushed to /oauth/par first (policy require_par)",
    "prompt": "prompt can be none, or of login, consent and select_account; not '{detail}'",
    "max_age": "max_age has to be a number of seconds; not '{detail}'",
    "claims": "claims has to be a JSON object of objects",
    "acr": "every login here has the acr 0, so no other can be a must",
    "openid_missing": "an id_token takes the scope openid",
    "nonce_missing": "an id_token in the redirect takes a nonce",
    "id_token_hint": "id_token_hint is no id_token of this server",
    "response_mode": "response_mode can be query, fragment or form_post; with a token not query",
    "request_uri": "request_uri can be one that /oauth/par gave, in the authorization request alone: nothing is fetched"
    " from elsewhere",
}  # what is missing here keeps Authlib's own words, if it has any


def describe(reason: str, detail: str = "") -> str:
    """The sentence for a neutral reason; "": there is none."""
    return plain(SAYS.get(reason, "").replace("{detail}", detail or "what was sent"))
