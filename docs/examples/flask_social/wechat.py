"""Login with WeChat by social-core's backend ``weixin``: the QR code of a website (网站应用)."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, session
from social_core.backends.weixin import WeixinOAuth2
from social_core.strategy import BaseStrategy

PLATFORM = {"WECHAT_OPEN": "https://open.weixin.qq.com", "WECHAT_API": "https://api.weixin.qq.com"}


class WeChat(WeixinOAuth2):
    """The backend as it is, at addresses that a test can change."""

    def authorization_url(self) -> str:
        return f"{current_app.config['WECHAT_OPEN']}/connect/qrconnect"

    def request(self, url: str, *args: Any, **options: Any) -> Any:
        return super().request(
            url.replace(PLATFORM["WECHAT_API"], current_app.config["WECHAT_API"]), *args, **options
        )


class Nonces:
    """The states that are open, in the visitor's own session; each is good once."""

    @classmethod
    def use(cls, *which: Any) -> bool:
        open_states = session.setdefault("states", [])
        fresh = list(which) not in open_states
        session["states"] = [*open_states, list(which)][-5:]
        return fresh

    @classmethod
    def consume(cls, *which: Any) -> bool:
        open_states = session.get("states", [])
        session["states"] = [state for state in open_states if state != list(which)]
        return list(which) in open_states


class Storage:
    nonce = Nonces


class Strategy(BaseStrategy):
    """social-core in Flask: its settings are the app's, its session is the visitor's."""

    def get_setting(self, name: str) -> Any:
        return current_app.config[name]

    def request_data(self, merge: bool = True) -> dict[str, str]:
        return request.args.to_dict()

    def absolute_uri(self, path: str | None = None) -> str:
        return path or ""

    build_absolute_uri = absolute_uri

    def session_get(self, name: str, default: Any = None) -> Any:
        return session.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        session[name] = value

    def session_pop(self, name: str) -> Any:
        return session.pop(name, None)

    def authenticate(self, backend: Any, *args: Any, **found: Any) -> Any:
        return found["response"]


def backend(callback: str) -> WeChat:
    return WeChat(Strategy(Storage), redirect_uri=callback)
