"""A client of QQ Connect for tests: what an SDK sends, with an app in a world of its own."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from platform_client import CALLBACK, Client

HEX = "[0-9A-F]{32}"
JSONP = re.compile(rb"callback\( (\{.*\}) \);\n")


class QQ(Client):
    def authorize(self, path: str = "/oauth2.0/authorize", **changes: Any) -> requests.Response:
        url = self.town.provider + path
        return requests.get(url, params=self.query(**changes), allow_redirects=False, timeout=10)

    def code(self, **changes: Any) -> str:
        response = self.authorize(**changes)
        assert response.status_code == 302, response.text
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]

    def token(self, method: str = "GET", **changes: Any) -> requests.Response:
        params = {
            "grant_type": "authorization_code",
            "client_id": self.appid,
            "client_secret": self.secret,
            "code": "",
            "redirect_uri": CALLBACK,
        }
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        sent = {"params": params} if method == "GET" else {"data": params}
        return requests.request(method, f"{self.town.provider}/oauth2.0/token", timeout=10, **sent)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return dict(self.token(code=self.code(**changes), fmt="json", need_openid="1").json())

    def refresh(self, refresh_token: str | None, **changes: Any) -> requests.Response:
        given = {"code": None, "redirect_uri": None, "refresh_token": refresh_token, **changes}
        return self.token(**{"grant_type": "refresh_token", **given})

    def me(self, token: str | None, **query: Any) -> requests.Response:
        params = {"access_token": token, **query}
        return requests.get(f"{self.town.provider}/oauth2.0/me", params=params, timeout=10)

    def user(self, method: str = "GET", **params: Any) -> requests.Response:
        url = f"{self.town.resource}/user/get_user_info"
        return requests.request(method, url, params=params, timeout=10)


def registered(town: Any, **fields: Any) -> QQ:
    defaults = {
        "name": "QQ应用",
        "dialect": "qq",
        "redirect_uris": [CALLBACK],
        "open_platform": "company",
        "consent": {"mode": "auto", "user": "zhangsan"},
    }
    return QQ(town, town.api("POST", "/apps", {**defaults, **fields}))


def told(response: requests.Response) -> dict[str, Any]:
    """What a callback holds; its bytes are checked on the way."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html"
    found = JSONP.fullmatch(response.content)
    assert found, response.content
    return dict(json.loads(found[1]))


def error(response: requests.Response) -> tuple[int, str]:
    document = told(response)
    assert list(document) == ["error", "error_description"]
    assert type(document["error"]) is int
    return document["error"], document["error_description"]
