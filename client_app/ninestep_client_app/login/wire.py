"""What the platforms' wires have in common: the copies of their calls, and what follows from an error's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import structlog
from ninestep.trace import Draft

from .. import messages
from ..errors import PlatformError, TokenExpired, Unavailable
from ..outgoing import Answer, Outgoing
from ..tokens.values import Tokens

log = structlog.get_logger("ninestep.client")


class Wire:
    """Base of a Platform: neither PKCE nor an issuer, as it is everywhere but in the standard."""

    provider: str
    scopes: tuple[str, ...]
    profile_scope: str

    def __init__(self, appid: str, outgoing: Outgoing) -> None:
        self.appid = appid
        self._outgoing = outgoing

    @property
    def way(self) -> str:
        return self.provider

    def new_verifier(self) -> str:
        return ""

    def issuer_problem(self, arguments: Mapping[str, str]) -> bool:
        return False

    def _redeeming(self, world: str, flow: str, at: float) -> Draft:
        return self._outgoing.draft("code.redeemed", world=world, app=self.appid, flow=flow, at=at)

    def _told(self, name: str, tokens: Tokens, at: float) -> Draft:
        """The copy of a call with, or for, tokens: in the flow that they came from."""
        return self._outgoing.draft(name, world=tokens.world, app=self.appid, flow=tokens.flow, at=at)


def refuse(answer: Answer, platform: str, number: int, meaning: str, *, busy: bool) -> NoReturn:
    """Raise what a platform's error means: it is busy, the access token is dead (``expired``), or a refusal."""
    log.error(messages.log_line(platform, number))
    if busy:
        answer.draft.fail("server_error")
        raise Unavailable(messages.exception(platform, number))
    answer.draft.refuse(meaning)
    if meaning == "expired":
        raise TokenExpired
    raise PlatformError(meaning, platform, number)
