"""WeChat's words for what went wrong: neutral reason -> errcode and errmsg (wire.md A.2–A.5), and the pages of A.1.2.

Where the platform's number depends on the app's fidelity, the row names the policy that decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MESSAGES: dict[int, str] = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40125: "invalid appsecret",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41003: "refresh_token missing",
    41004: "appsecret missing",
    41008: "missing code",
    41009: "missing openid",
    42001: "access_token expired",
    42002: "refresh_token expired",
    42003: "code expired",
    42007: "access_token and refresh_token are void, the user has to authorize again",  # only the number is documented
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    48001: "api unauthorized",
    50001: "user unauthorized",
}

REASONS: dict[str, int | str] = {  # a str is the name of the policy that holds the number
    "client_missing": 41002,
    "secret_missing": 41004,
    "code_missing": 41008,
    "refresh_missing": 41003,
    "grant_type": 40002,
    "client_unknown": 40013,
    "client_disabled": 40013,
    "invalid_client": "wrong_secret_error",
    "secret_wrong": "wrong_secret_error",
    "invalid_grant": 40029,
    "code_used": "used_code_error",
    "code_unknown": 40029,
    "code_foreign": 40029,
    "code_expired": "expired_code_error",
    "risk_blocked": 40226,
    "refresh_unknown": 40030,
    "refresh_foreign": 40030,
    "refresh_used": 40030,
    "refresh_revoked": "revoked_refresh_error",
    "refresh_expired": "expired_refresh_error",
    "token_missing": 41001,
    "openid_missing": 41009,
    "token_unknown": 40001,
    "token_expired": "expired_token_error",
    "token_revoked": 40001,
    "openid_wrong": 40003,
    "scope_denied": "base_scope_error",
    "user_denied": 50001,
    "consent_withdrawn": "withdrawn_error",
    "quota": 45011,
    "busy": -1,
    "server_error": -1,
}
WRONG_SECRET_OLD = "invalid credential"  # 40001 is two things: at the token endpoint it is about the secret

PAGES: dict[str, tuple[int, str]] = {  # wire.md A.1.2, exact texts
    "redirect_mismatch": (10003, "redirect_uri域名与后台配置不一致"),
    "client_banned": (10004, "此公众号被封禁"),
    "scope_unknown": (10005, "此公众号并没有这些scope的权限"),
    "not_follower": (10006, "必须关注此测试号"),
    "quota": (10009, "操作太频繁了，请稍后重试"),
    "scope_missing": (10010, "scope不能为空"),
    "redirect_missing": (10011, "redirect_uri不能为空"),
    "client_missing": (10012, "appid不能为空"),
    "component_unauthorized": (10015, "公众号未授权第三方平台，请检查授权状态"),
    "client_kind": (10016, "不支持微信开放平台的Appid，请使用公众号Appid"),
}
UNNUMBERED_PAGES = {  # no number in the official table; wording seen on the QR page (B.1), or ours
    "client_unknown": "AppID 参数错误",
    "client_disabled": "AppID 参数错误",
    "not_in_wechat": "请在微信客户端打开链接",
    "response_type": "response_type 参数错误",
    "state_too_long": "state 参数过长",
    "server_error": "系统错误，请稍后再试",
    "busy": "系统繁忙，请稍后再试",
}

QR_PAGES = {  # wire.md B.1, exact; they have no numbers
    "client_missing": "AppID 参数错误",
    "client_unknown": "AppID 参数错误",
    "client_disabled": "AppID 参数错误",
    "client_banned": "AppID 参数错误",
    "client_kind": "Scope 参数错误或没有 Scope 权限",
    "scope_missing": "Scope 参数错误或没有 Scope 权限",
    "scope_unknown": "Scope 参数错误或没有 Scope 权限",
    "redirect_missing": "redirect_uri 参数错误",
    "redirect_mismatch": "redirect_uri 参数错误",
}


def errcode(reason: str, policy: Callable[[str], Any]) -> int:
    """The number for a neutral reason under an app's policies."""
    number = REASONS[reason]
    return int(policy(number)) if isinstance(number, str) else number


def message(reason: str, number: int) -> str:
    if number == 40001 and reason in ("secret_wrong", "invalid_client"):
        return WRONG_SECRET_OLD
    return MESSAGES[number]
