"""An app of a test's world (RFC 6749 §2), and what can be arranged for its next login."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from .control import Control
from .coverage import Coverage
from .fault import Fault

WECHAT = {"official_account": "/connect/oauth2/authorize", "website": "/connect/qrconnect"}
AUTHORIZE = {"standard": "/oauth/authorize", "qq": "/oauth2.0/authorize", "weibo": "/oauth2/authorize"}


class App:
    """``data`` is the app as the control API tells it: policies, lifetimes, scopes."""

    def __init__(self, control: Control, gateway: str, data: dict[str, Any]) -> None:
        self._control, self._gateway, self.data = control, gateway, data

    @property
    def appid(self) -> str:
        return str(self.data["appid"])

    @property
    def secret(self) -> str:
        return str(self.data["secret"])

    @property
    def world(self) -> str:
        return str(self.data["world"])

    def approve(self, user: str = "zhangsan", scope: str | list[str] | None = None) -> None:
        """The next authorization request is agreed to, without a page. They queue."""
        self._arm(user=user, decision="approve", scope=scope)

    def deny(self, user: str = "zhangsan") -> None:
        """The next authorization request is refused."""
        self._arm(user=user, decision="deny")

    def fault(self, endpoint: str, error: str = "", **what: Any) -> Fault:
        """Let ``endpoint`` go wrong, once or ``times``: docs/testing.md has what can be said."""
        body = {"endpoint": endpoint, **({"error": error} if error else {}), **what}
        return Fault(self._control, self.appid, self._call("POST", "/faults", body))

    def unfired(self) -> list[Fault]:
        """What was armed and never met."""
        found = self._control.all(f"/apps/{self.appid}/faults", unfired="1")
        return [Fault(self._control, self.appid, fault) for fault in found]

    def code(self, user: str = "zhangsan", scope: str | list[str] | None = None) -> str:
        """An authorization code without a login, for a test that begins at the token endpoint."""
        return str(self._call("POST", "/codes", {"user": user, "scope": scope})["code"])

    def change(self, **fields: Any) -> None:
        """Some of its fields: ``policies={…}``, ``consent={…}``, ``ttl={…}``, ``disabled=True`` …"""
        self.data = self._control("PATCH", f"/apps/{self.appid}", fields)

    def tokens(self) -> list[dict[str, Any]]:
        """Its tokens, newest first, masked."""
        return self._control.all(f"/apps/{self.appid}/tokens")

    def coverage(self) -> Coverage:
        """Which checks its logins have exercised, and which have never refused anything."""
        return Coverage(self._call("GET", "/coverage"))

    def authorize_url(self, **parameters: str) -> str:
        """Where a client of its kind sends the browser (step 2), through the gateway; parameters win."""
        path = AUTHORIZE.get(self.data["dialect"]) or WECHAT.get(self.data["kind"])
        if path is None:
            raise ValueError(f"an app of kind {self.data['kind']} sends no browser anywhere: use .code()")
        wechat = self.data["dialect"] == "wechat"
        query = {"appid" if wechat else "client_id": self.appid, "response_type": "code"}
        if self.data["redirect_uris"]:
            query["redirect_uri"] = self.data["redirect_uris"][0]
        query |= {"scope": ("," if wechat else " ").join(self.data["scopes"][-1 if wechat else 0 :])}
        return f"{self._gateway}{path}?{urlencode({**query, **parameters})}"

    def env(self) -> dict[str, str]:
        """What a client's settings usually ask for, under the names of the start page."""
        names = ("APPID", "SECRET") if self.data["dialect"] == "wechat" else ("CLIENT_ID", "CLIENT_SECRET")
        found = {f"OAUTH_{names[0]}": self.appid, "OAUTH_BASE_URL": self._gateway}
        if self.secret:
            found[f"OAUTH_{names[1]}"] = self.secret
        if self.data["redirect_uris"]:
            found["OAUTH_REDIRECT_URI"] = self.data["redirect_uris"][0]
        return found

    def _arm(self, **decision: Any) -> None:
        self._call("POST", "/next", decision)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        return self._control(method, f"/apps/{self.appid}{path}", body)

    def __repr__(self) -> str:
        known = {"dialect": "", "kind": "app", "world": "?", **self.data}
        return f"<App {self.appid}: {known['dialect']} {known['kind']} in world {known['world']}>"
