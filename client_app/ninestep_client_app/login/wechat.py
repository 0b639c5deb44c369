"""WeChat's wire as the client speaks it (wire.md A.1–A.4, B): POST forms, and errors in HTTP 200.

One class for its official account, its website by QR code and its App: they differ in where ② leads and in what they
ask for. They are one platform to a person, and one account by unionid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

import msgspec
from ninestep.settings import ClientSettings

from ..errors import LoginError
from ..outgoing import Answer, Outgoing
from ..tokens.values import Tokens
from .attempt import Profile
from .wire import Wire, refuse

WECHAT, PC, APP = "wechat", "wechat_pc", "wechat_app"
USERINFO, BASE, QR = "snsapi_userinfo", "snsapi_base", "snsapi_login"

# 40001 is two things: a wrong secret at the token endpoint, a dead access token at the resource server.
AT_TOKEN = {
    40001: "invalid_client",
    40013: "invalid_client",
    40125: "invalid_client",
    41002: "invalid_client",
    41004: "invalid_client",
    40029: "invalid_grant",
    40163: "invalid_grant",
    41008: "invalid_grant",
    42003: "invalid_grant",
    40030: "NEED_REAUTH",
    41003: "NEED_REAUTH",
    42002: "NEED_REAUTH",
}
AT_RESOURCE = {
    40001: "expired",
    40014: "expired",
    42001: "expired",
    48001: "insufficient_scope",
    50001: "insufficient_scope",
}
BUSY = frozenset({-1, 45009, 45011})


class TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float
    openid: str
    refresh_token: str = ""
    scope: str = ""
    unionid: str = ""


class UserAnswer(msgspec.Struct):
    openid: str
    nickname: str = ""
    headimgurl: str = ""
    unionid: str = ""


class WeChat(Wire):
    provider = WECHAT

    def __init__(
        self,
        way: str,
        credentials: tuple[str, str],
        scopes: tuple[str, ...],
        settings: ClientSettings,
        outgoing: Outgoing,
        authorize: str = "",
    ) -> None:
        """``authorize``: path of the provider's page; an App has none, as the phone itself asks there."""
        appid, self._secret = credentials
        super().__init__(appid, outgoing)
        self._way = way
        self.scopes = scopes
        self.profile_scope = scopes[0]
        self._authorize = settings.provider_url + authorize
        self._redirect_uri = f"{settings.client_url}/auth/{way}/callback"
        self._token = f"{settings.provider_internal_url}/sns/oauth2/access_token"
        self._refresh = f"{settings.provider_internal_url}/sns/oauth2/refresh_token"
        self._userinfo = f"{settings.resource_internal_url}/sns/userinfo"

    @classmethod
    def official_account(cls, settings: ClientSettings, outgoing: Outgoing) -> Self:
        credentials = settings.meituan_appid, settings.meituan_secret
        return cls(WECHAT, credentials, (USERINFO, BASE), settings, outgoing, "/connect/oauth2/authorize")

    @classmethod
    def pc(cls, settings: ClientSettings, outgoing: Outgoing) -> Self:
        credentials = settings.meituan_pc_appid, settings.meituan_pc_secret
        return cls(PC, credentials, (QR,), settings, outgoing, "/connect/qrconnect")

    @classmethod
    def app(cls, settings: ClientSettings, outgoing: Outgoing) -> Self:
        credentials = settings.meituan_app_appid, settings.meituan_app_secret
        return cls(APP, credentials, (USERINFO,), settings, outgoing)

    @property
    def way(self) -> str:
        return self._way

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        query = {
            "appid": self.appid,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": state,
        }
        return f"{self._authorize}?{urlencode(query)}#wechat_redirect"

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        draft = self._redeeming(world, flow, at)
        form = {"appid": self.appid, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        return self._tokens(self._outgoing.post(draft, self._token, form), world, flow)

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        draft = self._told("token.refreshed", tokens, at)
        form = {"appid": self.appid, "grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        fresh = self._tokens(self._outgoing.post(draft, self._refresh, form), tokens.world, tokens.flow)
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            scope=fresh.scope or tokens.scope,
            unionid=fresh.unionid or tokens.unionid,
        )

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._told("profile.read", tokens, at)
        query = {"access_token": tokens.access_token, "openid": tokens.openid, "lang": "zh_CN"}
        answer = self._outgoing.get(draft, self._userinfo, query, tokens.access_token)
        _refuse(answer, AT_RESOURCE)
        found = answer.typed(UserAnswer)
        if not answer.draft.check("openid is the token's", found.openid == tokens.openid):
            answer.draft.refuse("openid_mismatch")
            raise LoginError("openid_mismatch", "资料的openid与令牌的不同")
        return Profile(
            openid=found.openid, nickname=found.nickname, avatar=found.headimgurl, unionid=found.unionid
        )

    def _tokens(self, answer: Answer, world: str, flow: str) -> Tokens:
        _refuse(answer, AT_TOKEN)
        found = answer.typed(TokenAnswer)
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            refresh_token=found.refresh_token,
            openid=found.openid,
            unionid=found.unionid,
            scope=found.scope,
            world=world,
            flow=flow,
        )


def _refuse(answer: Answer, codes: Mapping[int, str]) -> None:
    """Raise what an errcode means at this endpoint. Every answer is HTTP 200, so only the errcode tells."""
    errcode = answer.number("errcode")
    if errcode == 0 and answer.status == 200:
        return
    meaning = codes.get(errcode, f"wechat_{errcode}" if errcode else f"http_{answer.status}")
    if codes is AT_RESOURCE and not errcode:
        meaning = "expired"
    refuse(answer, "微信", errcode, meaning, busy=errcode in BUSY)
