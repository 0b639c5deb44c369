"""A fault asked for by its neutral name, in RFC 6749's and RFC 6750's words."""

from __future__ import annotations

from ninestep.records import Fault

from ...engine.server import Result

INVALID_GRANT = (400, "invalid_grant")
WORDS = {
    "code_used": INVALID_GRANT,
    "code_expired": INVALID_GRANT,
    "code_unknown": INVALID_GRANT,
    "invalid_grant": INVALID_GRANT,
    "refresh_expired": INVALID_GRANT,
    "refresh_unknown": INVALID_GRANT,
    "token_revoked": INVALID_GRANT,
    "invalid_client": (401, "invalid_client"),
    "scope_denied": (400, "invalid_scope"),
    "user_denied": (400, "access_denied"),
    "quota": (429, "temporarily_unavailable"),
    "busy": (503, "temporarily_unavailable"),
    "server_error": (500, "server_error"),
}


def fault_result(fault: Fault) -> Result:
    status, error = WORDS.get(fault.error, (500, "server_error"))
    return Result(fault.status or status, {"error": error if fault.error else "server_error"}, [])
