"""QQ's numbers for what went wrong: neutral reason -> error and text (wire.md E.4, E.5).

The trailing spaces are the platform's. Where no source quotes a text, it follows the pattern of those that are quoted;
the table has no number for a busy system or a quota, so those two are the openapi's usual negative ones.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Problem(NamedTuple):
    number: int
    text: str


_CODE = Problem(100019, "code to access token error")
_REDIRECT = Problem(100010, "redirect uri is illegal")
_OFFLINE = Problem(100011, "app is not online")
_SECRET = Problem(100009, "client secret is illegal")
_REFRESH = Problem(100021, "get access token error")
_REFRESH_UNKNOWN = Problem(100022, "get refresh token error")
_BUSY = Problem(-1, "system is busy")
_UNGRANTED = Problem(100030, "this api without user authorization")
MALFORMED = Problem(100000, "param response_type is wrong or lost ")

OAUTH: dict[str, Problem] = {
    "response_type": MALFORMED,
    "response_type_missing": MALFORMED,
    "pkce_challenge": Problem(100000, "param code_challenge is wrong or lost "),
    "state_too_long": Problem(100000, "param state is wrong or lost "),
    "client_missing": Problem(100001, "param client_id is wrong or lost "),
    "secret_missing": Problem(100002, "param client_secret is wrong or lost "),
    "grant_type": Problem(100004, "param grant_type is wrong or lost "),
    "grant_type_missing": Problem(100004, "param grant_type is wrong or lost "),
    "code_missing": Problem(100005, "param code is wrong or lost "),
    "refresh_missing": Problem(100006, "param refresh token is wrong or lost "),
    "token_missing": Problem(100007, "param access token is wrong or lost "),
    "client_unknown": Problem(100008, "client id is illegal"),
    "client_kind": Problem(100008, "client id is illegal"),
    "secret_wrong": _SECRET,
    "invalid_client": _SECRET,
    "redirect_missing": _REDIRECT,
    "redirect_mismatch": _REDIRECT,
    "client_disabled": _OFFLINE,
    "client_banned": _OFFLINE,
    "method": Problem(100012, "http method is illegal"),
    "token_revoked": Problem(100013, "access token is illegal"),
    "token_expired": Problem(100014, "access token expired"),
    "consent_withdrawn": Problem(100015, "access token is abolished"),
    "token_unknown": Problem(100016, "access token check failed"),
    "token_foreign": Problem(100016, "access token check failed"),
    "code_unknown": _CODE,
    "code_expired": _CODE,
    "code_foreign": _CODE,
    "redirect_changed": _CODE,
    "pkce_verifier": _CODE,
    "invalid_grant": _CODE,
    "code_used": Problem(100020, "code is reused error"),
    "refresh_used": _REFRESH,
    "refresh_expired": _REFRESH,
    "refresh_revoked": _REFRESH,
    "refresh_unknown": _REFRESH_UNKNOWN,
    "refresh_foreign": _REFRESH_UNKNOWN,
    "user_denied": _UNGRANTED,
    "scope_denied": _UNGRANTED,
    "app_scope_denied": Problem(100031, "this api without app authorization"),
    "unionid_denied": Problem(100048, "companyid not set"),
    "quota": Problem(-23, "access frequency is over the limit"),
    "user_unknown": _BUSY,
    "busy": _BUSY,
    "server_error": _BUSY,
}
API: dict[str, Problem] = {  # what the API says otherwise
    "token_missing": Problem(1002, "请先登录"),
    "consumer_key": Problem(-1, "client request's parameters are invalid, invalid appid"),
    "openid_wrong": Problem(-1, "client request's parameters are invalid, invalid openid"),
}
PAGES = {100001, 100008, 100010, 100011}  # never told to a redirect_uri (wire.md E.1)


def oauth(reason: str) -> Problem:
    return OAUTH.get(reason, MALFORMED)


def oauth_body(reason: str) -> dict[str, Any]:
    problem = oauth(reason)
    return {"error": problem.number, "error_description": problem.text}


def api_body(reason: str) -> dict[str, Any]:
    problem = API.get(reason) or oauth(reason)
    return {"ret": problem.number, "msg": problem.text}
