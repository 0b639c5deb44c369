"""Where WeChat differs from RFC 6749 in substance; which of its manners an app sees is its fidelity (design.md §4)."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any
from urllib.parse import urlsplit

from ninestep.dialects import policy
from ninestep.dialects.lifetimes import lifetimes
from ninestep.dialects.wechat import PHONE_KINDS, ids
from ninestep.dialects.wechat.errors import PAGES, UNNUMBERED_PAGES
from ninestep.records import App, AuthRequest, Grant, User
from ninestep.store import MEMORY

from ...engine.dialect import Dialect
from ...engine.location import origin, split
from ...services import Services

BASE, USERINFO, LOGIN = "snsapi_base", "snsapi_userinfo", "snsapi_login"
VIRTUAL = "微信用户"  # what the platform calls somebody whose profile it does not give


class WeChat(Dialect):
    name = "wechat"
    prefix = "/connect"
    default_scopes = ()
    auth_methods = ("client_secret_post",)
    refresh_auth_methods = ("none",)  # wire.md A.3: no secret
    knows_pkce = False  # wire.md A.1, A.2
    redirect_fragments = True  # wire.md A.1.1
    phone_kinds = PHONE_KINDS
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
        parts = split(origin(redirect_uri))  # a Chinese name is compared in its ASCII form
        if parts is None:
            return False
        host, domain = parts.hostname or "", app.callback_domain.lower()
        rule = policy(app, "redirect_match")
        if rule == "exact":
            return redirect_uri in app.redirect_uris
        if rule == "domain":  # a 测试号's: the one domain, with its port where it has one (wire.md D)
            return bool(domain) and parts.netloc.lower() == domain
        known = {domain} if domain else {urlsplit(origin(uri)).hostname for uri in app.redirect_uris}
        if rule == "strict":
            return host in known and parts.port is None
        return host in known or nearby(host)

    def may_receive(self, app: App, redirect_uri: str, *, production: bool) -> bool:
        """A mobile app is launched by an address of its own scheme, which no network carries (wire.md B.5)."""
        if app.kind == "mobile":
            return redirect_uri == launch_address(app.appid)
        return super().may_receive(app, redirect_uri, production=production)

    def own_page(self, app: App | None, reason: str) -> tuple[str, int | None] | None:
        """wire.md A.1.2; the tutorial's apps see OAuth's words instead."""
        if app is not None and app.dialect == self.name and policy(app, "authorize_errors") == "oauth":
            return None
        number, text = PAGES.get(reason, (None, UNNUMBERED_PAGES.get(reason, "参数错误")))
        return text, number

    def silent(self, scopes: list[str]) -> bool:
        return set(scopes) == {BASE}

    def unasked(self, services: Services, app: App, user: User) -> bool:
        """Who comes from the account's own chat or menu, and follows it (wire.md A.1.1)."""
        from_menu = bool(user.profile.get("follower_from_menu"))
        return from_menu and services.store.follows(app.world, app.appid, user)

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        if USERINFO not in scopes:
            return []
        platform = app.fidelity == "platform" and app.kind == "official_account"
        label = "scope.snsapi_userinfo" + (".platform" if platform else "")
        items = [{"name": "profile", "label_key": label, "optional": False, "checked": True}]
        if policy(app, "scope_items"):
            items.append({"name": "region", "label_key": "scope.region", "optional": True, "checked": True})
        return items

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        if not policy(app, "remember_consent") or request.params.get("forcePopup") == "true":
            return False
        return super().remembered(app, grant, request)

    def stand_in(self, services: Services, app: App, request: AuthRequest, user: User | None) -> User | None:
        """A snapshot page shows apps a virtual user, without a login or a consent (wire.md A.7)."""
        forced = request.params.get("forceSnapShot") == "true"
        seen_so = user is not None and user.snapshot and not user.virtual
        return snapshot_user(services, app) if USERINFO in request.scopes and (forced or seen_so) else None

    def unwelcome(self, services: Services, app: App, user: User) -> str:
        if (
            user.virtual
            or not policy(app, "followers_only")
            or services.store.follows(app.world, app.appid, user)
        ):
            return ""
        return "not_follower"

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        """openid always; unionid beyond snsapi_base, for apps of an Open Platform account (wire.md A.2, B.4)."""
        members: dict[str, Any] = {"openid": ids.openid(app.appid, user.uid)}
        if app.open_platform and {USERINFO, LOGIN} & set(scopes):
            members["unionid"] = ids.unionid(app.open_platform, user.uid)
        if user.virtual:
            members["is_snapshotuser"] = 1
        return members

    def answer(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]]:
        echoed = [("appid", app.appid)] if request.params.get("component_appid") else []
        if request.state or policy(app, "authorize_errors") == "platform":
            return [("state", request.state), *echoed]  # the platform appends an empty one (wire.md A.1.1)
        return echoed

    def refusal(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]] | None:
        if LOGIN in request.scopes and app.fidelity == "platform" and "refusal" not in app.policies:
            return None  # a QR page stays where it is (wire.md B.1)
        match policy(app, "refusal"):
            case "access_denied":
                return [("error", "access_denied"), *self.answer(services, app, request)]
            case "state-only":
                return [("state", request.state)]
            case "none":
                return None
        return [("code", "authdeny"), ("state", request.state)]


def launch_address(appid: str) -> str:
    """Where a mobile app gets its code (wire.md B.5): the scheme that it registered with the system is its appid."""
    return f"{appid}://oauth"


def snapshot_user(services: Services, app: App) -> User:
    """Somebody who is nobody, and lives as long as what is issued for them."""
    user = User(uid=f"snapshot-{secrets.token_hex(8)}", world=app.world, nickname=VIRTUAL, virtual=True)
    services.store.save_virtual_user(user, lifetimes(app, services.settings).refresh + MEMORY)
    return user


def nearby(host: str) -> bool:
    """Loopback and private addresses, which ``relaxed`` always allows."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


DIALECT = WeChat()
