"""Weibo's words for what went wrong: neutral reason -> word or text, error_code, HTTP status (wire.md F.2, F.5).

Two tables: OAuth's errors at authorize and token, and the errors of API calls. Spelling mistakes are the platform's.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class OAuthError(NamedTuple):
    error: str
    number: int
    description: str = ""  # {client_id} and {code} are what was sent


class ApiError(NamedTuple):
    text: str
    number: int
    status: int = 400


DENIED = OAuthError("access_denied", 21330, "user denied your request.")
_MISMATCH = OAuthError("redirect_uri_mismatch", 21322)
_CODE = OAuthError("invalid_grant", 21325, "invalid authorization code:{code}")
_CLIENT = OAuthError("invalid_client", 21324, "unknow client id:{client_id}")
_SECRET = OAuthError("invalid_client", 21324)
_REFRESH = OAuthError("invalid_grant", 21325)
_FORBIDDEN = OAuthError("appkey permission denied", 21337)
_UNAUDITED = "applications over the unaudited use restrictions!"
_AWAY = OAuthError("temporarily_unavailable", 21331)
MALFORMED = OAuthError("invalid_request", 21323)

OAUTH: dict[str, OAuthError] = {
    "redirect_mismatch": _MISMATCH,
    "redirect_changed": _MISMATCH,
    "redirect_missing": OAuthError("invalid_request", 21323, "miss redirect uri."),
    "client_missing": OAuthError("invalid_request", 21323, "miss client id."),
    "secret_missing": OAuthError("invalid_request", 21323, "miss client secret."),
    "grant_type_missing": OAuthError("invalid_request", 21323, "miss grant type."),
    "code_missing": OAuthError("invalid_request", 21323, "miss authorization code."),
    "refresh_missing": OAuthError("invalid_request", 21323, "miss refresh token."),
    "client_unknown": _CLIENT,
    "client_disabled": _CLIENT,
    "secret_wrong": _SECRET,
    "invalid_client": _SECRET,
    "client_banned": _FORBIDDEN,
    "scope_denied": _FORBIDDEN,
    "code_unknown": _CODE,
    "code_used": _CODE,
    "code_expired": _CODE,
    "code_foreign": _CODE,
    "invalid_grant": _CODE,
    "pkce_verifier": _CODE,
    "refresh_unknown": _REFRESH,
    "refresh_foreign": _REFRESH,
    "refresh_used": _REFRESH,
    "refresh_revoked": _REFRESH,
    "refresh_expired": OAuthError("expired_token", 21327),
    "client_kind": OAuthError("unauthorized_client", 21326),
    "grant_type": OAuthError("unsupported_grant_type", 21328),
    "response_type": OAuthError("unsupported_response_type", 21329),
    "not_tester": OAuthError(_UNAUDITED, 21321),
    "user_denied": DENIED,
    "user_unknown": _AWAY,
    "quota": _AWAY,
    "busy": _AWAY,
    "server_error": _AWAY,
}
PAGES = {21321, 21322, 21324, 21337}  # never told to a redirect_uri (wire.md F.1)

_TOKEN = ApiError("invalid_access_token", 21332)
API: dict[str, ApiError] = {
    "token_missing": ApiError("source paramter(appkey) is missing", 10006),
    "parameter_missing": ApiError("miss required parameter (access_token), see doc for more info.", 10016),
    "method": ApiError("HTTP METHOD is not suported for this request!", 10021),
    "uid_missing": ApiError("uid is null", 20002),
    "user_unknown": ApiError("User does not exists!", 20003),
    "not_tester": ApiError(_UNAUDITED, 21321),
    "token_unknown": _TOKEN,
    "token_revoked": _TOKEN,
    "consent_withdrawn": _TOKEN,
    "token_expired": ApiError("expired_token", 21327),
    "scope_denied": ApiError("Insufficient app permissions!", 10014, 403),
    "email_denied": ApiError("access_denied", 21330, 403),
    "user_denied": ApiError("access_denied", 21330, 403),
    "client_banned": ApiError("appkey permission denied", 21337, 403),
    "quota": ApiError("User requests out of rate limit!", 10023, 403),
    "busy": ApiError("Too many pending tasks, system is busy!", 10009, 503),
    "server_error": ApiError("System error!", 10001, 503),
}


def oauth(reason: str) -> OAuthError:
    return OAUTH.get(reason, MALFORMED)


def oauth_body(problem: OAuthError, path: str, *, client_id: str = "", code: str = "") -> dict[str, Any]:
    """As captured: an error without a description has another order than one with it (wire.md F.2)."""
    if not problem.description:
        return {"request": path, "error_code": problem.number, "error": problem.error, "error_uri": path}
    description = problem.description.format(client_id=client_id, code=code)
    return {
        "error": problem.error,
        "error_code": problem.number,
        "request": path,
        "error_uri": path,
        "error_description": description,
    }


def api_body(problem: ApiError, path: str) -> dict[str, Any]:
    return {"error": problem.text, "error_code": problem.number, "request": path}
