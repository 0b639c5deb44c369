"""The neutral words for what can go wrong, as faults are asked for, and the endpoints each can sit on."""

from __future__ import annotations

_CODE = ("token", "js_code")
_TOKEN = ("userinfo", "articles", "check", "me", "session", "session_reset", "phone")
_ANY = ("authorize", *_CODE, "refresh", "device", "par", "revoke", "introspect", *_TOKEN, "cgi_token")

ENDPOINTS_OF: dict[str, tuple[str, ...]] = {
    "code_used": _CODE,
    "code_expired": _CODE,
    "code_unknown": _CODE,
    "invalid_client": ("authorize", "device", "par", *_CODE, "refresh", "introspect", "cgi_token"),
    "invalid_grant": (*_CODE, "refresh"),
    "refresh_expired": ("refresh",),
    "refresh_unknown": ("refresh",),
    "token_expired": _TOKEN,
    "token_unknown": _TOKEN,
    "token_revoked": ("userinfo", "articles", "me"),
    "scope_denied": ("authorize", "device", "userinfo", "articles"),
    "user_denied": ("authorize", "userinfo", "articles"),
    "quota": _ANY,
    "busy": _ANY,
    "server_error": _ANY,
}
