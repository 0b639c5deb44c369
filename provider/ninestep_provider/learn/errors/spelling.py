"""How a dialect spells a fault at an endpoint for one app: which code its client is going to meet."""

from __future__ import annotations

from ninestep.dialects import policy
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.dialects.qq import errors as qq
from ninestep.dialects.wechat import errors as wechat
from ninestep.dialects.weibo import errors as weibo
from ninestep.records import App

from ...dialects.standard.errors import WORDS as AT_TOKEN
from ...engine.authorization_words import word

ENDPOINTS = ("authorize", "token", "refresh", "userinfo")
AT_USERINFO = {  # RFC 6750 §3.1, as the resource server answers a fault
    "scope_denied": "insufficient_scope",
    "user_denied": "insufficient_scope",
    "quota": "temporarily_unavailable",
    "busy": "temporarily_unavailable",
    "server_error": "server_error",
}


def faults_for(app: App, code: str) -> dict[str, str]:
    """endpoint -> the fault that makes this app's next call there end in ``code``."""
    found: dict[str, str] = {}
    for error, endpoints in ENDPOINTS_OF.items():
        for endpoint in endpoints:
            if endpoint in ENDPOINTS and spelt(app, endpoint, error) == code:
                found.setdefault(endpoint, error)
    return found


def spelt(app: App, endpoint: str, error: str) -> str:
    match app.dialect:
        case "wechat":
            return _wechat(app, endpoint, error)
        case "qq":
            own = qq.API.get(error) if endpoint == "userinfo" else None
            return str((own or qq.oauth(error)).number)
        case "weibo":
            at_api = endpoint == "userinfo" and error in weibo.API
            return str(weibo.API[error].number if at_api else weibo.oauth(error).number)
    if endpoint == "authorize":
        return word(error)
    if endpoint == "userinfo":
        return AT_USERINFO.get(error, "invalid_token")
    return AT_TOKEN[error][1]


def _wechat(app: App, endpoint: str, error: str) -> str:
    if endpoint != "authorize":
        return str(wechat.errcode(error, lambda name: policy(app, name)))
    if policy(app, "authorize_errors") == "oauth":
        return word(error)
    return str(wechat.PAGES[error][0]) if error in wechat.PAGES else ""
