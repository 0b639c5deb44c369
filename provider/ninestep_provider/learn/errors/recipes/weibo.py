"""Weibo's numbers (wire.md F.2, F.5), each brought about by one wrong request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..lab import CALLBACK, Lab, sent_back


class Weibo(Lab):
    dialect = "weibo"

    def authorize(self, **changes: Any) -> Any:
        asked = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        return self.get("/oauth2/authorize", {**asked, **changes})

    def code(self, **changes: Any) -> str:
        return sent_back(self.authorize(**changes), "code")

    def token(self, **changes: Any) -> Any:
        asked = {"grant_type": "authorization_code", "client_id": self.appid, "client_secret": self.secret}
        asked |= {"code": "nobody", "redirect_uri": CALLBACK}
        return self.post("/oauth2/access_token", {**asked, **changes})

    def login(self, **changes: Any) -> dict[str, str]:
        return dict(self.token(code=self.code(**changes)).json())

    def show(self, given: dict[str, str], **changes: Any) -> Any:
        asked = {"access_token": given.get("access_token"), "uid": given.get("uid")}
        return self.get("/2/users/show.json", {**asked, **changes}, resource=True)

    def api(self, path: str, given: dict[str, str], **options: Any) -> Any:
        return self.get(path, {"access_token": given["access_token"]}, resource=True, **options)


Recipe = Callable[[Weibo], Any]


def untested(client: Weibo) -> Any:
    client.change(policies={"unaudited": True})
    return client.authorize()


def denied(client: Weibo) -> Any:
    client.change(consent={"mode": "deny"})
    return client.authorize()


def busy_authorize(client: Weibo) -> Any:
    client.fault("authorize", "busy")
    return client.authorize()


def late_refresh(client: Weibo) -> Any:
    client.register(kind="mobile")
    given = client.login()
    client.expire_tokens("refresh")
    asked = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "code": None}
    return client.token(**asked)


def refresh_of_a_website(client: Weibo) -> Any:
    return client.token(grant_type="refresh_token", refresh_token="nobody", code=None)


def banned(client: Weibo) -> Any:
    client.change(banned=True)
    return client.authorize()


def faulty(error: str) -> Recipe:
    def recipe(client: Weibo) -> Any:
        given = client.login()
        client.fault("userinfo", error)
        return client.show(given)

    return recipe


RECIPES: dict[str, Recipe] = {
    "10001": faulty("server_error"),
    "10006": lambda client: client.show({}),
    "10009": faulty("busy"),
    "10014": faulty("scope_denied"),
    "10016": lambda client: client.post("/oauth2/get_token_info", {}),
    "10021": lambda client: client.send("DELETE", "/oauth2/access_token"),
    "10023": faulty("quota"),
    "20002": lambda client: client.show(client.login(), uid=None),
    "20003": lambda client: client.show(client.login(), uid="1"),
    "21321": untested,
    "21322": lambda client: client.authorize(redirect_uri="https://evil.example/"),
    "21323": lambda client: client.token(code=None),
    "21324": lambda client: client.authorize(client_id="1"),
    "21325": lambda client: client.token(),
    "21326": refresh_of_a_website,
    "21327": late_refresh,
    "21328": lambda client: client.token(grant_type="password"),
    "21329": lambda client: client.authorize(response_type="everything"),
    "21330": denied,
    "21331": busy_authorize,
    "21332": lambda client: client.show({"access_token": "nobody", "uid": "1"}),
    "21337": banned,
}
