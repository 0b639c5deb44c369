"""How ``/cgi-bin/*`` and ``/wxa/*`` speak: what was sent, and their answers (wire.md A.6, C.3–C.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from ninestep.dialects import default_policy, policy
from ninestep.dialects.wechat import body, cgi
from ninestep.records import App
from ninestep.trace.http import count, current


class Refused(Exception):
    """A neutral reason; ``number`` where the reason alone does not tell it."""

    def __init__(self, reason: str, number: int = 0, *, hinted: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.number, self.hinted = reason, number, hinted


def require(name: str, ok: bool, reason: str, *, hinted: bool = False) -> None:
    """Record a check, and refuse where it does not hold."""
    if not current().check(name, ok):
        raise Refused(reason, hinted=hinted)


def require_post() -> None:
    require("method is POST", request.method == "POST", "method")


def sent() -> dict[str, str]:
    """Query, form and JSON body in one; only texts. A GET may carry a JSON content type and no body (wire.md §11.2)."""
    found = {**request.args.to_dict(), **request.form.to_dict()}
    try:
        told = json.loads(request.get_data(cache=True) or b"{}")
    except (ValueError, RecursionError):
        return found
    if isinstance(told, dict):
        found |= {name: value for name, value in told.items() if isinstance(value, str)}
    return found


def json_body() -> dict[str, Any]:
    """The JSON object that was posted, whatever its content type says."""
    try:
        told = json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        told = None
    require("body is JSON", isinstance(told, dict), "body")
    assert isinstance(told, dict)
    return told


def answer(document: Mapping[str, Any], status: int = 200) -> Response:
    return Response(body.write(document), status, content_type=cgi.CONTENT_TYPE)


def failed(status: int) -> Response:
    """A fault that is a bare HTTP status."""
    return Response(b"", status, content_type=cgi.CONTENT_TYPE)


def refuse(app: App | None, refused: Refused) -> Response:
    """HTTP 200, errcode, errmsg, in the suffix style without a comma."""
    number, draft = refused.number or _number(app, refused.reason), current()
    if draft.outcome == "ok":
        draft.refuse(refused.reason)
    count("cgi_refusals")
    message = cgi.MESSAGES[number].format(ip=request.remote_addr or "127.0.0.1")
    if number == 40001 and refused.reason in ("secret_wrong", "invalid_client"):
        message = "invalid credential"  # 40001 is two things: this one is about the secret
    text = cgi.errmsg(message, str(_policy(app, "errmsg_suffix")), hinted=refused.hinted)
    return answer({"errcode": number, "errmsg": text})


def _number(app: App | None, reason: str) -> int:
    number = cgi.REASONS[reason]
    return int(_policy(app, number)) if isinstance(number, str) else number


def _policy(app: App | None, name: str) -> Any:
    if app is None or app.dialect != "wechat":
        return default_policy("wechat", name)
    return policy(app, name)
