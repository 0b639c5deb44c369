"""知乎 (seed S1): the standard dialect with client_secret_post and PKCE, and a session of its own."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.web import policy, sessions
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from .. import messages
from ..accounts.users import LocalUser
from ..errors import LoginError, TokenExpired
from ..login.attempt import Profile
from ..login.browser import browser
from ..login.callback import receive
from ..login.platform import Platform
from ..login.sites import Site, switched_on
from ..login.start import start
from ..login.wire import Wire
from ..outgoing import Answer, Outgoing
from ..services import services
from ..tokens.values import Tokens

STANDARD = "standard"
CALLBACK = "/auth/zhihu/callback"
SCOPE = "user_info"
USER = "zhihu_user"

bp = Blueprint("zhihu", __name__)


class TokenAnswer(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: float = 3600.0  # RFC 6749 §5.1 only recommends it
    refresh_token: str = ""
    scope: str = ""


class UserAnswer(msgspec.Struct):
    id: str
    name: str = ""
    avatar: str = ""


class Zhihu(Wire):
    """The wire: RFC 6749 with client_secret_post, RFC 7636 with S256, RFC 9207."""

    provider = STANDARD
    scopes: tuple[str, ...] = (SCOPE,)
    profile_scope = SCOPE

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        super().__init__(settings.zhihu_client_id, outgoing)
        self._credentials = {"client_id": self.appid, "client_secret": settings.zhihu_client_secret}
        self._issuer = settings.provider_url
        self._authorize = f"{settings.provider_url}/oauth/authorize"
        self._token = f"{settings.provider_internal_url}/oauth/token"
        self._userinfo = f"{settings.resource_internal_url}/userinfo"
        self._redirect_uri = settings.client_url + CALLBACK

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.appid,
            "redirect_uri": self._redirect_uri,
            "scope": scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._authorize}?{urlencode(query)}"

    def new_verifier(self) -> str:
        return secrets.token_urlsafe(48)

    def issuer_problem(self, arguments: Mapping[str, str]) -> bool:
        return arguments.get("iss", self._issuer) != self._issuer

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        draft = self._redeeming(world, flow, at)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
            **self._credentials,
        }
        return self._tokens(self._outgoing.post(draft, self._token, form), world, flow)

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        draft = self._told("token.refreshed", tokens, at)
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, **self._credentials}
        fresh = self._tokens(self._outgoing.post(draft, self._token, form), tokens.world, tokens.flow)
        return msgspec.structs.replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            scope=fresh.scope or tokens.scope,
            openid=tokens.openid,
        )

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        draft = self._told("profile.read", tokens, at)
        answer = self._outgoing.get(draft, self._userinfo, {}, tokens.access_token)
        if answer.status == 403:
            draft.refuse("insufficient_scope")
            raise LoginError("insufficient_scope")
        if answer.status != 200:
            draft.refuse("invalid_token")
            raise TokenExpired
        found = answer.typed(UserAnswer)
        return Profile(openid=found.id, nickname=found.name, avatar=found.avatar)

    def _tokens(self, answer: Answer, world: str, flow: str) -> Tokens:
        if answer.status != 200:
            error = str(answer.document.get("error", ""))
            code = error if error in TOKEN_ERRORS else "unknown_error"
            answer.draft.refuse(code)
            raise LoginError(code)
        found = answer.typed(TokenAnswer)
        if not answer.draft.check("token_type is Bearer", found.token_type.lower() == "bearer"):
            answer.draft.refuse("token_type")
            raise LoginError("token_type", "token_type不是Bearer")
        return Tokens(
            access_token=found.access_token,
            expires_in=found.expires_in,
            refresh_token=found.refresh_token,
            scope=found.scope,
            world=world,
            flow=flow,
        )


TOKEN_ERRORS = frozenset(  # RFC 6749 §5.2
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)


def site(platform: Platform) -> Site:
    return Site(platform=platform, home="zhihu.home", page=home_page, welcome=welcome)


@bp.get("/zhihu")
@page
def home() -> ResponseReturnValue:
    return home_page(request.args.get("notice", ""))


@bp.get("/zhihu/login")
@page
def login() -> ResponseReturnValue:
    return start(services().sites[STANDARD])


@bp.get(CALLBACK)
@page
def callback() -> ResponseReturnValue:
    return receive(services().sites[STANDARD])


@bp.get("/zhihu/me")
@page
def me() -> ResponseReturnValue:
    user = _user()
    if user is None:
        return redirect(url_for("zhihu.home"), 302)
    policy.allow("img-src", services().settings.provider_url)
    return render_template("client/zhihu_me.html", user=user)


@bp.post("/zhihu/logout")
def logout() -> ResponseReturnValue:
    session.pop(USER, None)
    return redirect(url_for("zhihu.home"), 303)


def home_page(notice: str) -> str:
    browser()
    key = messages.notice_key(notice) if notice else ""
    return render_template(
        "client/zhihu.html", notice=key, user=_user(), switched=switched_on("zhihu.home", key)
    )


def welcome(user: LocalUser) -> Response:
    session[USER] = user.id
    sessions.renew(current_app)
    return redirect(url_for("zhihu.me"), 303)


def _user() -> LocalUser | None:
    name = session.get(USER)
    return services().accounts.read(str(name)) if name else None
