"""The neutral words for what can go wrong, as faults are asked for, and the endpoints each can sit on."""

from __future__ import annotations

ENDPOINTS_OF: dict[str, tuple[str, ...]] = {
    "code_used": ("token",),
    "code_expired": ("token",),
    "code_unknown": ("token",),
    "invalid_client": ("authorize", "token", "refresh", "cgi_token"),
    "invalid_grant": ("token", "refresh"),
    "refresh_expired": ("refresh",),
    "refresh_unknown": ("refresh",),
    "token_expired": ("userinfo", "session", "phone"),
    "token_unknown": ("userinfo", "session", "phone"),
    "token_revoked": ("userinfo",),
    "scope_denied": ("authorize", "userinfo"),
    "user_denied": ("authorize", "userinfo"),
    "quota": ("authorize", "token", "refresh", "userinfo", "session", "phone", "cgi_token"),
    "busy": ("authorize", "token", "refresh", "userinfo", "session", "phone", "cgi_token"),
    "server_error": ("authorize", "token", "refresh", "userinfo", "session", "phone", "cgi_token"),
}
