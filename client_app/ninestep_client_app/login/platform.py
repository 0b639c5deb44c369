"""What the client needs from a login provider; ``wechat``, ``qq``, ``weibo`` and ``samples.zhihu`` spell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..tokens.values import Tokens
from .attempt import Profile


class Platform(Protocol):
    provider: str  # whose accounts they are: what a person chooses, binds and unbinds
    appid: str
    profile_scope: str  # the scope without which there is no profile; empty where it needs none

    @property
    def way(self) -> str:
        """This login among the provider's: its state, its callback and its tokens are its own."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """What may be asked for; the first is the default."""

    def authorize_url(self, scope: str, state: str, verifier: str) -> str:
        """Where ② leads, on the provider's public address."""

    def new_verifier(self) -> str:
        """A PKCE verifier for a new attempt; empty where the platform has none."""

    def issuer_problem(self, arguments: Mapping[str, str]) -> bool:
        """Whether the callback says that it comes from somebody else (RFC 9207)."""

    def redeem(self, code: str, verifier: str, *, world: str, flow: str, at: float) -> Tokens:
        """⑤ and ⑥. Raises LoginError; the code is sent once, whatever happens."""

    def refresh(self, tokens: Tokens, *, at: float) -> Tokens:
        """Fresh tokens; the refresh token is the new one where the answer holds one. Raises LoginError."""

    def profile(self, tokens: Tokens, *, at: float) -> Profile:
        """⑦ and ⑧. Raises TokenExpired where the access token is not taken, LoginError else."""
