"""WeChat's pages (wire.md A.1.2) and its numbers at ``/sns/*`` (A.2–A.5), each brought about by one wrong request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..lab import CALLBACK, Lab, sent_back


class WeChat(Lab):
    dialect = "wechat"

    def authorize(self, **changes: Any) -> Any:
        asked = {"appid": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        asked |= {"scope": "snsapi_userinfo", "state": "s"}
        return self.get("/connect/oauth2/authorize", {**asked, **changes})

    def code(self, **changes: Any) -> str:
        return sent_back(self.authorize(**changes), "code")

    def token(self, **changes: Any) -> Any:
        asked = {"appid": self.appid, "secret": self.secret, "code": "nobody"}
        asked |= {"grant_type": "authorization_code"}
        return self.get("/sns/oauth2/access_token", {**asked, **changes})

    def login(self, **changes: Any) -> dict[str, str]:
        return dict(self.token(code=self.code(**changes)).json())

    def refresh(self, **changes: Any) -> Any:
        asked = {"appid": self.appid, "grant_type": "refresh_token", "refresh_token": "nobody"}
        return self.get("/sns/oauth2/refresh_token", {**asked, **changes})

    def profile(self, **changes: Any) -> Any:
        asked = {"access_token": "nobody", "openid": "nobody", "lang": "zh_CN"}
        return self.get("/sns/userinfo", {**asked, **changes}, resource=True)

    def own_profile(self, given: dict[str, str], **changes: Any) -> Any:
        mine = {"access_token": given["access_token"], "openid": given["openid"]}
        return self.profile(**{**mine, **changes})


Recipe = Callable[[WeChat], Any]


def used_code(client: WeChat) -> Any:
    code = client.code()
    client.token(code=code)
    return client.token(code=code)


def late_code(client: WeChat) -> Any:
    code = client.code()
    client.advance("11m")
    return client.token(code=code)


def late_code_as_42003(client: WeChat) -> Any:
    client.change(policies={"expired_code_error": 42003})
    return late_code(client)


def late_refresh(client: WeChat) -> Any:
    client.change(policies={"expired_refresh_error": 42002})
    given = client.login()
    client.expire_tokens("refresh")
    return client.refresh(refresh_token=given["refresh_token"])


def expired_token(client: WeChat) -> Any:
    given = client.login()
    client.expire_tokens("access")
    return client.own_profile(given)


def expired_token_as_40014(client: WeChat) -> Any:
    client.change(policies={"expired_token_error": 40014})
    return expired_token(client)


def wrong_secret_as_40001(client: WeChat) -> Any:
    client.change(policies={"wrong_secret_error": 40001})
    return client.token(secret="wrong", code=client.code())


def base_scope_as_50001(client: WeChat) -> Any:
    client.change(policies={"base_scope_error": 50001})
    return base_scope(client)


def withdrawn(client: WeChat) -> Any:
    """The user takes the consent back in 授权管理, which is what DELETE /grants does."""
    given = client.login()
    client.withdraw()
    return client.own_profile(given)


def withdrawn_as_42007(client: WeChat) -> Any:
    client.change(policies={"withdrawn_error": 42007})
    return withdrawn(client)


def base_scope(client: WeChat) -> Any:
    return client.own_profile(client.login(scope="snsapi_base"))


def faulty_token(client: WeChat, error: str) -> Any:
    client.fault("token", error)
    return client.token(code=client.code())


def banned(client: WeChat) -> Any:
    client.change(banned=True)
    return client.authorize()


def no_follower(client: WeChat) -> Any:
    client.change(policies={"followers_only": True}, consent={"mode": "auto", "user": "wangwu"})
    return client.authorize()


def too_often(client: WeChat) -> Any:
    client.fault("authorize", "quota")
    return client.authorize()


def no_component(client: WeChat) -> Any:
    client.change(policies={"component_authorized": False})
    return client.authorize(component_appid="wx0")


def of_a_website(client: WeChat) -> Any:
    client.register(kind="website")
    return client.authorize()


RECIPES: dict[str, Recipe] = {
    "-1": lambda client: faulty_token(client, "server_error"),
    "40001": wrong_secret_as_40001,
    "40002": lambda client: client.token(grant_type="password"),
    "40003": lambda client: client.own_profile(client.login(), openid="nobody"),
    "40013": lambda client: client.token(appid="wx0000000000000000"),
    "40014": expired_token_as_40014,
    "40029": late_code,
    "40030": lambda client: client.refresh(),
    "40125": lambda client: client.token(secret="wrong", code=client.code()),
    "40163": used_code,
    "41001": lambda client: client.profile(access_token=None),
    "41002": lambda client: client.token(appid=None),
    "41003": lambda client: client.refresh(refresh_token=None),
    "41004": lambda client: client.token(secret=None),
    "41008": lambda client: client.token(code=None),
    "41009": lambda client: client.profile(openid=None),
    "42001": expired_token,
    "42002": late_refresh,
    "42003": late_code_as_42003,
    "42007": withdrawn_as_42007,
    "45011": lambda client: faulty_token(client, "quota"),
    "48001": base_scope,
    "50001": base_scope_as_50001,
    "10003": lambda client: client.authorize(redirect_uri="https://evil.example/"),
    "10004": banned,
    "10005": lambda client: client.authorize(scope="snsapi_userinfo,everything"),
    "10006": no_follower,
    "10009": too_often,
    "10010": lambda client: client.authorize(scope=None),
    "10011": lambda client: client.authorize(redirect_uri=None),
    "10012": lambda client: client.authorize(appid=None),
    "10015": no_component,
    "10016": of_a_website,
}
