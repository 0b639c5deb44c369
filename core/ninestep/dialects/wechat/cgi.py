"""The manner of ``/cgi-bin/*`` and ``/wxa/*``: their content type, errors and suffix (wire.md A.6, C.3, C.5, C.6)."""

from __future__ import annotations

import secrets
import time

CONTENT_TYPE = "application/json; encoding=utf-8"  # the platform's own spelling: not charset

REASONS: dict[str, int | str] = {  # a str is the name of the policy that holds the number
    "client_missing": 41002,
    "client_unknown": 40013,
    "client_disabled": 40013,
    "client_kind": 40013,
    "client_banned": 50007,
    "grant_type": 40002,
    "secret_missing": 41004,
    "secret_wrong": "wrong_secret_error",
    "invalid_client": "wrong_secret_error",
    "account_held": "cgi_token_error",
    "method": 43002,
    "body": 47001,
    "token_missing": 41001,
    "token_unknown": 40001,
    "token_revoked": 40001,
    "token_expired": 42001,
    "token_foreign_kind": 48001,
    "openid_wrong": 40003,
    "sig_method": 87008,
    "signature": 87009,
    "code_missing": 40029,
    "code_unknown": 40029,
    "code_used": 40029,
    "code_expired": 40029,
    "code_foreign": 40013,
    "daily_quota": 45009,
    "quota": 45011,
    "busy": -1,
    "server_error": -1,
}
MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by "
    "getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    40243: "appsecret frozen",  # of this and the three below only the numbers are documented
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    42001: "access_token expired",
    43002: "require POST method",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    47001: "data format error",
    48001: "api unauthorized",
    50004: "forbidden to use the token api",
    50007: "account frozen",
    87008: "invalid sig_method",
    87009: "invalid signature",
    89503: "ip has to be confirmed by the administrator",
}

OLD = {"invalid appsecret": "invalid appsecret, view more at http://t.cn/RAEkdVq"}  # until 2020


def errmsg(message: str, suffix: str, *, hinted: bool = False) -> str:
    """The message with the suffix of A.6: no comma here. ``hinted``: the answer to a phone code carries both."""
    hint = f"{secrets.token_urlsafe(6)[:9]}-{secrets.token_urlsafe(4)[:6]}"
    match suffix:
        case "rid":
            groups = (f"{int(time.time()):08x}", secrets.token_hex(4), secrets.token_hex(4))
            middle = f" hint: [{hint}]" if hinted else ""
            return f"{message}{middle} rid: {'-'.join(groups)}"
        case "hints":
            return f"{OLD.get(message, message)} hint: [{hint}]"
    return message
