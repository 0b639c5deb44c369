"""A client that does one thing wrong: an app of its own, and real requests to the town's own endpoints.

The app lives in the world that is named, else in a new one, so that nobody else's clock, faults or flows are touched.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from ...control import apps, clock, codes, faults, tokens
from ...control.apps.bodies import AppChange, NewApp
from ...services import services
from ..asking import ask
from .answer import Answer, answer_of

CALLBACK = "https://client.example/callback"
USER = "zhangsan"


class Lab:
    dialect = "standard"

    def __init__(self, world: str = "") -> None:
        self.world = world
        self.appid = ""
        self.secret = ""

    def register(self, **fields: Any) -> None:
        """An app that approves as 张三 at once, unless ``fields`` say otherwise."""
        given = {
            "name": "错误手册",
            "world": self.world,
            "dialect": self.dialect,
            "redirect_uris": [CALLBACK],
            "consent": {"mode": "auto", "user": USER},
            **fields,
        }
        app = apps.create(msgspec.convert(given, NewApp))
        self.appid, self.secret, self.world = app["appid"], app["secret"], app["world"]

    def change(self, **fields: Any) -> None:
        apps.patch(self.appid, msgspec.convert(fields, AppChange))

    def fault(self, endpoint: str, error: str) -> None:
        faults.create(self.appid, faults.NewFault(endpoint=endpoint, error=error))

    def advance(self, by: str) -> None:
        clock.change(self.world, clock.ClockChange(advance=by))

    def expire_tokens(self, kind: str) -> None:
        for token in tokens.of_app(self.appid):
            if token["kind"] == kind:
                tokens.change(token["id"], tokens.TokenChange(expire=True))

    def withdraw(self) -> None:
        """The user takes the consent back, as in 授权管理."""
        services().store.revoke_grant(self.world, self.appid, USER)

    def minted(self, **fields: Any) -> str:
        """A code without a browser."""
        return str(codes.mint(self.appid, msgspec.convert(fields, codes.NewCode))["code"])

    def get(self, path: str, params: dict[str, Any], **options: Any) -> Any:
        return self._send("GET", path, params=_given(params), **options)

    def post(self, path: str, form: dict[str, Any], **options: Any) -> Any:
        return self._send("POST", path, data=_given(form), **options)

    def send(self, method: str, path: str, **options: Any) -> Any:
        return self._send(method, path, **options)

    def _send(self, method: str, path: str, *, resource: bool = False, **options: Any) -> Any:
        known = services().settings
        base = known.resource_internal_url if resource else known.provider_internal_url
        return ask(method, base + path, **options)


def sent_back(response: Any, name: str) -> str:
    """A parameter of the redirect that ``response`` is."""
    return parse_qs(urlsplit(response.headers["Location"]).query)[name][0]


def shown(response: Any) -> Answer:
    return answer_of(cast(Any, response))


def _given(params: dict[str, Any]) -> dict[str, Any]:
    """None takes a parameter away."""
    return {name: value for name, value in params.items() if value is not None}
