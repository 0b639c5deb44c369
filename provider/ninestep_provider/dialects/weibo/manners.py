"""Where Weibo differs from RFC 6749 in substance (wire.md F)."""

from __future__ import annotations

from typing import Any

from ninestep.dialects import policy
from ninestep.dialects.weibo import ids
from ninestep.dialects.weibo.errors import oauth
from ninestep.dialects.weibo.scopes import allowed
from ninestep.records import App, AuthRequest, Grant, User

from ...engine.dialect import Dialect
from ...services import Services

AUTHORIZE = "/oauth2/authorize"


class Weibo(Dialect):
    name = "weibo"
    prefix = "/oauth2"
    dress = "weibo"
    refusal_status = 400
    default_scopes = ()  # who asks for nothing gets the profile
    auth_methods = ("client_secret_basic", "client_secret_post")
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
        return ids.code()

    def new_refresh_token(self) -> str:
        return ids.token()

    def new_access_token(self, refresh_token: str, counter: int) -> str:
        return ids.token()

    def own_page(self, app: App | None, reason: str) -> tuple[str, int]:
        """«error:redirect_uri_mismatch» and the like (wire.md F.1)."""
        problem = oauth(reason)
        return f"error:{problem.error}", problem.number

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        """What everybody gets, and the scopes one by one: on Weibo the user chooses (wire.md §10, 000 §1)."""
        optional = bool(policy(app, "scope_items"))
        basic = {
            "name": "basic",
            "label_key": "scope.weibo_basic",
            "optional": False,
            "checked": True,
        }
        return [basic, *({**item, "optional": optional} for item in super().consent_items(app, scopes))]

    def granted_items(self, scopes: list[str]) -> list[str]:
        return ["scope.weibo_basic", *super().granted_items(scopes)]

    def unwelcome(self, services: Services, app: App, user: User) -> str:
        """An app that was not approved yet is for its testers (21321, wire.md F.5)."""
        open_ = not policy(app, "unaudited") or services.store.is_tester(app.world, app.appid, user.uid)
        return "" if open_ else "not_tester"

    def with_items(self, app: App, scopes: list[str], chosen: list[str] | None = None) -> list[str]:
        return super().with_items(app, allowed(scopes, app.scopes), chosen)

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        return bool(policy(app, "remember_consent")) and super().remembered(app, grant, request)

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        """Strings, both (wire.md §0.3 fact 8)."""
        real = "false" if user.profile.get("isRealName") is False else "true"
        return {"uid": str(ids.uid(user.uid)), "isRealName": real}

    def in_fragment(self, token: dict[str, Any], members: dict[str, Any]) -> list[tuple[str, str]]:
        life = str(token["expires_in"])
        pairs = [("access_token", token["access_token"]), ("remind_in", life), ("expires_in", life)]
        return [*pairs, ("uid", members["uid"])]

    def answer(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]]:
        return [("state", request.state)] if request.state else []

    def refusal(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]] | None:
        return error_pairs("user_denied", request.state)


def error_pairs(reason: str, state: str) -> list[tuple[str, str]]:
    """What a redirect says of an error, in the order of the captures (wire.md F.1)."""
    problem = oauth(reason)
    pairs = [("error_uri", AUTHORIZE), ("error", problem.error)]
    if problem.description:
        pairs.append(("error_description", problem.description))
    pairs.append(("error_code", str(problem.number)))
    return [*pairs, ("state", state)] if state else pairs


DIALECT = Weibo()
