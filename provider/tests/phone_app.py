"""A phone on which an app of a test is open, as its page asks WeChat (/connect/phone/…)."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import requests
from browser import Browser

PAGE = "http://127.0.0.1:9/page"


class Phone:
    """A phone on which an app of this test is open."""

    def __init__(self, town: Any, owner: str = "zhangsan", world: str = "", **fields: Any) -> None:
        self.town, self.browser = town, Browser()
        given = {"dialect": "wechat", "open_platform": "p", "page": PAGE, **fields}
        self.app = town.api("POST", "/apps", {**given, **({"world": world} if world else {})})
        self.appid, self.secret, self.world = self.app["appid"], self.app["secret"], self.app["world"]
        self.csrf = ""
        self.take(owner)

    @property
    def address(self) -> str:
        return f"{self.town.provider}/_mock/phone/app/{self.appid}"

    def take(self, owner: str) -> None:
        """Somebody takes the phone, and opens the app."""
        choice = self.browser.get(f"{self.town.provider}/_mock/phone/owner", world=self.world)
        assert self.browser.submit(choice, owner=owner).status_code == 303
        self.csrf = unescape(re.search(r'data-csrf="([^"]+)"', self.browser.get(self.address).text)[1])  # type: ignore[index]

    def post(self, what: str, body: Any = None, *, csrf: str | None = None) -> requests.Response:
        headers = {"Accept": "application/json", "X-CSRFToken": self.csrf if csrf is None else csrf}
        url = f"{self.town.provider}/connect/phone/{self.appid}/{what}"
        return self.browser.http.post(url, json=body or {}, headers=headers, timeout=10)

    def ask(self, what: str, body: Any = None) -> dict[str, Any]:
        answer = self.post(what, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def auth(self, state: str = "s", scope: str = "snsapi_userinfo") -> dict[str, Any]:
        return self.ask("auth", {"scope": scope, "state": state})

    def answered(self, decision: str, state: str = "s") -> dict[str, Any]:
        """SendAuth.Resp after the sheet."""
        sheet = self.auth(state)["ask"]
        told = {"rid": sheet["rid"], "user": sheet["user"], "decision": decision}
        return dict(self.ask("auth", told)["resp"])

    def server(self, path: str, **params: str) -> dict[str, Any]:
        """The app's own server asks the platform."""
        query = {"appid": self.appid, "secret": self.secret, "grant_type": "authorization_code", **params}
        answer = self.town.http.get(f"{self.town.provider}{path}", params=query, timeout=10)
        return dict(json.loads(answer.content))

    def redeem(self, code: str) -> dict[str, Any]:
        return self.server("/sns/oauth2/access_token", code=code)

    def session(self, js_code: str) -> dict[str, Any]:
        return self.server("/sns/jscode2session", js_code=js_code)

    def flows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.town.api("GET", "/flows", params={"world": self.world})
        return found

    def exchanges(self, flow: str) -> list[dict[str, Any]]:
        params = {"helpers": 1}
        told: list[dict[str, Any]] = self.town.api("GET", f"/flows/{flow}/messages", params=params)
        return told
