"""A mini program of a test: its page by the control API, its server by the platform's wire (wire.md C, A.6, D.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import requests
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

JSON = "application/json; encoding=utf-8"
SNS_RID = re.compile(r", rid: [0-9a-f]{8}(-[0-9a-f]{8}){2}$")
CGI_RID = re.compile(r"[^,] rid: [0-9a-f]{8}(-[0-9a-f]{8}){2}$")


class Mini:
    """A mini program: its user's page by the control API, its server by the platform's wire."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        given = {"dialect": "wechat", "kind": "mini_program", "open_platform": "p", **fields}
        self.app = town.api("POST", "/apps", given)
        self.appid, self.secret, self.world = self.app["appid"], self.app["secret"], self.app["world"]

    # -- the page

    def js_code(self, user: str = "zhangsan") -> str:
        return str(self.town.api("POST", f"/apps/{self.appid}/js_codes", {"user": user})["js_code"])

    def page(self, what: str, user: str = "zhangsan", method: str = "POST", **options: Any) -> Any:
        return self.town.api(method, f"/apps/{self.appid}/mini_program/{user}/{what}", **options)

    # -- the server

    def exchange(self, method: str = "GET", **changes: Any) -> requests.Response:
        good = {"appid": self.appid, "secret": self.secret, "grant_type": "authorization_code"}
        sent = {name: value for name, value in {**good, **changes}.items() if value is not None}
        place = {"params": sent} if method == "GET" else {"data": sent}
        return self.ask(method, "/sns/jscode2session", **place)

    def log_in(self, user: str = "zhangsan") -> dict[str, str]:
        return dict(self.exchange(js_code=self.js_code(user)).json())

    def cgi(self, **changes: Any) -> requests.Response:
        good = {"appid": self.appid, "secret": self.secret, "grant_type": "client_credential"}
        sent = {name: value for name, value in {**good, **changes}.items() if value is not None}
        return self.ask("GET", "/cgi-bin/token", params=sent)

    def stable(self, **changes: Any) -> requests.Response:
        good = {"appid": self.appid, "secret": self.secret, "grant_type": "client_credential"}
        sent = {name: value for name, value in {**good, **changes}.items() if value is not None}
        return self.ask("POST", "/cgi-bin/stable_token", json=sent)

    def token(self) -> str:
        return str(self.cgi().json()["access_token"])

    def session_call(self, session: dict[str, str], path: str = "checksession", **changes: Any) -> Any:
        good = {
            "access_token": changes.pop("access_token", None) or self.token(),
            "openid": session["openid"],
            "signature": hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest(),
            "sig_method": "hmac_sha256",
        }
        sent = {name: value for name, value in {**good, **changes}.items() if value is not None}
        return self.ask("GET", f"/wxa/{path}", params=sent)

    def phone(self, code: Any, token: str | None = None, **more: Any) -> requests.Response:
        query = {"access_token": self.token() if token is None else token}
        return self.ask("POST", "/wxa/business/getuserphonenumber", params=query, json={"code": code, **more})

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = self.town.provider + path
        answer: requests.Response = self.town.http.request(method, url, timeout=10, **options)
        return answer

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"advance": by})

    def freeze(self) -> None:
        """For tests of a second that counts: the machine's own pace then moves nothing."""
        self.town.api("POST", f"/worlds/{self.world}/clock", {"freeze": True})

    def policies(self, **policies: Any) -> None:
        self.town.api("PATCH", f"/apps/{self.appid}", {"policies": policies})


def decrypt(session_key: str, sealed: dict[str, str]) -> dict[str, Any]:
    """ValueError with the wrong key, as in any SDK."""
    key, iv = base64.b64decode(session_key), base64.b64decode(sealed["iv"])
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    raw = decryptor.update(base64.b64decode(sealed["encryptedData"])) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return dict(json.loads(unpadder.update(raw) + unpadder.finalize()))


def assert_refused(answer: requests.Response, number: int, message: str = "", *, sns: bool = False) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain" if sns else JSON)
    assert list(answer.json()) == ["errcode", "errmsg"]
    assert answer.json()["errcode"] == number
    assert answer.json()["errmsg"].startswith(message)
    assert (SNS_RID if sns else CGI_RID).search(answer.json()["errmsg"])
