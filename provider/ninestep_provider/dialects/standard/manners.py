"""Where the standard dialect is a matter of an app's policies, and what OpenID Connect adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ninestep import faults
from ninestep.dialects import policy
from ninestep.dialects.standard import OF_USERS, ab_site, claims, jwt_time
from ninestep.dialects.standard.grants import POSSIBLE, grants_of, response_types_of
from ninestep.oauth.grant_types import GRANTS
from ninestep.records import App, AuthRequest, Code, Grant, Token, User
from ninestep.store.logins import Told
from ninestep.web.avatars import avatar_url

from ...engine import dpop
from ...engine.authorization import Page
from ...engine.dialect import Dialect
from ...engine.grants.authorization_code import Pkce
from ...engine.server import Context, Server
from ...services import Services
from . import asking, backchannel, descriptions, native_apps, response_modes
from .id_token_grants import HybridGrant, IdTokenGrant


class Standard(Dialect):
    name = "standard"
    prefix = "/oauth"
    default_scopes = ("user_info",)
    grant_types = GRANTS
    binds_keys = True
    closes_tokens = True
    auth_methods = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
    refresh_auth_methods = auth_methods

    def add_grants(self, server: Server) -> None:
        server.register_grant(IdTokenGrant)
        server.register_grant(HybridGrant, [Pkce(required=True)])

    def moment(self, app: App, now: float) -> float:
        return jwt_time.moment(app, now)

    def closed(self, app: App) -> str:
        return app.closed

    def rotates(self, app: App) -> bool:
        return bool(policy(app, "rotate_refresh"))

    def wants_pkce(self, app: App) -> bool:
        return super().wants_pkce(app) or bool(policy(app, "require_pkce"))

    def wants_pushed(self, app: App) -> bool:
        return bool(policy(app, "require_par"))

    def wants_nonce(self, app: App) -> bool:
        return bool(policy(app, "dpop_nonce"))

    def grants(self, app: App) -> tuple[str, ...]:
        return grants_of(app)

    def possible_grants(self, app: App) -> tuple[str, ...]:
        return POSSIBLE[app.kind]

    def machine_scopes(self, app: App) -> tuple[str, ...]:
        return tuple(scope for scope in app.scopes if scope not in OF_USERS)

    def passed_over(self, scopes: list[str]) -> list[str]:
        """OpenID Connect has names for them, and relying parties list them all; the town knows no such thing of its
        people (Core §3.1.2.1, §5.4). A name that nobody has defined is somebody's mistake, and refused."""
        return [scope for scope in scopes if scope in ("address", "phone")] if claims.OPENID in scopes else []

    def response_types(self, app: App) -> list[str]:
        return [kind for kind in response_types_of(app) if kind != "code"]

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        optional = bool(policy(app, "scope_items"))
        return [{**item, "optional": optional} for item in super().consent_items(app, scopes)]

    def ends_with_login(self, scopes: list[str]) -> bool:
        """OpenID Connect Back-Channel Logout §2.7: what was not asked for the user's absence. Where nobody asked for an
        id_token there is no session to end: RFC 6749 knows of none."""
        return claims.OPENID in scopes and claims.OFFLINE not in scopes

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        """What sits at a loopback address or behind a scheme may be any program of that machine, so its user is asked
        again (RFC 8252 §8.6), unless the app's own policy says otherwise."""
        anybodys = app.kind == native_apps.NATIVE and native_apps.own(request.redirect_uri)
        wanted = app.policies.get("remember_consent", False) if anybodys else policy(app, "remember_consent")
        covered = grant is not None and set(self.also_asked(app, request)) <= set(grant.scopes)
        return covered and bool(wanted) and super().remembered(app, grant, request)

    def also_asked(self, app: App, request: AuthRequest) -> list[str]:
        return asking.beside(app, request)

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        if policy(app, "token_answer") != "ab_site":
            return {}
        return ab_site.members(user, avatar_url(services.settings.provider_url, user))

    def readable_token(
        self, context: Context, user: str, scopes: list[str], life: int, actor: str = ""
    ) -> str:
        app = context.app
        if app is None or app.access_token_format != "jwt":
            return ""
        from ...jose.access_token import access_token

        more = dpop.confirmation(dpop.jkt(context))
        if actor:
            more["act"] = {"sub": actor}  # RFC 8693 §4.1
        return access_token(context.services, app, user or app.appid, scopes, context.now, life, **more)

    def identity(
        self, context: Context, user: User, scopes: list[str], token: dict[str, Any], record: Code | Token
    ) -> dict[str, Any]:
        app = context.app
        if app is None or claims.OPENID not in scopes:
            return {}
        from ...jose.id_token import id_token

        asked: list[str] = record.claims.get("id_token", []) if isinstance(record, Code) else []
        alone = not {"access_token", "code"} & set(token)  # nobody can ask userinfo (Core §5.4)
        told = scopes if alone or policy(app, "id_token_claims") == "scopes" else []
        avatar = avatar_url(context.services.settings.provider_url, user)
        more: dict[str, Any] = claims.claims_of(user, avatar, told, asked)
        if isinstance(record, Code):
            more["nonce"] = record.nonce or None
            more["acr"] = claims.ACR if "acr" in asked else None
        if record.sid:
            more["sid"] = record.sid
            if app.backchannel_logout_uri:
                told_of = Told(appid=app.appid, user=user.uid, flow=record.flow)
                context.services.store.tell_login(app.world, record.sid, told_of)
        more |= {name: token.get(name) for name in ("access_token", "code")}
        wrong = faults.waiting("id_token")
        more["wrong"] = str(wrong.value) if wrong else ""
        signed = id_token(context.services, app, user.uid, context.now, record.auth_time, **more)
        return {"id_token": signed}

    def asked_claims(self, app: App, params: dict[str, str]) -> dict[str, list[str]]:
        return asking.claims(app, params)

    def redirect_matches(self, app: App, redirect_uri: str) -> bool:
        exact = super().redirect_matches(app, redirect_uri)
        return exact or (app.kind == native_apps.NATIVE and native_apps.matches(app, redirect_uri))

    def may_receive(self, app: App, redirect_uri: str, *, production: bool) -> bool:
        """Nobody listens between a native app and itself: no TLS is needed there (RFC 8252 §8.3)."""
        at_home = app.kind == native_apps.NATIVE and native_apps.own(redirect_uri)
        return super().may_receive(app, redirect_uri, production=production and not at_home)

    def response_mode(self, params: Mapping[str, str]) -> str:
        return response_modes.mode(params)

    def describe(self, reason: str, detail: str) -> str:
        return descriptions.describe(reason, detail)

    def hint(self, params: Mapping[str, str]) -> str:
        return params.get("login_hint", "")[: asking.MOST_HINT]

    def needs_login(self, request: AuthRequest, since: float) -> bool:
        return asking.needs_login(request, since)

    def page_unwanted(self, request: AuthRequest, page: Page) -> str:
        return asking.page_unwanted(request, page)

    def login_ended(self, services: Services, app: App, told: Told, sid: str) -> None:
        backchannel.tell_later(services, app, told, sid)


DIALECT = Standard()
