"""What the engine asks a dialect. The base class is RFC 6749; a platform states only its differences."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ninestep.records import App, AuthRequest, Code, Grant, Token, User
from ninestep.store.logins import Told

if TYPE_CHECKING:
    from ..services import Services
    from .authorization import Page
    from .server import Context, Server


class Dialect:
    name: str
    prefix: str  # where its pages live
    dress = "provider"  # the folder of its templates: login, consent, done, error
    refusal_status = 200  # of its own page for a refused authorization
    default_scopes: tuple[str, ...] = ()  # of who asks for none
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")  # that the platform has at all
    auth_methods: tuple[str, ...]  # RFC 7591's names
    refresh_auth_methods: tuple[str, ...]
    knows_pkce = True  # RFC 7636; else challenge and verifier are ignored
    binds_keys = False  # tokens can be bound to a key of the client (RFC 9449)
    redirect_fragments = False  # a registered redirect_uri can have one (RFC 6749 §3.1.2: it has none)
    phone_kinds: tuple[str, ...] = ()  # of apps that have a page for the phone's frame
    binds_redirect_uri = True  # the token endpoint wants the redirect_uri again (RFC 6749 §4.1.3)
    revokes_on_replay = True  # a replayed code revokes what it gave (RFC 6749 §4.1.2)
    closes_tokens = False  # while an app is closed its tokens open nothing

    def add_grants(self, server: Server) -> None:
        """Register what the platform has beside the engine's own (``composition``)."""

    def moment(self, app: App, now: float) -> float:
        """The time by which what the app signs is judged, while the world's says ``now``."""
        return now

    def authenticates(self, app: App, method: str) -> bool:
        """Whether ``app`` may prove itself in this way (RFC 7591 ``token_endpoint_auth_method``)."""
        if app.token_endpoint_auth_method:
            return method == app.token_endpoint_auth_method
        return method != "private_key_jwt" and (method == "none") == app.public

    def closed(self, app: App) -> str:
        """The neutral reason for which an app gets nothing; "" for none. A platform that bans looks at it by itself."""
        return "client_disabled" if app.disabled else ""

    def wants_pkce(self, app: App) -> bool:
        """Whether each authorization request needs a challenge: a public app has nothing else (RFC 9700 §2.1.1)."""
        return app.public

    def wants_pushed(self, app: App) -> bool:
        """Whether each authorization request has to be pushed before (RFC 9126 §5)."""
        return False

    def wants_nonce(self, app: App) -> bool:
        """Whether a DPoP proof has to carry a nonce of this server (RFC 9449 §8)."""
        return False

    def gives_tokens(self, app: App) -> bool:
        """Whether ``response_type=token`` is answered (RFC 6749 §4.2), which RFC 9700 §2.1.2 advises against."""
        return False

    def response_types(self, app: App) -> list[str]:
        """What is answered beside ``code``; of several words the order is that of the alphabet."""
        return ["token"] if self.gives_tokens(app) else []

    def new_code(self) -> str:
        return secrets.token_urlsafe(24)

    def new_refresh_token(self) -> str:
        return secrets.token_urlsafe(32)

    def new_access_token(self, refresh_token: str, counter: int) -> str:
        return secrets.token_urlsafe(32)

    def readable_token(
        self, context: Context, user: str, scopes: list[str], life: int, actor: str = ""
    ) -> str:
        """An access token that says what it allows, for ``life`` seconds; "" for one that says nothing. ``actor``: the
        app that got it in exchange."""
        return ""

    def grants(self, app: App) -> tuple[str, ...]:
        """The ``grant_types`` (RFC 7591 §2) that the app may use."""
        return ("authorization_code", "refresh_token")

    def possible_grants(self, app: App) -> tuple[str, ...]:
        """Those among which an app of its kind can choose; none: it has what the platform gives it."""
        return ()

    def machine_scopes(self, app: App) -> tuple[str, ...]:
        """Those of its scopes that an app may have for itself, without a user."""
        return ()

    def refreshes(self, app: App) -> bool:
        """Whether a token answer has a refresh token beside it."""
        return "refresh_token" in self.grants(app)

    def identity(
        self, context: Context, user: User, scopes: list[str], token: dict[str, Any], record: Code | Token
    ) -> dict[str, Any]:
        """Members of the token answer that say who logged in; ``record`` is what was redeemed or renewed."""
        return {}

    def rotates(self, app: App) -> bool:
        """Whether a refresh answers a new refresh token (and the old one is spent)."""
        return True

    def redirect_matches(self, app: App, redirect_uri: str) -> bool:
        """RFC 6749 §3.1.2.3 and RFC 9700 §4.1: the exact string, registered before."""
        return redirect_uri in app.redirect_uris

    def may_receive(self, app: App, redirect_uri: str, *, production: bool) -> bool:
        """Whether a code may go there: where the app registered it, and in production by https alone (S0 §4.3)."""
        return self.redirect_matches(app, redirect_uri) and (
            not production or redirect_uri.lower().startswith("https://")
        )

    def own_page(self, app: App | None, reason: str) -> tuple[str, int | None] | None:
        """The platform's page for a refused authorization, exact text and number; None: OAuth's word."""
        return None

    def passed_over(self, scopes: list[str]) -> list[str]:
        """Those of a request that nobody here has, and that are no reason to refuse it."""
        return []

    def silent(self, scopes: list[str]) -> bool:
        """Scopes that need no consent page."""
        return False

    def unasked(self, services: Services, app: App, user: User) -> bool:
        """Whether this user needs no consent page, not even one that the request wants."""
        return False

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        return [{"name": s, "label_key": f"scope.{s}", "optional": False, "checked": True} for s in scopes]

    def granted_items(self, scopes: list[str]) -> list[str]:
        """The word keys of what a consent covers, for 授权管理; none: the user's identity alone."""
        return [f"scope.{name}" for name in scopes if not self.silent([name])]

    def with_items(self, app: App, scopes: list[str], chosen: list[str] | None = None) -> list[str]:
        """``scopes`` with the optional items of the consent page: all of them, or those in ``chosen``."""
        extra = [item["name"] for item in self.consent_items(app, scopes) if item["optional"]]
        kept = extra if chosen is None else [name for name in extra if name in chosen]
        optional = set(extra)
        return [scope for scope in scopes if scope not in optional] + kept

    def ends_with_login(self, scopes: list[str]) -> bool:
        """Whether what a user authorized is over when they log out of the provider."""
        return False

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        """Whether an earlier consent answers this request."""
        return grant is not None and set(request.scopes) <= set(grant.scopes)

    def stand_in(self, services: Services, app: App, request: AuthRequest, user: User | None) -> User | None:
        """Whom the app meets in place of ``user`` (None: nobody is logged in); None: the user, as usual."""
        return None

    def unwelcome(self, services: Services, app: App, user: User) -> str:
        """The neutral reason for which this user may not authorize this app; "" for none."""
        return ""

    def in_fragment(self, token: dict[str, Any], members: dict[str, Any]) -> list[tuple[str, str]]:
        """What an answer to ``response_type=token`` carries (RFC 6749 §4.2.2); ``members`` as of the token answer."""
        return [(name, str(token[name])) for name in ("access_token", "token_type", "expires_in", "scope")]

    def token_members(self, services: Services, app: App, user: User, scopes: list[str]) -> dict[str, Any]:
        """Members of the token answer beyond RFC 6749's."""
        return {}

    def response_mode(self, params: Mapping[str, str]) -> str:
        """How an answer travels: ``query`` | ``fragment`` | ``form_post`` (RFC 6749 §4.1.2, §4.2.2)."""
        return "fragment" if params.get("response_type") == "token" else "query"

    def hint(self, params: Mapping[str, str]) -> str:
        """Whom a request says that it is for, by account or email; "" for nobody."""
        return ""

    def needs_login(self, request: AuthRequest, since: float) -> bool:
        """Whether a user who logged in at ``since``, before this request came, has to log in again for it."""
        return False

    def page_unwanted(self, request: AuthRequest, page: Page) -> str:
        """The error that a request gets in place of ``page``, if it allows none of ours; "" where it may come."""
        return ""

    def login_ended(self, services: Services, app: App, told: Told, sid: str) -> None:
        """An app that was told of the login ``sid`` may hear that it has ended, without anybody waiting for it."""

    def also_asked(self, app: App, request: AuthRequest) -> list[str]:
        """Scopes of which a part is asked for in another way: a user sees them on the consent page too."""
        return []

    def asked_claims(self, app: App, params: dict[str, str]) -> dict[str, list[str]]:
        """Claims that the request asks for one by one, for ``id_token`` and ``userinfo``."""
        return {}

    def answer(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]]:
        """What travels beside ``code`` or ``error`` in the redirect."""
        pairs = [("state", request.state)] if request.state else []
        issuer = services.settings.provider_url if request.issuer is None else request.issuer
        return [*pairs, ("iss", issuer)] if issuer else pairs  # RFC 9207

    def describe(self, reason: str, detail: str) -> str:
        """What a client's developer is told beside the error's word; "": nothing."""
        return ""

    def refusal(self, services: Services, app: App, request: AuthRequest) -> list[tuple[str, str]] | None:
        """The redirect of a user's no (RFC 6749 §4.1.2.1); None: no redirect at all."""
        return [("error", "access_denied"), *self.answer(services, app, request)]
