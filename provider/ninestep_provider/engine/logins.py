"""What ends with the login that it came from, where the dialect has it so (OpenID Connect Back-Channel Logout §2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidGrantError
from ninestep.records import Code, Device, Token
from ninestep.store import Taken

if TYPE_CHECKING:
    from .server import Context


def ends(context: Context, record: Code | Device | Token) -> bool:
    return bool(record.sid) and context.dialect.ends_with_login(record.scopes)


def bound(context: Context, record: Code | Device) -> str:
    """The authorization without which it cannot be spent; "" where no login ends it."""
    return record.authorization if ends(context, record) else ""


def require_lasting(context: Context, authorization: str, taken: Taken) -> None:
    """``authorization``: the one of ``bound``, with which it was tried to take it."""
    if authorization:
        context.checks.require("login not ended", taken.outcome != "ended", InvalidGrantError, "login_ended")
