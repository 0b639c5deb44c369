"""How Weibo hears and speaks: parameters from query, form or JSON alike, and its two kinds of refusal (wire.md F)."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request
from ninestep.dialects.weibo import body, errors
from ninestep.trace.http import count, current

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # so that a wrong one is answered by the platform's 10021


def sent() -> dict[str, str]:
    """Query, and what the body says instead: a form, or JSON, which one SDK posts (wire.md §11.9)."""
    return {**request.args.to_dict(), **request.form.to_dict(), **_json()}


def api_refusal(reason: str) -> Response:
    """An API call's error; HTTP status and number as the platform has them."""
    problem = errors.API[reason]
    draft = current()
    if draft.outcome == "ok":
        draft.refuse(reason)
    return Response(
        body.write(errors.api_body(problem, request.path)), problem.status, content_type=body.JSON
    )


def oauth_refusal(reason: str, *, client_id: str = "", code: str = "") -> Response:
    """The token endpoint's error: HTTP 400, and what was wrong is quoted."""
    draft = current()
    if draft.outcome == "ok":
        draft.refuse(reason)
    count("token_refusals")
    document = errors.oauth_body(errors.oauth(reason), request.path, client_id=client_id, code=code)
    return plain(body.write(document), 400)


def wrong_method() -> Response:
    """10021, from the token endpoint in its own content type (wire.md F.2)."""
    current().refuse("method")
    document = errors.api_body(errors.API["method"], request.path)
    return plain(body.write(document), errors.API["method"].status)


def plain(content: bytes, status: int = 200) -> Response:
    return Response(content, status, content_type=body.PLAIN)


def _json() -> dict[str, str]:
    if "json" not in (request.content_type or "").lower():
        return {}
    try:
        document: Any = json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):  # no JSON, or nothing but brackets
        return {}
    if not isinstance(document, dict):
        return {}
    return {
        name: str(value).encode("utf-8", "replace").decode()  # JSON can spell half a surrogate
        for name, value in document.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }
