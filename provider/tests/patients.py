"""Clients for the doctor and the ledger: what a hand-written program sends to each platform, and the flow it became."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

CALLBACK = "http://127.0.0.1/callback"
FLOW = "X-Ninestep-Flow"


def fresh() -> str:
    """A state as it should be."""
    return secrets.token_hex(16)


@dataclass
class Patient:
    """A client of one dialect with an app of its own. ``flow`` is the one of its latest authorize request."""

    town: Any
    app: dict[str, Any]
    flow: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    @property
    def secret(self) -> str:
        return str(self.app["secret"])

    def api(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        return self.town.api(method, path, body, params=query)

    def advance(self, by: str) -> None:
        self.api("POST", f"/worlds/{self.app['world']}/clock", {"advance": by})

    def freeze(self) -> None:
        """Where seconds count: the machine's own pace then moves nothing."""
        self.api("POST", f"/worlds/{self.app['world']}/clock", {"freeze": True})

    def next(self, user: str = "zhangsan", decision: str = "approve") -> None:
        self.api("POST", f"/apps/{self.appid}/next", {"user": user, "decision": decision})

    def ask(self, method: str, url: str, **options: Any) -> requests.Response:
        return requests.request(
            method, url, allow_redirects=False, timeout=10, **{"headers": self.headers, **options}
        )

    def authorize(self, path: str, params: dict[str, str | None], raw: str = "") -> dict[str, str]:
        """What the redirect holds. ``raw`` is sent behind the query as it stands."""
        given = {name: value for name, value in params.items() if value is not None}
        answer = self.ask("GET", self.town.provider + path, params=raw or given)
        self.flow = answer.headers.get(FLOW, self.flow)
        address = urlsplit(answer.headers.get("Location", ""))
        return dict(parse_qsl(address.query) + parse_qsl(address.fragment))

    def told(self, answer: requests.Response) -> dict[str, Any]:
        return dict(json.loads(answer.content))

    def findings(self, flow: str = "") -> list[dict[str, Any]]:
        return list(self.api("GET", f"/flows/{flow or self.flow}/findings"))

    def rules(self, flow: str = "") -> set[str]:
        return {finding["rule"] for finding in self.findings(flow)}

    def ledger(self, **moment: Any) -> dict[str, Any]:
        return dict(self.api("GET", f"/flows/{self.flow}/ledger", **moment))


class WeChat(Patient):
    def asked(self, raw: str = "", path: str = "/connect/oauth2/authorize", **changes: Any) -> dict[str, str]:
        params = {"appid": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        params |= {"scope": "snsapi_userinfo", "state": fresh(), **changes}
        return self.authorize(path, params, raw)

    def redeem(self, code: str, method: str = "POST", **changes: str) -> dict[str, Any]:
        form = {"appid": self.appid, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        place = "params" if method == "GET" else "data"
        url = f"{self.town.provider}/sns/oauth2/access_token"
        self.tokens = self.told(self.ask(method, url, **{place: {**form, **changes}}))
        return self.tokens

    def log_in(self, **changes: Any) -> dict[str, Any]:
        return self.redeem(self.asked(**changes)["code"])

    def profile(self, **changes: Any) -> dict[str, Any]:
        query = {"access_token": self.tokens["access_token"], "openid": self.tokens["openid"], **changes}
        given = {name: value for name, value in query.items() if value is not None}
        return self.told(self.ask("GET", f"{self.town.resource}/sns/userinfo", params=given))

    def refresh(self) -> dict[str, Any]:
        query = {"appid": self.appid, "grant_type": "refresh_token"}
        query |= {"refresh_token": self.tokens["refresh_token"]}
        self.tokens |= self.told(
            self.ask("GET", f"{self.town.provider}/sns/oauth2/refresh_token", params=query)
        )
        return self.tokens


class QQ(Patient):
    def log_in(self, **changes: Any) -> dict[str, Any]:
        params = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code", **changes}
        code = self.authorize("/oauth2.0/authorize", {"state": fresh(), **params}).get("code")
        form = {"grant_type": "authorization_code", "client_id": self.appid, "client_secret": self.secret}
        form |= {"code": code, "redirect_uri": CALLBACK, "fmt": "json", "need_openid": "1"}
        if code:
            answer = self.ask("POST", f"{self.town.provider}/oauth2.0/token", data=form)
            self.tokens = self.told(answer)
        return self.tokens

    def read(self, api: str) -> None:
        query = {"access_token": self.tokens["access_token"], "openid": self.tokens["openid"]}
        query["oauth_consumer_key"] = self.appid
        assert self.told(self.ask("GET", f"{self.town.resource}/user/{api}", params=query))["ret"] == 0


class Standard(Patient):
    def asked(self, **changes: Any) -> dict[str, str]:
        params = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        params |= {"scope": "user_info", "state": fresh(), **changes}
        return self.authorize("/oauth/authorize", params)

    def redeem(self, code: str, **changes: str) -> dict[str, Any]:
        form = {"client_id": self.appid, "client_secret": self.secret, "grant_type": "authorization_code"}
        form |= {"code": code, "redirect_uri": CALLBACK, **changes}
        self.tokens = self.told(self.ask("POST", f"{self.town.provider}/oauth/token", data=form))
        return self.tokens

    def log_in(self, **changes: Any) -> dict[str, Any]:
        return self.redeem(self.asked(**changes)["code"])

    def profile(self, *, in_query: bool = False) -> requests.Response:
        token = str(self.tokens["access_token"])
        way: dict[str, Any] = {"headers": {"Authorization": f"Bearer {token}"}}
        if in_query:
            way = {"params": {"access_token": token}}
        return self.ask("GET", f"{self.town.resource}/userinfo", **way)


@dataclass
class Clinic:
    """Makes patients in the world of one test."""

    world: Any

    def _made(self, dialect: str, **fields: Any) -> dict[str, Any]:
        defaults = {"redirect_uris": [CALLBACK], "consent": {"mode": "auto", "user": "zhangsan"}}
        return dict(self.world.new_app(dialect=dialect, **{**defaults, **fields}))

    def wechat(self, **fields: Any) -> WeChat:
        return WeChat(self.world.town, self._made("wechat", **fields))

    def qq(self, **fields: Any) -> QQ:
        return QQ(self.world.town, self._made("qq", **fields))

    def standard(self, **fields: Any) -> Standard:
        return Standard(self.world.town, self._made("standard", **fields))
