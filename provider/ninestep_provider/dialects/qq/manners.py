"""Where QQ differs from RFC 6749 in substance (wire.md E)."""

from __future__ import annotations

from typing import Any

from ninestep.dialects import policy
from ninestep.dialects.qq import ids, scopes
from ninestep.dialects.qq.errors import oauth
from ninestep.records import App, AuthRequest, Grant, User

from ...engine.dialect import Dialect
from ...engine.location import split
from ...services import Services


class QQ(Dialect):
    name = "qq"
    prefix = "/oauth2.0"
    dress = "qq"
    default_scopes = ()  # ``scopes.allowed`` knows what who asks for nothing gets
    auth_methods = ("client_secret_post",)
    refresh_auth_methods = auth_methods
    redirect_fragments = True
    revokes_on_replay = False

    def authenticates(self, app: App, method: str) -> bool:
        return True

    def wants_pkce(self, app: App) -> bool:
        return bool(policy(app, "require_pkce"))

    def gives_tokens(self, app: App) -> bool:
        return bool(policy(app, "implicit")) and not policy(app, "require_pkce")

    def new_code(self) -> str:
        return ids.secret()

    def new_refresh_token(self) -> str:
        return ids.secret()

    def new_access_token(self, refresh_token: str, counter: int) -> str:
        return ids.secret()

    def redirect_matches(self, app: App, redirect_uri: str) -> bool:
        """The documents speak of the domain, people who tried of a prefix (wire.md E.1); exact unless asked for."""
        rule = policy(app, "redirect_match")
        if rule == "exact":
            return redirect_uri in app.redirect_uris
        within = _below if rule == "prefix" else _on_domain
        return any(within(redirect_uri, registered) for registered in app.redirect_uris)

    def own_page(self, app: App | None, reason: str) -> tuple[str, int]:
        problem = oauth(reason)
        return problem.text.strip(), problem.number

    def consent_items(self, app: App, scopes_: list[str]) -> list[dict[str, Any]]:
        optional = bool(policy(app, "scope_items"))
        items = super().consent_items(app, scopes_)
        return [{**item, "optional": optional and item["name"] != scopes.USER_INFO} for item in items]

    def with_items(self, app: App, scopes_: list[str], chosen: list[str] | None = None) -> list[str]:
        return super().with_items(app, scopes.allowed(scopes_, app.scopes), chosen)

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        return bool(policy(app, "remember_consent")) and super().remembered(app, grant, request)

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        """For ``need_openid=1``."""
        return {"openid": ids.openid(app.appid, user.uid)}

    def in_fragment(self, token: dict[str, Any], members: dict[str, Any]) -> list[tuple[str, str]]:
        return [(name, str(token[name])) for name in ("access_token", "expires_in")]

    def answer(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]]:
        return [("state", request.state)] if request.state else []

    def refusal(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]] | None:
        """On a phone the browser goes back with ``usercancel=1``; on a PC the window just closes (wire.md E.1)."""
        rule, mobile = policy(app, "refusal"), request.params.get("display") == "mobile"
        if rule == "none" or (rule == "platform" and not mobile):
            return None
        return [("usercancel", "1"), *self.answer(services, app, request)]


def _below(uri: str, registered: str) -> bool:
    """A prefix that ends where a part of the address ends: ``https://a.cn`` is none of ``https://a.cn.evil.test``."""
    if uri == registered:
        return True
    parts, own = split(uri), split(registered)
    if parts is None or own is None or (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return False
    if any(part in (".", "..") for part in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")):
        return False  # a browser climbs out of the prefix
    rest = uri.removeprefix(registered)
    return rest != uri and (registered.endswith("/") or rest[0] in "/?#")


def _on_domain(uri: str, registered: str) -> bool:
    parts, own = split(uri), split(registered)
    if parts is None or own is None:
        return False
    host, domain = (parts.hostname or "").lower(), (own.hostname or "").lower()
    return bool(domain) and (host == domain or host.endswith("." + domain))


DIALECT = QQ()
