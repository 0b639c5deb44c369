"""Why a call gets no data: a check that records itself, and what it refuses with (RFC 6750 §3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from .reading import Call
from .verifier import Verdict


@dataclass
class Refused(Exception):
    """``error`` is RFC 6750 §3.1's word, "" where no token was sent at all; ``reason`` the neutral one, for the
    description."""

    status: int
    error: str
    reason: str = ""
    detail: str = ""


def require(call: Call, name: str, ok: bool, refused: Refused) -> None:
    """A check that records itself. Raises ``refused`` where it fails."""
    if not call.draft.check(name, ok, refused.detail):
        raise refused


def too_narrow(verdict: Verdict) -> Refused:
    """For a token whose scopes do not reach as far as it was shown."""
    return Refused(403, "insufficient_scope", "scope_denied", " ".join(verdict.scopes))
