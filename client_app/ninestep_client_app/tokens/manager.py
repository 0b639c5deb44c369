"""The token manager (S0 §6.3): a valid token when asked, one refresh at a time, one retry of a refused call.

A failed refresh is never asked twice: after a lost answer a rotating refresh token would be reported as
reused. The tokens are cleared and only a new login helps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from ..errors import LoginError, NeedReauth, TokenExpired, Unavailable
from ..login.platform import Platform
from ..monitoring import Monitoring
from ..town import Town
from .flight import Flight
from .values import Tokens
from .vault import Held, Vault

T = TypeVar("T")

EARLY = 300.0  # seconds before the end at which a token is refreshed

log = structlog.get_logger("ninestep.client")


class TokenManager:
    def __init__(self, vault: Vault, flight: Flight, town: Town, monitoring: Monitoring) -> None:
        self._vault = vault
        self._flight = flight
        self._town = town
        self._monitoring = monitoring

    def valid(self, user: str, platform: Platform) -> Tokens:
        """Tokens with at least five minutes left. Raises NeedReauth."""
        return self._valid(user, platform).tokens

    def call(self, user: str, platform: Platform, api: Callable[[Tokens], T]) -> T:
        """``api`` with a valid token; where it finds the token expired: refresh once, retry once."""
        held = self._valid(user, platform)
        try:
            return api(held.tokens)
        except TokenExpired:
            log.info("Token过期，第1次重试...")
            return api(self._refreshed(user, platform, held).tokens)

    def _valid(self, user: str, platform: Platform) -> Held:
        held = self._vault.read(user, platform.way)
        if held is None:
            raise NeedReauth("需要重新授权")
        early = EARLY if held.tokens.refresh_token else 0.0  # what cannot be refreshed is used to its end
        if held.expires_at - self._town.moment(platform.appid).now < early:
            log.info("Token即将过期，自动刷新...")
            return self._refreshed(user, platform, held)
        return held

    def _refreshed(self, user: str, platform: Platform, stale: Held) -> Held:
        """What follows ``stale``, by our own refresh or by somebody else's who was faster."""

        def successor() -> Held | None:
            now = self._vault.read(user, platform.way)
            if now is None:
                raise NeedReauth
            return now if now.raw != stale.raw else None

        def refresh() -> Held:
            moment = self._town.moment(platform.appid)
            try:
                tokens = platform.refresh(stale.tokens, at=moment.now)
            except LoginError as error:
                log.warning("Token刷新失败，需要重新授权", code=error.code, reason=str(error))
                self._vault.clear(user, platform.way, stale)
                raise NeedReauth from error
            self._vault.replace(user, platform.way, stale, tokens, moment.now)
            self._monitoring.record("tokenRefreshes")
            held = self._vault.read(user, platform.way)
            if held is None:
                raise NeedReauth
            return held

        try:
            return self._flight.do(f"refresh:{platform.way}:{user}", successor, refresh)
        except TimeoutError:
            raise Unavailable("刷新没有结束") from None
