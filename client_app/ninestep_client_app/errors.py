"""What can go wrong between ① and ⑨: exceptions that carry a neutral code, and their log entry (S0 §7.3)."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime

import structlog

from . import messages

log = structlog.get_logger("ninestep.client")


class LoginError(Exception):
    """``code`` decides what the user reads and whether the login is tried again; the text is for the log."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text or messages.friendly(code))
        self.code = code

    @property
    def page_code(self) -> str:
        """What the page calls it, where that differs from what happened."""
        return self.code


class NoCode(LoginError):
    """The callback carried no code. With a good state that is how older pages of the platform refuse."""

    def __init__(self, *, refused: bool) -> None:
        super().__init__("access_denied" if refused else "no_code", messages.FRIENDLY["no_code"])

    @property
    def page_code(self) -> str:
        return "no_code"


class InvalidState(LoginError):
    def __init__(self) -> None:
        super().__init__("invalid_state", messages.FRIENDLY["invalid_state"])


class Unavailable(LoginError):
    """The neighbour could not answer. The only error after which a login is tried again."""

    def __init__(self, text: str) -> None:
        super().__init__("server_error", text)


class PlatformError(LoginError):
    """A number that a platform answered with; the log tells it in the platform's own numbering."""

    def __init__(self, code: str, platform: str, number: int) -> None:
        super().__init__(code, messages.exception(platform, number))
        self.number = number


class TokenExpired(LoginError):
    """The resource server does not take the access token any more: worth one refresh."""

    def __init__(self, text: str = "Token可能已过期") -> None:
        super().__init__("NEED_REAUTH", text)


class NeedReauth(LoginError):
    """Only a new login helps. Never retried."""

    def __init__(self, text: str = "NEED_REAUTH") -> None:
        super().__init__("NEED_REAUTH", text)


def record(error: LoginError) -> None:
    """The log entry for developers. The traceback is text without local variables, which could be secrets."""
    log.error(
        "OAuth登录错误",
        code=error.code,
        message=str(error),
        stack="".join(traceback.format_exception(error)),
        timestamp=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
