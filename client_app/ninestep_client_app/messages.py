"""What failures are called: the seed's texts (S0 §7.2, §7.3), word for word.

``FRIENDLY`` is what a user may read; pages show it in their language (``words``, key
``client.notice.<code>``). ``WECHAT`` and ``DESCRIPTIONS`` are for the log and for exceptions: they name
codes, so no page shows them.
"""

from __future__ import annotations

FRIENDLY = {
    "invalid_client": "应用配置错误，请联系技术支持",
    "access_denied": "您取消了授权，如需使用请重新登录",
    "invalid_grant": "授权已过期，请重新登录",
    "server_error": "服务暂时不可用，请稍后再试",
    "NEED_REAUTH": "登录已过期，请重新登录",
    "insufficient_scope": "用户未授权此权限，请重新授权",
    "no_code": "授权失败：没有收到授权码",
    "invalid_state": "授权失败：state参数不匹配",
}
OTHERWISE = "登录过程中出现问题，请重试"
OTHER = "other"  # the key of OTHERWISE

INVALID_STATE_JSON = "授权状态验证失败，可能存在安全风险"

DESCRIPTIONS = {
    40001: "AppSecret错误或者AppSecret不属于这个公众号",
    40002: "不合法的凭证类型",
    40003: "不合法的OpenID",
    40013: "不合法的AppID",
    40029: "不合法的oauth_code",
    41001: "缺少access_token参数",
    41002: "缺少appid参数",
    42001: "access_token超时",
    42002: "refresh_token超时",
    50001: "用户未授权该API",
}
UNKNOWN = "未知错误"

WECHAT = {
    40001: "应用配置错误，请检查AppID和AppSecret",
    40013: "应用配置错误，请检查AppID和AppSecret",
    40029: "授权码已过期，请重新授权",
    42001: "Token已过期，需要刷新或重新授权",
    42002: "Token已过期，需要刷新或重新授权",
    50001: "用户未授权此权限，请重新授权",
}


def notice_key(code: str) -> str:
    """The key of the friendly text for an error code; any unknown code gets the general one."""
    return code if code in FRIENDLY else OTHER


def friendly(code: str) -> str:
    return FRIENDLY.get(code, OTHERWISE)


def wechat_log_line(errcode: int) -> str:
    return f"微信API错误: {errcode} - {DESCRIPTIONS.get(errcode, UNKNOWN)}"


def wechat_exception(errcode: int) -> str:
    return WECHAT.get(errcode) or f"API调用失败: {DESCRIPTIONS.get(errcode, UNKNOWN)}"
