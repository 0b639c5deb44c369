"""WeChat's wire as the client speaks it (wire.md A.1–A.4): POST forms, and errors in HTTP 200."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
import structlog
from ninestep.settings import ClientSettings

from .. import messages
from ..errors import LoginError, TokenExpired, Unavailable
from ..outgoing import Answer, Outgoing
from ..tokens.values import Tokens
from .attempt import Profile

CALLBACK = "/auth/wechat/callback"
USERINFO, BASE = "snsapi_userinfo", "snsapi_base"

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

log = structlog.get_logger("ninestep.client")


class WeChatError(LoginError):
    def __init__(self, code: str, errcode: int) -> None:
        super().__init__(code, messages.wechat_exception(errcode))
        self.errcode = errcode


class TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float
    openid: str
    refresh_token: str = ""
    scope: str = ""


class UserAnswer(msgspec.Struct):
    openid: str
    nickname: str = ""
    headimgurl: str = ""


class WeChat:
    provider = "wechat"
    scopes: tuple[str, ...] = (USERINFO, BASE)
    profile_scope = USERINFO

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        self.appid = settings.meituan_appid
        self._secret = settings.meituan_secret
        self._authorize = f"{settings.provider_url}/connect/oauth2/authorize"
        self._token = f"{settings.provider_internal_url}/sns/oauth2/access_token"
        self._refresh = f"{settings.provider_internal_url}/sns/oauth2/refresh_token"
        self._userinfo = f"{settings.resource_internal_url}/sns/userinfo"
        self._redirect_uri = settings.client_url + CALLBACK
        self._outgoing = outgoing

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        query = {
            "appid": self.appid,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": state,
        }
        return f"{self._authorize}?{urlencode(query)}#wechat_redirect"

    def new_verifier(self) -> str:
        return ""

    def issuer_problem(self, arguments: Mapping[str, str]) -> bool:
        return False

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        draft = self._outgoing.draft("code.redeemed", world=world, app=self.appid, flow=flow, at=at)
        form = {"appid": self.appid, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        return self._tokens(self._outgoing.post(draft, self._token, form), world, flow)

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        draft = self._outgoing.draft(
            "token.refreshed", world=tokens.world, app=self.appid, flow=tokens.flow, at=at
        )
        form = {"appid": self.appid, "grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        fresh = self._tokens(self._outgoing.post(draft, self._refresh, form), tokens.world, tokens.flow)
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            scope=fresh.scope or tokens.scope,
        )

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._outgoing.draft(
            "profile.read", world=tokens.world, app=self.appid, flow=tokens.flow, at=at
        )
        query = {"access_token": tokens.access_token, "openid": tokens.openid, "lang": "zh_CN"}
        answer = self._outgoing.get(draft, self._userinfo, query, tokens.access_token)
        _refuse(answer, AT_RESOURCE)
        found = answer.typed(UserAnswer)
        if not answer.draft.check("openid is the token's", found.openid == tokens.openid):
            answer.draft.refuse("openid_mismatch")
            raise LoginError("openid_mismatch", "资料的openid与令牌的不同")
        return Profile(openid=found.openid, nickname=found.nickname, avatar=found.headimgurl)

    def _tokens(self, answer: Answer, world: str, flow: str) -> Tokens:
        _refuse(answer, AT_TOKEN)
        found = answer.typed(TokenAnswer)
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            refresh_token=found.refresh_token,
            openid=found.openid,
            scope=found.scope,
            world=world,
            flow=flow,
        )


def _refuse(answer: Answer, codes: Mapping[int, str]) -> None:
    """Raise what an errcode means at this endpoint. Every answer is HTTP 200, so only the errcode tells."""
    errcode = answer.number("errcode")
    if errcode == 0 and answer.status == 200:
        return
    log.error(messages.wechat_log_line(errcode))
    if errcode in BUSY:
        answer.draft.fail("server_error")
        raise Unavailable(messages.wechat_exception(errcode))
    meaning = codes.get(errcode, f"wechat_{errcode}" if errcode else f"http_{answer.status}")
    answer.draft.refuse(meaning)
    if meaning == "expired" or (codes is AT_RESOURCE and not errcode):
        raise TokenExpired
    raise WeChatError(meaning, errcode)
