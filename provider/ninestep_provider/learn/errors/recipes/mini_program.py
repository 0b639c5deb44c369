"""The numbers that only ``/sns/jscode2session``, ``/cgi-bin/*`` and ``/wxa/*`` give (wire.md C)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....control import js_codes
from ..lab import USER, Lab


class MiniProgram(Lab):
    dialect = "wechat"

    def register(self, **fields: Any) -> None:
        super().register(**{"kind": "mini_program", "redirect_uris": [], **fields})

    def session(self, **changes: Any) -> Any:
        js_code = js_codes.log_in(self.appid, js_codes.NewJsCode(user=USER))["js_code"]
        asked = {"appid": self.appid, "secret": self.secret, "js_code": js_code}
        return self.get("/sns/jscode2session", {**asked, "grant_type": "authorization_code", **changes})

    def cgi(self, **changes: Any) -> Any:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self.get("/cgi-bin/token", {**asked, **changes})

    def check(self, **changes: Any) -> Any:
        openid = self.session().json()["openid"]
        asked = {"access_token": self.cgi().json()["access_token"], "openid": openid}
        asked |= {"sig_method": "hmac_sha256", "signature": "0" * 64}
        return self.get("/wxa/checksession", {**asked, **changes})


Recipe = Callable[[MiniProgram], Any]


def risky(client: MiniProgram) -> Any:
    client.change(policies={"risk_blocked": True})
    return client.session()


def held(number: int) -> Recipe:
    def recipe(client: MiniProgram) -> Any:
        client.change(policies={"cgi_token_error": number})
        return client.cgi()

    return recipe


def frozen(client: MiniProgram) -> Any:
    client.change(banned=True)
    return client.cgi()


RECIPES: dict[str, Recipe] = {
    "40164": held(40164),
    "40226": risky,
    "40243": held(40243),
    "43002": lambda client: client.get("/cgi-bin/stable_token", {"appid": client.appid}),
    "45009": held(45009),
    "47001": lambda client: client.send("POST", "/cgi-bin/stable_token", data="{"),
    "50004": held(50004),
    "50007": frozen,
    "87008": lambda client: client.check(sig_method="md5"),
    "87009": lambda client: client.check(),
    "89503": held(89503),
}
