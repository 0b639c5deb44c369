"""A client of Weibo for tests: what an SDK sends, with an app in a world of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

CALLBACK = "http://127.0.0.1/callback"
PLAIN = "text/plain;charset=UTF-8"
JSON = "application/json;charset=UTF-8"
TOKEN = "/oauth2/access_token"
REFUSED = (
    f"{CALLBACK}?error_uri=%2Foauth2%2Fauthorize&error=access_denied"
    "&error_description=user%20denied%20your%20request.&error_code=21330"
)


@dataclass
class Weibo:
    """A client of the platform, as an SDK is one, with an app in a world of its own."""

    town: Any
    app: dict[str, Any]

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    @property
    def secret(self) -> str:
        return str(self.app["secret"])

    def change(self, **fields: Any) -> None:
        self.town.api("PATCH", f"/apps/{self.appid}", fields)

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.app['world']}/clock", {"advance": by})

    def query(self, **changes: Any) -> dict[str, str]:
        params = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        return {k: v for k, v in {**params, **changes}.items() if v is not None}

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
