"""QQ Connect's numbers (wire.md E.4, E.5), each brought about by one wrong request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..lab import CALLBACK, Lab, sent_back


class QQ(Lab):
    dialect = "qq"

    def authorize(self, **changes: Any) -> Any:
        asked = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        return self.get("/oauth2.0/authorize", {**asked, **changes})

    def code(self, **changes: Any) -> str:
        return sent_back(self.authorize(**changes), "code")

    def token(self, **changes: Any) -> Any:
        asked = {"grant_type": "authorization_code", "client_id": self.appid, "client_secret": self.secret}
        asked |= {"code": "nobody", "redirect_uri": CALLBACK, "fmt": "json", "need_openid": "1"}
        return self.get("/oauth2.0/token", {**asked, **changes})

    def login(self, **changes: Any) -> dict[str, str]:
        return dict(self.token(code=self.code(**changes)).json())

    def refresh(self, **changes: Any) -> Any:
        asked = {"grant_type": "refresh_token", "code": None, "redirect_uri": None}
        return self.token(**{**asked, "refresh_token": "nobody", **changes})

    def me(self, token: str | None, **changes: Any) -> Any:
        return self.get("/oauth2.0/me", {"access_token": token, "fmt": "json", **changes})

    def profile(self, given: dict[str, str], **changes: Any) -> Any:
        asked = {"access_token": given.get("access_token"), "openid": given.get("openid")}
        asked |= {"oauth_consumer_key": self.appid}
        return self.get("/user/get_user_info", {**asked, **changes}, resource=True)


Recipe = Callable[[QQ], Any]


def offline(client: QQ) -> Any:
    client.change(banned=True)
    return client.authorize()


def revoked(client: QQ) -> Any:
    client.fault("userinfo", "token_revoked")
    return client.profile(client.login())


def expired(client: QQ) -> Any:
    given = client.login()
    client.expire_tokens("access")
    return client.me(given["access_token"])


def withdrawn(client: QQ) -> Any:
    given = client.login()
    client.withdraw()
    return client.me(given["access_token"])


def used_code(client: QQ) -> Any:
    code = client.code()
    client.token(code=code)
    return client.token(code=code)


def late_refresh(client: QQ) -> Any:
    given = client.login()
    client.expire_tokens("refresh")
    return client.refresh(refresh_token=given["refresh_token"])


def ungranted(client: QQ) -> Any:
    given = client.login(scope="get_user_info")
    asked = {"access_token": given["access_token"], "openid": given["openid"]}
    query = {**asked, "oauth_consumer_key": client.appid}
    return client.get("/user/get_user_email", query, resource=True)


def closed_to_the_app(client: QQ) -> Any:
    client.change(scopes=["get_user_info"])
    return ungranted(client)


def too_often(client: QQ) -> Any:
    client.fault("token", "quota")
    return client.token(code=client.code())


def busy(client: QQ) -> Any:
    client.fault("token", "busy")
    return client.token(code=client.code())


RECIPES: dict[str, Recipe] = {
    "-1": busy,
    "-23": too_often,
    "1002": lambda client: client.profile({}),
    "100000": lambda client: client.authorize(response_type="everything"),
    "100001": lambda client: client.authorize(client_id=None),
    "100002": lambda client: client.token(client_secret=None),
    "100004": lambda client: client.token(grant_type="password"),
    "100005": lambda client: client.token(code=None),
    "100006": lambda client: client.refresh(refresh_token=None),
    "100007": lambda client: client.me(None),
    "100008": lambda client: client.authorize(client_id="1"),
    "100009": lambda client: client.token(client_secret="wrong", code=client.code()),
    "100010": lambda client: client.authorize(redirect_uri="https://evil.example/"),
    "100011": offline,
    "100012": lambda client: client.send("DELETE", "/oauth2.0/token", params={"fmt": "json"}),
    "100013": revoked,
    "100014": expired,
    "100015": withdrawn,
    "100016": lambda client: client.me("nobody"),
    "100019": lambda client: client.token(),
    "100020": used_code,
    "100021": late_refresh,
    "100022": lambda client: client.refresh(),
    "100030": ungranted,
    "100031": closed_to_the_app,
    "100048": lambda client: client.me(client.login()["access_token"], unionid="1"),
}
