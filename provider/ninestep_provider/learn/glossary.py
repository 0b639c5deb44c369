"""The words of OAuth in both languages; the notes on them stand in the catalogue under ``learn.term.<id>``."""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    id: str
    zh: str
    en: str
    written: str = ""  # as it stands in requests


TERMS = (
    Term("resource_owner", "资源拥有者", "resource owner"),
    Term("client", "客户端（第三方应用）", "client"),
    Term("authorization_server", "授权服务器", "authorization server"),
    Term("resource_server", "资源服务器", "resource server"),
    Term("authorization", "授权", "authorization"),
    Term("authentication", "认证", "authentication"),
    Term("client_id", "客户端标识", "client identifier", "client_id · appid"),
    Term("client_secret", "客户端密钥", "client secret", "client_secret · secret"),
    Term("redirect_uri", "回调地址", "redirection URI", "redirect_uri"),
    Term("state", "状态参数", "state", "state"),
    Term("code", "授权码", "authorization code", "code"),
    Term("access_token", "访问令牌", "access token", "access_token"),
    Term("refresh_token", "刷新令牌", "refresh token", "refresh_token"),
    Term("scope", "权限范围", "scope", "scope"),
    Term("grant_type", "授权类型", "grant type", "grant_type"),
    Term("openid", "用户在一个应用里的标识", "user's id within one app", "openid"),
    Term("unionid", "用户在同一主体各应用间的标识", "user's id across one company's apps", "unionid"),
    Term("session_key", "会话密钥", "session key", "session_key"),
    Term("front_channel", "间接通信（经过浏览器）", "front channel"),
    Term("back_channel", "直接通信（服务器之间）", "back channel"),
    Term("consent", "授权确认", "consent"),
    Term("revocation", "撤销授权", "revocation"),
    Term("introspection", "令牌验证", "token introspection"),
    Term("pkce", "授权码交换证明", "proof key for code exchange", "code_verifier"),
    Term("csrf", "跨站请求伪造", "cross-site request forgery"),
    Term("silent", "静默授权", "silent authorization", "snsapi_base"),
)
