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
BINDING = {  # of one local account with several platforms
    "bind_taken": "这个账号已经绑定在另一个美团账号上，没有做任何改动",
    "bind_other": "您已经绑定了这个平台的另一个账号，请先解绑再更换",
    "unbind_last": "这是您唯一的登录方式，解绑之后就进不来了",
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

NUMBERS = {  # wire.md E.5 and F.2; what a platform adds in words may hold a code, so no log repeats it
    "QQ": {
        1002: "需要登录",
        100000: "response_type错误",
        100001: "缺少client_id参数",
        100002: "缺少client_secret参数",
        100004: "grant_type错误",
        100005: "缺少code参数",
        100006: "缺少refresh_token参数",
        100007: "缺少access_token参数",
        100008: "不存在的client_id",
        100009: "client_secret错误",
        100010: "回调地址不合法",
        100011: "应用未上线",
        100013: "access_token已失效",
        100014: "access_token超时",
        100015: "access_token已废除",
        100016: "access_token验证失败",
        100019: "code换取access_token失败",
        100020: "code重复使用",
        100021: "refresh_token失效",
        100022: "refresh_token失效",
        100030: "用户未授权该API",
        100031: "应用没有该API的权限",
    },
    "微博": {
        10014: "应用没有该API的权限",
        10021: "HTTP方法不对",
        10023: "请求过于频繁",
        20003: "用户不存在",
        21321: "未审核的应用使用人数超限",
        21322: "回调地址不一致",
        21323: "请求不合法",
        21324: "client_id或client_secret错误",
        21325: "授权码或授权无效",
        21326: "应用没有权限",
        21327: "token过期",
        21328: "不支持的grant_type",
        21330: "用户或授权服务器拒绝",
        21331: "服务暂时无法访问",
        21332: "access_token无效",
        21337: "应用没有权限",
    },
}

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
    return code if code in FRIENDLY or code in BINDING else OTHER


def friendly(code: str) -> str:
    return FRIENDLY.get(code) or BINDING.get(code, OTHERWISE)


def log_line(platform: str, number: int) -> str:
    if platform == "微信":  # in the seed's words (S0 §7.2)
        return f"微信API错误: {number} - {DESCRIPTIONS.get(number, UNKNOWN)}"
    return f"{platform}接口错误: {number} - {NUMBERS[platform].get(number, UNKNOWN)}"


def exception(platform: str, number: int) -> str:
    if platform == "微信":
        return WECHAT.get(number) or f"API调用失败: {DESCRIPTIONS.get(number, UNKNOWN)}"
    return f"{platform}接口调用失败: {number} {NUMBERS[platform].get(number, UNKNOWN)}"
