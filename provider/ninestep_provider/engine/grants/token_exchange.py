"""RFC 8693: a token for a token of this server, for a service that acts for its user. It reaches no further than what
it was given for: no scope more, no second longer, and it dies with the same authorization. Nor further than the
service: no scope that is not its own. A token that is bound to a key is exchanged with a proof of that key alone (RFC
9449), else whoever stole it would have it changed into one that needs none."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    TokenEndpointMixin,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant
from ninestep.oauth.grant_types import EXCHANGE

from .. import dpop, found_tokens, scopes, tokens
from ..models import TokenCredential
from ..server import Request
from .proving import Proven

ACCESS = "urn:ietf:params:oauth:token-type:access_token"
TARGETS = ("resource", "audience")  # each may come more than once (§2.1)
ACTOR = ("actor_token", "actor_token_type")  # not taken: the client itself is the actor


class InvalidTargetError(OAuth2Error):
    """RFC 8693 §2.2.2: no token can be given for what it shall be used at."""

    error = "invalid_target"


class TokenExchangeGrant(Proven, BaseGrant, TokenEndpointMixin):
    GRANT_TYPE = EXCHANGE
    request: Request

    def validate_token_request(self) -> None:
        request, checks = self.request, self.request.context.checks
        request.client = self.authenticate_token_endpoint_client()
        if not request.client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError()
        form = request.form
        given = bool(form.get("subject_token")) and form.get("subject_token_type") == ACCESS
        checks.require("subject_token is an access token", given, InvalidRequestError, "subject_token")
        wanted = form.get("requested_token_type", ACCESS) == ACCESS and not any(
            name in form for name in ACTOR
        )
        checks.require("an access token is wanted", wanted, InvalidRequestError, "requested_token_type")
        named = [target for name in TARGETS for target in request.payload.datalist.get(name, ()) if target]
        here = all(map(self._ours, named))
        checks.require("token is for the town's data", here, InvalidTargetError, "target")
        self.subject = self._subject(form["subject_token"])

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        checks, record, own = self.request.context.checks, self.subject.record, self.request.client.app.scopes
        shared = [scope for scope in record.scopes if scope in own]
        wanted = scopes.names(self.request.payload.scope) or shared
        more = [scope for scope in wanted if scope not in shared]
        within = bool(wanted) and not more
        checks.require(
            "scope within the subject's", within, InvalidScopeError, "scope_unknown", " ".join(more)
        )
        token = tokens.narrowed(self.request, self.subject, list(dict.fromkeys(wanted)))
        return 200, {**token, "issued_token_type": ACCESS}, self.TOKEN_RESPONSE_HEADER

    def _ours(self, target: str) -> bool:
        """Whether a resource or audience (RFC 8693 §2.1) is the town's resource server, or an address of its."""
        settings = self.request.context.services.settings
        bases = (settings.resource_url, settings.resource_internal_url)
        return "#" not in target and any(target == base or target.startswith(f"{base}/") for base in bases)

    def _subject(self, secret: str) -> TokenCredential:
        """The token that came, alive and of the client's own world and dialect; else ``invalid_request`` (RFC 8693
        §2.2.2)."""
        context = self.request.context
        found = found_tokens.find(context, secret)
        known = found is not None and found.world == context.world and found.record.kind == "access"
        app = context.services.store.app(found.record.appid) if found is not None and known else None
        known = app is not None and app.dialect == context.dialect.name
        context.checks.require("subject token known", known, InvalidRequestError, "token_unknown")
        assert found is not None
        context.checks.require(
            "token not expired", not found.is_expired(), InvalidRequestError, "token_expired"
        )
        context.checks.require(
            "token and consent live", not found.dead, InvalidRequestError, found.dead or "token_revoked"
        )
        context.draft.user, context.draft.flow = found.record.user, found.record.flow
        dpop.require_key(context, found.record.jkt)
        return found
