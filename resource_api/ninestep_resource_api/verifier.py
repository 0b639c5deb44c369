"""Is this token good? One question with two ways to the answer: the shared store, or the provider by RFC 7662.

Both give the same ``Verdict``; one contract test holds them together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from ninestep.dialects import RESOURCE_CLIENT
from ninestep.records import dead_because
from ninestep.settings import ResourceSettings
from ninestep.trace.http import EXCHANGE_HEADER
from ninestep.trace.recorder import Recorder

from .reading import Call

PATIENCE = 2.0  # seconds for the provider's answer


class ProviderAway(Exception):
    """The provider did not answer; the token was neither good nor bad."""


@dataclass(frozen=True)
class Verdict:
    """``reason`` is "" for a good token, else token_unknown | token_expired | token_revoked | consent_withdrawn."""

    reason: str
    user: str = ""
    scopes: list[str] = field(default_factory=list)


class TokenVerifier(Protocol):
    def verify(self, call: Call) -> Verdict:
        """Judge ``call.secret``; records its checks in ``call.draft``. May raise ProviderAway."""
        ...


class StoreVerifier:
    """Reads the records that the provider wrote: fast, and as fresh as the store."""

    def verify(self, call: Call) -> Verdict:
        draft, token = call.draft, call.token
        if not draft.check("token known", token is not None) or token is None:
            return Verdict("token_unknown")
        left = f"{token.expires_at - call.now:.0f} s left"
        if not draft.check("token not expired", call.now < token.expires_at, left):
            return Verdict("token_expired", token.user, token.scopes)
        dead = dead_because(token, call.authorization, call.grant)
        if not draft.check("token and consent live", not dead, dead):
            return Verdict(dead, token.user, token.scopes)
        return Verdict("", token.user, token.scopes)


class IntrospectionVerifier:
    """Asks the provider over the back channel (RFC 7662): the seed's arrow 令牌验证, as a real message."""

    def __init__(self, settings: ResourceSettings, recorder: Recorder) -> None:
        self._url = settings.provider_internal_url + "/oauth/introspect"
        self._auth = (RESOURCE_CLIENT, settings.introspection_secret)
        self._recorder = recorder
        self._session = requests.Session()
        self._session.trust_env = False

    def verify(self, call: Call) -> Verdict:
        answer = self._ask(call)
        reason = "" if answer.get("active") else str(answer.get("ninestep_reason", "token_unknown"))
        call.draft.check("token active by introspection", not reason, reason)
        scopes = str(answer.get("scope", "")).split()
        return Verdict(reason, str(answer.get("username", "")), scopes)

    def _ask(self, call: Call) -> dict[str, Any]:
        exchange = self._recorder.draft().exchange
        try:
            response = self._session.post(
                self._url,
                data={"token": call.secret, "token_type_hint": "access_token"},
                auth=self._auth,
                headers={EXCHANGE_HEADER: exchange},
                timeout=PATIENCE,
            )
            response.raise_for_status()
            document: dict[str, Any] = response.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderAway(type(error).__name__) from error
        return document
