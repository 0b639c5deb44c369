"""The seam to Authlib: our request in, a neutral result out. Authlib never sees Flask, and no dialect sees Authlib."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import UnsupportedGrantTypeError, UnsupportedResponseTypeError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from flask import current_app
from ninestep.oauth.dpop import Proof
from ninestep.records import App
from ninestep.store.stepping import Stepping
from ninestep.trace import Draft

from . import client_authentication, dpop
from .checks import Checks, reason_of
from .dialect import Dialect
from .models import Client

if TYPE_CHECKING:
    from ..services import Services

HeaderList = list[tuple[str, str]]
LiveAndSpent = tuple[
    bytes | None, bytes | None
]  # the record of something that counts once: one of them at most


@dataclass
class Context:
    """What one request has read and decided: the app, its world's time, the checks so far."""

    services: Services
    dialect: Dialect
    draft: Draft
    app: App | None = None
    now: float = 0.0
    faulty: bool = False  # a fault is armed for what is asked
    armed: int = 0
    auth_time: float = 0.0  # when the user of this browser logged in, in the world's time; 0: not known
    sid: str = ""  # of that login
    proof: Proof | None = None  # of the key that tokens are bound to (``dpop``)
    proof_spent: bool = False
    waiting: str = ""  # the flow that waits for an authorize request with this state
    stepping: Stepping | None = None  # the world's step mode, where it is on
    records: dict[str, LiveAndSpent] = field(default_factory=dict)  # by the parameter that named it

    def __post_init__(self) -> None:
        self.checks = Checks(self.draft)

    @property
    def world(self) -> str:
        return self.app.world if self.app else ""

    def sent(self, name: str) -> LiveAndSpent:
        """The record of the code or token that came as the parameter ``name``."""
        return self.records.get(name, (None, None))

    def revoke_authorization(self, authorization: str) -> None:
        """One write; every token under it is dead."""
        self.services.store.revoke_authorization(self.world, authorization, self.now)
        self.draft.note("authorization_revoked", authorization=authorization[:6])


class Payload(BasicOAuth2Payload):
    """Parameters in RFC 6749's names; what was sent twice is remembered (RFC 6749 §3.1)."""

    def __init__(self, params: Mapping[str, str], repeated: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(dict(params))
        self._datalist.update(repeated or {})


class Request(OAuth2Request):
    """A request in canonical names. ``method`` is POST, so that grants take a platform's GET token call too."""

    def __init__(
        self,
        context: Context,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        repeated: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__("POST", "https://provider.invalid/", headers=headers)
        self.context = context
        self.payload = Payload(params, repeated)
        self.members: dict[str, Any] = {}  # of the token answer, put there by the grant

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    form = args


@dataclass
class Result:
    """A neutral answer; ``error`` and ``reason`` are set when it is a refusal."""

    status: int
    payload: Any
    headers: HeaderList
    error: OAuth2Error | None = None
    reason: str = ""
    members: dict[str, Any] = field(default_factory=dict)


class Server(AuthorizationServer):
    """Configured once per process; ``serving`` gives the view of it that answers one request."""

    context: Context
    _endpoints: dict[str, list[Any]]

    @property
    def grant_types(self) -> set[str]:
        """Those that the token endpoint knows."""
        return {cls.GRANT_TYPE for cls, _ in self._token_grants}

    def serving(self, context: Context) -> Server:
        view = copy(self)
        view.context = context
        return view

    def create_endpoint_response(self, name: str, request: Request) -> Any:
        """On the view of one request, whose endpoints are its own."""
        self._endpoints = {name: [_serving(endpoint, self) for endpoint in self._endpoints[name]]}
        return super().create_endpoint_response(name, request)

    def authenticate_client(self, request: Request, methods: list[str], endpoint: str = "token") -> Client:
        client = client_authentication.authenticate(self.query_client, request, methods, endpoint)
        if endpoint in dpop.ENDPOINTS:
            dpop.check(request, endpoint)
        return client

    def query_client(self, client_id: str) -> Client | None:
        """The client of this request; its record was read before, in one pipeline."""
        context, app = self.context, self.context.app
        known = app is not None and app.appid == client_id and app.dialect == context.dialect.name
        if not context.checks.make("client known", known, "client_unknown", client_id[:64]) or app is None:
            return None
        closed = context.dialect.closed(app)
        if not context.checks.make("client enabled", not closed, closed):
            return None
        production = context.services.settings.production
        return Client(app, context.dialect, context.checks, production=production)

    def get_authorization_grant(self, request: Request) -> Any:
        # As it was sent: Authlib's own reading forgives blanks, and the way of the answer hangs on these words.
        kind = " ".join(sorted(request.payload.data.get("response_type", "").split(" ")))
        app = self.context.app
        others = self.context.dialect.response_types(app) if app is not None else []
        if kind != "code" and kind not in others:
            missing = not kind
            request.context.checks.make(
                "response_type allowed", False, "response_type_missing" if missing else "response_type"
            )
            raise UnsupportedResponseTypeError("")
        return super().get_authorization_grant(request)

    def get_token_grant(self, request: Request) -> Any:
        wanted = request.payload.grant_type
        known = wanted in self.context.dialect.grant_types and wanted in self.grant_types
        request.context.checks.make("grant_type supported", known, "grant_type")
        if not known:
            raise UnsupportedGrantTypeError("")
        return super().get_token_grant(request)

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, payload: Any, headers: HeaderList) -> Result:
        return Result(status, payload, list(headers))

    def handle_error_response(self, request: Request, error: OAuth2Error) -> Result:
        status, payload, headers = error(self.get_error_uri(request, error))
        context, body = request.context, dict(payload)
        reason = reason_of(error, context.checks)
        if says := context.dialect.describe(reason, context.checks.detail):
            body["error_description"] = says
        return Result(status, body, list(headers), error, reason)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Authlib's framework signals: nobody listens."""


def server() -> Server:
    """That of the application that is serving this request."""
    found: Server = current_app.extensions["ninestep.server"]
    return found


def _serving(endpoint: Any, server: Server) -> Any:
    """Revocation and introspection hold on to the server that they were registered with."""
    view = copy(endpoint)
    view.server = server
    return view
