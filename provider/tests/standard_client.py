"""A standard app's own side over HTTP: plain OAuth 2.0 (``Standard``), OpenID Connect (``Client``), its user's ``Browser``."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

CALLBACK = "http://127.0.0.1/cb?kept=1"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
ALGORITHMS = ["RS256", "ES256", "EdDSA"]


class Standard:
    def __init__(self, world: Any, **fields: Any) -> None:
        self.town, self.world = world.town, world
        self.app = world.new_app(
            name="标准",
            dialect="standard",
            redirect_uris=[CALLBACK],
            consent={"mode": "auto", "user": "zhangsan"},
            **fields,
        )

    def authorize(self, method: str = "GET", **changes: Any) -> requests.Response:
        params = {
            "client_id": self.app["appid"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "user_info",
            "state": "s",
        }
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        url = f"{self.town.provider}/oauth/authorize"
        place = {"params": params} if method == "GET" else {"data": params}
        return requests.request(method, url, allow_redirects=False, timeout=10, **place)  # type: ignore[arg-type]

    def answer(self, **changes: Any) -> dict[str, str]:
        response = self.authorize(**changes)
        assert response.status_code == 302, response.text
        there = urlsplit(response.headers["Location"])
        return dict(parse_qsl(f"{there.query}&{there.fragment}"))

    def token(self, auth: Any = None, **changes: Any) -> requests.Response:
        params = {
            "grant_type": "authorization_code",
            "redirect_uri": CALLBACK,
            "client_id": self.app["appid"],
            "client_secret": self.app["secret"],
        }
        if auth:
            params.pop("client_id")
            params.pop("client_secret")
        params = {k: v for k, v in {**params, **changes}.items() if v is not None}
        return requests.post(f"{self.town.provider}/oauth/token", data=params, auth=auth, timeout=10)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return dict(self.token(code=self.answer(**changes)["code"]).json())

    def refresh(self, refresh_token: str) -> requests.Response:
        return self.token(grant_type="refresh_token", redirect_uri=None, refresh_token=refresh_token)

    def userinfo(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.town.resource}/userinfo", headers=headers, timeout=10)

    def form(self, path: str, **data: str) -> requests.Response:
        auth = (self.app["appid"], self.app["secret"])
        return requests.post(f"{self.town.provider}{path}", data=data, auth=auth, timeout=10)


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=10, **options)


def verified(town: Any, token: str) -> jwt.Token:
    """As a client does it: by the keys that the metadata lead to."""
    found = get(f"{town.provider}/.well-known/openid-configuration").json()
    return jwt.decode(token, KeySet.import_key_set(get(found["jwks_uri"]).json()), algorithms=ALGORITHMS)


class Client(Standard):
    """An OpenID Connect client."""

    def login(self, **asked: Any) -> dict[str, Any]:
        code = self.answer(**{"scope": "openid profile", **asked})["code"]
        tokens: dict[str, Any] = self.token(code=code).json()
        return tokens

    def id_token(self, **asked: Any) -> dict[str, Any]:
        return dict(verified(self.town, self.login(**asked)["id_token"]).claims)

    def userinfo(self, tokens: dict[str, Any]) -> dict[str, Any]:
        header = {"Authorization": f"Bearer {tokens['access_token']}"}
        told: dict[str, Any] = get(f"{self.town.resource}/userinfo", headers=header).json()
        return told


class Browser(requests.Session):
    """Somebody's browser, without scripts."""

    def __init__(self, client: Client, user: str = "zhangsan") -> None:
        super().__init__()
        client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
        self.client, self.user = client, user

    def ask(self, **asked: Any) -> requests.Response:
        """The page or the redirect that an authorization request gets, in the provider's own pages."""
        params = {
            "client_id": self.client.app["appid"],
            "redirect_uri": self.client.app["redirect_uris"][0],
            "response_type": "code",
            "scope": "openid",
            "state": "s",
            **asked,
        }
        first = self.get(
            f"{self.client.town.provider}/oauth/authorize", params=params, allow_redirects=False, timeout=10
        )
        if first.headers.get("Location", "").startswith(("/", self.client.town.provider)):
            return self.get(self.client.town.provider + _path(first.headers["Location"]), timeout=10)
        return first

    def log_in(self, page: requests.Response) -> requests.Response:
        return self.post(
            page.url, data={"persona": self.user, "csrf_token": field_of(page, "csrf_token")}, timeout=10
        )

    def agree(self, page: requests.Response) -> dict[str, str]:
        sent = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}
        return answered(self.post(page.url, data=sent, allow_redirects=False, timeout=10))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def field_of(page: requests.Response, name: str) -> str:
    found: str = page.text.split(f'name="{name}"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
    return found


def answered(response: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))
