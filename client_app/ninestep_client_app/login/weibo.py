"""Weibo's wire as the client speaks it (wire.md F): POST forms, errors in real HTTP statuses, and no refresh token."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from ninestep.settings import ClientSettings

from ..errors import LoginError, NeedReauth
from ..outgoing import Answer, Outgoing
from ..tokens.values import Tokens
from .attempt import Profile
from .wire import Wire, refuse

CALLBACK = "/auth/weibo/callback"

MEANINGS = {
    21322: "invalid_client",  # the callback that the app was registered with is not ours
    21324: "invalid_client",
    21326: "invalid_client",
    21337: "invalid_client",
    10014: "invalid_client",
    21323: "invalid_request",
    21325: "invalid_grant",
    21330: "access_denied",
    21314: "expired",
    21315: "expired",
    21316: "expired",
    21317: "expired",
    21327: "expired",
    21332: "expired",
}
BUSY = frozenset({10001, 10002, 10009, 10022, 10023, 10024, 21331})


class TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float
    uid: str


class UserAnswer(msgspec.Struct):
    idstr: str
    screen_name: str = ""
    avatar_large: str = ""


class Weibo(Wire):
    provider = "weibo"
    scopes: tuple[str, ...] = ("",)  # the profile of who logs in needs none, and more is not asked for
    profile_scope = ""

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        super().__init__(settings.weibo_appid, outgoing)
        self._credentials = {"client_id": self.appid, "client_secret": settings.weibo_secret}
        self._authorize = f"{settings.provider_url}/oauth2/authorize"
        self._token = f"{settings.provider_internal_url}/oauth2/access_token"
        self._show = f"{settings.resource_internal_url}/2/users/show.json"
        self._redirect_uri = settings.client_url + CALLBACK

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        query = {
            "client_id": self.appid,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "state": state,
        }
        return f"{self._authorize}?{urlencode(query)}"

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        draft = self._redeeming(world, flow, at)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            **self._credentials,
        }
        answer = self._outgoing.post(draft, self._token, form)
        _refuse(answer)
        found = answer.typed(TokenAnswer)
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            openid=found.uid,
            world=world,
            flow=flow,
        )

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        """Only mobile SDKs get a refresh token."""
        raise NeedReauth("微博没有refresh_token，需要重新授权")

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._told("profile.read", tokens, at)
        query = {"access_token": tokens.access_token, "uid": tokens.openid}
        answer = self._outgoing.get(draft, self._show, query)
        _refuse(answer)
        found = answer.typed(UserAnswer)
        if not draft.check("uid is the token's", found.idstr == tokens.openid):
            draft.refuse("openid_mismatch")
            raise LoginError("openid_mismatch", "资料的uid与令牌的不同")
        return Profile(openid=found.idstr, nickname=found.screen_name, avatar=found.avatar_large)


def _refuse(answer: Answer) -> None:
    """Raise what an error_code means; a status without one is an error as well."""
    number = answer.number("error_code")
    if number == 0 and answer.status == 200:
        return
    meaning = MEANINGS.get(number, f"weibo_{number}" if number else f"http_{answer.status}")
    refuse(answer, "微博", number, meaning, busy=number in BUSY)
