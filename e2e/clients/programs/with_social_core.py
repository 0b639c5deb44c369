"""social-core's backends weixin, weixinapp, qq, weibo and oidc, in the least of a framework around them."""

from __future__ import annotations

from typing import Any

from answering import answer
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.backends.qq import QQOAuth2
from social_core.backends.weibo import WeiboOAuth2
from social_core.backends.weixin import WeixinOAuth2, WeixinOAuth2APP
from social_core.strategy import BaseStrategy

BACKENDS = {
    backend.name: backend
    for backend in (*(WeixinOAuth2, WeixinOAuth2APP, QQOAuth2, WeiboOAuth2), OpenIdConnectAuth)
}

SETTINGS: dict[str, Any] = {  # its default scope is snsapi_login, which that page grants to nobody (10005)
    "SOCIAL_AUTH_WEIXINAPP_IGNORE_DEFAULT_SCOPE": True,
    "SOCIAL_AUTH_WEIXINAPP_SCOPE": ["snsapi_userinfo"],
    "SOCIAL_AUTH_OIDC_USE_PKCE": True,
    "SOCIAL_AUTH_OIDC_JWT_ALGORITHMS": ["RS256", "ES256"],
}


class Nonces:
    """Each is good once, as in a framework's database."""

    open: set[tuple[Any, ...]] = set()

    @classmethod
    def use(cls, *which: Any) -> bool:
        fresh = which not in cls.open
        cls.open.add(which)
        return fresh

    @classmethod
    def consume(cls, *which: Any) -> bool:
        known = which in cls.open
        cls.open.discard(which)
        return known


class Associations:
    """Where the backend oidc keeps its nonces."""

    kept: dict[str, Any] = {}

    @classmethod
    def store(cls, _: str, association: Any) -> None:
        association.id, association.is_expired = association.handle, lambda: False
        cls.kept[association.handle] = association

    @classmethod
    def get(cls, server_url: str, handle: str) -> list[Any]:
        return [cls.kept[handle]] if handle in cls.kept else []

    @classmethod
    def remove(cls, ids: list[str]) -> None:
        for one in ids:
            del cls.kept[one]


class Storage:
    nonce = Nonces
    association = Associations


class Strategy(BaseStrategy):
    def __init__(self, app: dict[str, str], session: dict[str, Any]) -> None:
        self.app, self.session = app, session
        super().__init__(Storage)

    def get_setting(self, name: str) -> Any:
        """KeyError for what is left to its default."""
        for backend in BACKENDS:
            if name in (f"SOCIAL_AUTH_{backend.upper()}_KEY", f"SOCIAL_AUTH_{backend.upper()}_SECRET"):
                return self.app["appid" if name.endswith("KEY") else "secret"]
        if name == "SOCIAL_AUTH_OIDC_OIDC_ENDPOINT":
            return self.app["issuer"]
        return SETTINGS[name]

    def request_data(self, merge: bool = True) -> dict[str, str]:
        return {}

    def absolute_uri(self, path: str | None = None) -> str:
        return self.app["callback"]

    build_absolute_uri = absolute_uri

    def session_get(self, name: str, default: Any = None) -> Any:
        return self.session.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        self.session[name] = value

    def session_pop(self, name: str) -> Any:
        return self.session.pop(name, None)

    def authenticate(self, backend: Any, *_: Any, **found: Any) -> Any:
        return found["response"]


sessions: dict[str, dict[str, Any]] = {}


def backend(name: str, app: dict[str, str]) -> Any:
    strategy = Strategy(app, sessions.setdefault(app["appid"], {}))
    return BACKENDS[name](strategy, redirect_uri=app["callback"])


def auth_url(name: str, app: dict[str, str]) -> str:
    return str(backend(name, app).auth_url())


def auth_complete(name: str, app: dict[str, str], said: dict[str, str]) -> Any:
    """What its pipeline gets, and the details of a person that it made of it."""
    one = backend(name, app)
    one.data = said
    found = one.auth_complete()
    return {"response": found, "details": one.get_user_details(found), "uid": one.get_user_id({}, found)}


def refresh_token(name: str, app: dict[str, str], token: str) -> Any:
    return backend(name, app).refresh_token(token)


def get_uid(app: dict[str, str], access_token: str) -> Any:
    return backend("weibo", app).get_uid(access_token)


answer(globals())
