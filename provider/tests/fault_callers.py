"""One good call of every endpoint of every dialect, prepared up to the last step: what a fault can then break."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qq_client
import requests
import weibo_client
from browser import Browser
from ninestep.oauth.grant_types import DEVICE

CALLBACK = "http://127.0.0.1/callback"
AUTO = {"mode": "auto", "user": "zhangsan"}
UUID = re.compile(r"""/connect/qrcode/([^"'>\s]+)""")


@dataclass
class Caller:
    """An app, and the call that it makes as often as it is asked to: each time with a fresh code where one is spent."""

    town: Any
    app: dict[str, Any]
    prepare: Callable[[], Callable[[], requests.Response]]

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    def arm(self, endpoint: str, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.town.api(
            "POST", f"/apps/{self.appid}/faults", {"endpoint": endpoint, **fields}
        )
        return made

    def faults(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.town.api("GET", f"/apps/{self.appid}/faults", params=query)
        return found

    def told_of(self, fault: str) -> list[dict[str, Any]]:
        """The exchanges of the world's trace in which this fault took part; messages are the numbered steps alone."""
        found, query = [], {"world": self.app["world"]}
        for flow in self.town.api("GET", "/flows", params=query):
            document = self.town.api("GET", f"/flows/{flow['id']}/export.json")
            found += [each for each in document["exchanges"] if each.get("fault") == fault]
        return found


def get(url: str, **query: Any) -> requests.Response:
    return requests.get(url, params=query, allow_redirects=False, timeout=15)


def post(url: str, **form: Any) -> requests.Response:
    return requests.post(url, data=form, allow_redirects=False, timeout=15)


def _app(town: Any, **fields: Any) -> dict[str, Any]:
    defaults = {"name": "故障", "redirect_uris": [CALLBACK], "consent": AUTO}
    made: dict[str, Any] = town.api("POST", "/apps", {**defaults, **fields})
    return made


def _code(town: Any, app: dict[str, Any], **more: str) -> str:
    body = {"user": "zhangsan", "redirect_uri": CALLBACK, **more}
    return str(town.api("POST", f"/apps/{app['appid']}/codes", body)["code"])


def standard(town: Any, endpoint: str) -> Caller:
    fields: dict[str, Any] = {"consent": {"mode": "ask"}} if endpoint in ("login", "consent") else {}
    fields |= {"grant_types": [DEVICE]} if endpoint == "device" else {}
    app = _app(town, dialect="standard", **fields)
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    query = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    query["scope"] = "user_info offline_access"

    def tokens(**more: str) -> dict[str, Any]:
        code = _code(town, app, **more)
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return dict(post(f"{town.provider}/oauth/token", **own, **grant).json())

    def page(browser: Browser) -> requests.Response:
        return browser.follow(browser.get(f"{town.provider}/oauth/authorize", **query))

    def login() -> Callable[[], requests.Response]:
        browser = Browser()
        form = page(browser)
        return lambda: browser.submit(form, persona="zhangsan")

    def consent() -> Callable[[], requests.Response]:
        browser = Browser()
        form = browser.follow(browser.submit(page(browser), persona="zhangsan"))
        return lambda: browser.submit(form, decision="approve")

    def token() -> Callable[[], requests.Response]:
        grant = {"grant_type": "authorization_code", "code": _code(town, app), "redirect_uri": CALLBACK}
        return lambda: post(f"{town.provider}/oauth/token", **own, **grant)

    def refresh() -> Callable[[], requests.Response]:
        grant = {"grant_type": "refresh_token", "refresh_token": tokens()["refresh_token"]}
        return lambda: post(f"{town.provider}/oauth/token", **own, **grant)

    def of_token(path: str) -> Callable[[], Callable[[], requests.Response]]:
        def prepare() -> Callable[[], requests.Response]:
            secret = tokens()["access_token"]
            return lambda: post(town.provider + path, **own, token=secret)

        return prepare

    def userinfo() -> Callable[[], requests.Response]:
        headers = {"Authorization": f"Bearer {tokens(scope='user_info')['access_token']}"}
        return lambda: requests.get(f"{town.resource}/userinfo", headers=headers, timeout=15)

    def articles() -> Callable[[], requests.Response]:
        headers = {"Authorization": f"Bearer {tokens(scope='articles.read')['access_token']}"}
        return lambda: requests.get(f"{town.resource}/articles", headers=headers, timeout=15)

    ways = {"login": login, "consent": consent, "token": token, "refresh": refresh, "userinfo": userinfo}
    ways["articles"] = articles
    ways |= {"authorize": lambda: lambda: get(f"{town.provider}/oauth/authorize", **query)}
    ways["device"] = lambda: lambda: post(f"{town.provider}/oauth/device_authorization", **own)
    ways["par"] = lambda: lambda: post(f"{town.provider}/oauth/par", **{**own, **query})
    ways |= {"revoke": of_token("/oauth/revoke"), "introspect": of_token("/oauth/introspect")}
    return Caller(town, app, ways[endpoint])


def wechat(town: Any, endpoint: str) -> Caller:
    app = _app(town, dialect="wechat", kind="official_account")
    own = {"appid": app["appid"], "secret": app["secret"]}
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    sns = f"{town.provider}/sns/oauth2"

    def token() -> Callable[[], requests.Response]:
        code = _code(town, app)
        return lambda: get(f"{sns}/access_token", **own, code=code, grant_type="authorization_code")

    def refresh() -> Callable[[], requests.Response]:
        secret = token()().json()["refresh_token"]
        return lambda: get(f"{sns}/refresh_token", **own, grant_type="refresh_token", refresh_token=secret)

    def api(path: str) -> Callable[[], Callable[[], requests.Response]]:
        def prepare() -> Callable[[], requests.Response]:
            tokens = token()().json()
            return lambda: get(
                town.resource + path, access_token=tokens["access_token"], openid=tokens["openid"]
            )

        return prepare

    ways = {"token": token, "refresh": refresh, "userinfo": api("/sns/userinfo"), "check": api("/sns/auth")}
    ways["authorize"] = lambda: (
        lambda: get(f"{town.provider}/connect/oauth2/authorize", **query, scope="snsapi_userinfo")
    )
    ways["cgi_token"] = lambda: (
        lambda: get(f"{town.provider}/cgi-bin/token", **own, grant_type="client_credential")
    )
    return Caller(town, app, ways[endpoint])


def website(town: Any, endpoint: str) -> Caller:
    app = _app(town, dialect="wechat", kind="website", policies={"qr_hold": 0})
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}

    def qr_poll() -> Callable[[], requests.Response]:
        page = get(f"{town.provider}/connect/qrconnect", **query, scope="snsapi_login")
        uuid = UUID.findall(page.text)[0]
        town.api("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})
        return lambda: get(f"{town.provider}/connect/l/qrconnect", uuid=uuid)

    return Caller(town, {**app, "endpoint": endpoint}, qr_poll)


def mini_program(town: Any, endpoint: str) -> Caller:
    app = _app(town, dialect="wechat", kind="mini_program", redirect_uris=[])
    own = {"appid": app["appid"], "secret": app["secret"]}
    wxa = f"{town.provider}/wxa"

    def js_code() -> Callable[[], requests.Response]:
        code = town.api("POST", f"/apps/{app['appid']}/js_codes", {"user": "zhangsan"})["js_code"]
        sent = {**own, "js_code": code, "grant_type": "authorization_code"}
        return lambda: get(f"{town.provider}/sns/jscode2session", **sent)

    def cgi_token() -> Callable[[], requests.Response]:
        return lambda: get(f"{town.provider}/cgi-bin/token", **own, grant_type="client_credential")

    def session_call(path: str) -> Callable[[], Callable[[], requests.Response]]:
        def prepare() -> Callable[[], requests.Response]:
            session, secret = js_code()().json(), cgi_token()().json()["access_token"]
            right = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest()
            sent = {"openid": session["openid"], "signature": right, "sig_method": "hmac_sha256"}
            return lambda: get(f"{wxa}/{path}", access_token=secret, **sent)

        return prepare

    def phone() -> Callable[[], requests.Response]:
        code = town.api("POST", f"/apps/{app['appid']}/mini_program/zhangsan/phone_number")["code"]
        url = f"{wxa}/business/getuserphonenumber?access_token={cgi_token()().json()['access_token']}"
        return lambda: requests.post(url, json={"code": code}, timeout=15)

    ways = {"js_code": js_code, "cgi_token": cgi_token, "phone": phone}
    ways |= {"session": session_call("checksession"), "session_reset": session_call("resetusersessionkey")}
    return Caller(town, app, ways[endpoint])


def qq(town: Any, endpoint: str) -> Caller:
    client = qq_client.registered(town)

    def token() -> Callable[[], requests.Response]:
        code = client.code()
        return lambda: client.token(code=code)

    def with_token(call: Callable[[dict[str, Any]], requests.Response]) -> Callable[[], Any]:
        def prepare() -> Callable[[], requests.Response]:
            tokens = client.tokens()
            return lambda: call(tokens)

        return prepare

    ways: dict[str, Callable[[], Callable[[], requests.Response]]] = {
        "authorize": lambda: client.authorize,
        "token": token,
        "refresh": with_token(lambda tokens: client.refresh(tokens["refresh_token"])),
        "me": with_token(lambda tokens: client.me(tokens["access_token"])),
        "userinfo": with_token(
            lambda tokens: client.user(
                access_token=tokens["access_token"], oauth_consumer_key=client.appid, openid=tokens["openid"]
            )
        ),
    }
    return Caller(town, client.app, ways[endpoint])


def weibo(town: Any, endpoint: str) -> Caller:
    client = weibo_client.registered(town)

    def token() -> Callable[[], requests.Response]:
        code = client.code()
        return lambda: client.token(code=code)

    def api(method: str, base: str, path: str) -> Callable[[], Callable[[], requests.Response]]:
        def prepare() -> Callable[[], requests.Response]:
            tokens = client.tokens()
            query = {"access_token": tokens["access_token"], "uid": tokens["uid"]}
            return lambda: requests.request(method, base + path, params=query, timeout=15)

        return prepare

    ways: dict[str, Callable[[], Callable[[], requests.Response]]] = {
        "authorize": lambda: client.authorize,
        "token": token,
        "me": api("POST", town.provider, "/oauth2/get_token_info"),
        "revoke": api("POST", town.provider, "/oauth2/revokeoauth2"),
        "check": api("GET", town.resource, "/2/account/get_uid.json"),
        "userinfo": api("GET", town.resource, "/2/users/show.json"),
    }
    return Caller(town, client.app, ways[endpoint])


CALLERS: dict[str, tuple[Callable[[Any, str], Caller], tuple[str, ...]]] = {
    "standard": (
        standard,
        (
            *("authorize", "par", "login", "consent", "token", "refresh", "device"),
            *("revoke", "introspect", "userinfo", "articles"),
        ),
    ),
    "wechat": (wechat, ("authorize", "token", "refresh", "userinfo", "check", "cgi_token")),
    "website": (website, ("qr_poll",)),
    "mini_program": (mini_program, ("js_code", "session", "session_reset", "phone", "cgi_token")),
    "qq": (qq, ("authorize", "token", "refresh", "me", "userinfo")),
    "weibo": (weibo, ("authorize", "token", "me", "revoke", "check", "userinfo")),
}


def caller(town: Any, dialect: str, endpoint: str) -> Caller:
    return CALLERS[dialect][0](town, endpoint)
