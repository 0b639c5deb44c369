"""QQ's wire as the client speaks it (wire.md E): a query string, JSON in a callback, and errors in HTTP 200."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from ninestep.settings import ClientSettings

from ..errors import LoginError
from ..outgoing import Answer, Outgoing, Reading
from ..tokens.values import Tokens
from .attempt import Profile
from .wire import Wire, refuse

CALLBACK = "/auth/qq/callback"
SCOPE = "get_user_info"
FRAME = ("callback(", ");")

AT_TOKEN = {
    100001: "invalid_client",
    100002: "invalid_client",
    100008: "invalid_client",
    100009: "invalid_client",
    100010: "invalid_client",  # it is the callback that the app was registered with, or the app is not ours
    100011: "invalid_client",
    100005: "invalid_grant",
    100019: "invalid_grant",
    100020: "invalid_grant",
    100006: "NEED_REAUTH",
    100021: "NEED_REAUTH",
    100022: "NEED_REAUTH",
}
AT_RESOURCE = {
    1002: "expired",
    100007: "expired",
    100013: "expired",
    100014: "expired",
    100015: "expired",
    100016: "expired",
    100030: "insufficient_scope",
    100031: "invalid_client",
}
BUSY = frozenset({-1, -23})
WRONG_PARAMETERS = "client request's parameters are invalid"  # shares its -1 with a busy system


class TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float  # written as text, in either form
    refresh_token: str = ""


class MeAnswer(msgspec.Struct):
    client_id: str
    openid: str


class UserAnswer(msgspec.Struct):
    nickname: str = ""
    figureurl_qq_1: str = ""
    figureurl_qq_2: str = ""


class QQ(Wire):
    provider = "qq"
    scopes: tuple[str, ...] = (SCOPE,)
    profile_scope = SCOPE

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        super().__init__(settings.qq_appid, outgoing)
        self._credentials = {"client_id": self.appid, "client_secret": settings.qq_secret}
        self._authorize = f"{settings.provider_url}/oauth2.0/authorize"
        self._token = f"{settings.provider_internal_url}/oauth2.0/token"
        self._me = f"{settings.provider_internal_url}/oauth2.0/me"
        self._userinfo = f"{settings.resource_internal_url}/user/get_user_info"
        self._redirect_uri = settings.client_url + CALLBACK

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self.appid,
            "redirect_uri": self._redirect_uri,
            "state": state,
            "scope": scope,
        }
        return f"{self._authorize}?{urlencode(query)}"

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        """The token, and in a second call whose it is."""
        draft = self._redeeming(world, flow, at)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            **self._credentials,
        }
        tokens = self._tokens(self._outgoing.post(draft, self._token, form, reading=TEXT), world, flow)
        return msgspec.structs.replace(tokens, openid=self.whose(tokens, at))

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        """The refresh token is good for one use; the answer holds the next one."""
        draft = self._told("token.refreshed", tokens, at)
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, **self._credentials}
        answer = self._outgoing.post(draft, self._token, form, reading=TEXT)
        fresh = self._tokens(answer, tokens.world, tokens.flow)
        return msgspec.structs.replace(fresh, openid=tokens.openid)

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._told("profile.read", tokens, at)
        query = {
            "access_token": tokens.access_token,
            "oauth_consumer_key": self.appid,
            "openid": tokens.openid,
        }
        answer = self._outgoing.get(draft, self._userinfo, query)
        _refuse(answer, "ret", "msg", AT_RESOURCE)
        found = answer.typed(UserAnswer)
        picture = found.figureurl_qq_2 or found.figureurl_qq_1
        return Profile(openid=tokens.openid, nickname=found.nickname, avatar=picture)

    def whose(self, tokens: Tokens, at: float) -> str:
        """The openid of a token that is for this client. Raises LoginError."""
        draft = self._told("token.inspected", tokens, at)
        answer = self._outgoing.get(draft, self._me, {"access_token": tokens.access_token}, reading=TEXT)
        _refuse(answer, "error", "error_description", AT_RESOURCE)
        found = answer.typed(MeAnswer)
        if not draft.check("token is for this client", found.client_id == self.appid, found.client_id):
            draft.refuse("client_mismatch")
            raise LoginError("client_mismatch", "令牌属于另一个应用")
        return found.openid

    def _tokens(self, answer: Answer, world: str, flow: str) -> Tokens:
        _refuse(answer, "error", "error_description", AT_TOKEN)
        found = answer.typed(TokenAnswer, strict=False)
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            refresh_token=found.refresh_token,
            world=world,
            flow=flow,
        )


def read(text: str) -> Any:
    """A query string, a callback around an object, or the object alone. ValueError for anything else."""
    text = text.strip()
    if text.startswith(FRAME[0]) and text.endswith(FRAME[1]):
        text = text.removeprefix(FRAME[0]).removesuffix(FRAME[1])
    elif text and not text.startswith("{"):
        return dict(parse_qsl(text, strict_parsing=True))
    return json.loads(text)


TEXT = Reading("answer is a query string or a callback", read)


def _refuse(answer: Answer, field: str, words: str, codes: Mapping[int, str]) -> None:
    """Raise what a number in ``field`` means at this endpoint. Every answer is HTTP 200, so only that tells."""
    number = answer.number(field)
    if number == 0 and answer.status == 200:
        return
    wrong = str(answer.document.get(words, "")).startswith(WRONG_PARAMETERS)
    meaning = codes.get(number, f"qq_{number}" if number else f"http_{answer.status}")
    refuse(answer, "QQ", number, meaning, busy=number in BUSY and not wrong)
