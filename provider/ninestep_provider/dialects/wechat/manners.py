"""Where WeChat differs from RFC 6749 in substance; which of its manners an app sees is its fidelity (design.md §4)."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from ninestep.dialects import policy
from ninestep.dialects.wechat import ids
from ninestep.records import App, AuthRequest, Grant, User

from ...engine.dialect import Dialect
from ...engine.location import split
from ...services import Services

BASE, USERINFO = "snsapi_base", "snsapi_userinfo"


class WeChat(Dialect):
    name = "wechat"
    prefix = "/connect"
    default_scopes = ()
    auth_methods = ("client_secret_post",)
    refresh_auth_methods = ("none",)  # wire.md A.3: no secret
    binds_redirect_uri = False
    revokes_on_replay = False

    def authenticates(self, app: App, method: str) -> bool:
        return True

    def new_code(self) -> str:
        return ids.code()

    def new_refresh_token(self) -> str:
        return ids.refresh_token()

    def new_access_token(self, refresh_token: str, counter: int) -> str:
        return ids.access_token(refresh_token, counter)

    def rotates(self, app: App) -> bool:
        return not policy(app, "same_refresh_token")

    def redirect_matches(self, app: App, redirect_uri: str) -> bool:
        """wire.md A.1.2: the host decides; ``exact`` is the seed's rule (S0 §4.3)."""
        parts = split(redirect_uri)
        if parts is None:
            return False
        host = parts.hostname or ""
        rule = policy(app, "redirect_match")
        if rule == "exact":
            return redirect_uri in app.redirect_uris
        known = (
            {app.callback_domain}
            if app.callback_domain
            else {urlsplit(uri).hostname for uri in app.redirect_uris}
        )
        if rule == "strict":
            return host in known and parts.port is None
        return host in known or _nearby(host)

    def silent(self, scopes: list[str]) -> bool:
        return set(scopes) == {BASE}

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        if USERINFO not in scopes:
            return []
        items = [
            {"name": "profile", "label_key": "scope.snsapi_userinfo", "optional": False, "checked": True}
        ]
        if policy(app, "scope_items"):
            items.append({"name": "region", "label_key": "scope.region", "optional": True, "checked": True})
        return items

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        if not policy(app, "remember_consent") or request.params.get("forcePopup") == "true":
            return False
        return super().remembered(app, grant, request)

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        """openid always; unionid with snsapi_userinfo on an app of an Open Platform account (wire.md A.2)."""
        members = {"openid": ids.openid(app.appid, user.uid)}
        if app.open_platform and USERINFO in scopes:
            members["unionid"] = ids.unionid(app.open_platform, user.uid)
        return members

    def answer(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]]:
        if request.state or policy(app, "authorize_errors") == "platform":
            return [("state", request.state)]  # the platform appends an empty one (wire.md A.1.1)
        return []

    def refusal(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]] | None:
        match policy(app, "refusal"):
            case "access_denied":
                return [("error", "access_denied"), *self.answer(services, app, request)]
            case "state-only":
                return [("state", request.state)]
            case "none":
                return None
        return [("code", "authdeny"), ("state", request.state)]


def _nearby(host: str) -> bool:
    """Loopback and private addresses, which ``relaxed`` always allows."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


DIALECT = WeChat()
