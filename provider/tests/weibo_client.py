"""A client of Weibo for tests: what an SDK sends, with an app in a world of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from platform_client import CALLBACK, Client

PLAIN = "text/plain;charset=UTF-8"
JSON = "application/json;charset=UTF-8"
TOKEN = "/oauth2/access_token"
REFUSED = (
    f"{CALLBACK}?error_uri=%2Foauth2%2Fauthorize&error=access_denied"
    "&error_description=user%20denied%20your%20request.&error_code=21330"
)


class Weibo(Client):
    def authorize(self, method: str = "GET", **changes: Any) -> requests.Response:
        url, params = f"{self.town.provider}/oauth2/authorize", self.query(**changes)
        sent = {"params": params} if method == "GET" else {"data": params}
        return requests.request(method, url, allow_redirects=False, timeout=10, **sent)

    def code(self, **changes: Any) -> str:
        response = self.authorize(**changes)
        assert response.status_code == 302, response.text
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]

    def fields(self, **changes: Any) -> dict[str, str]:
        params = {
            "client_id": self.appid,
            "client_secret": self.secret,
            "grant_type": "authorization_code",
            "code": "",
            "redirect_uri": CALLBACK,
        }
        return {k: v for k, v in {**params, **changes}.items() if v is not None}

    def token(self, path: str = TOKEN, **changes: Any) -> requests.Response:
        return requests.post(self.town.provider + path, data=self.fields(**changes), timeout=10)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return dict(self.token(code=self.code(**changes)).json())

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(method, self.town.provider + path, timeout=10, **options)

    def show(self, token: str, uid: str) -> requests.Response:
        query = {"access_token": token, "uid": uid}
        return requests.get(f"{self.town.resource}/2/users/show.json", params=query, timeout=10)


def registered(town: Any, **fields: Any) -> Weibo:
    defaults = {
        "name": "微博应用",
        "dialect": "weibo",
        "redirect_uris": [CALLBACK],
        "consent": {"mode": "auto", "user": "zhangsan"},
    }
    return Weibo(town, town.api("POST", "/apps", {**defaults, **fields}))


def error(response: requests.Response, status: int = 400) -> tuple[str, int]:
    assert response.status_code == status, response.text
    document = response.json()
    assert type(document["error_code"]) is int
    return document["error"], document["error_code"]
