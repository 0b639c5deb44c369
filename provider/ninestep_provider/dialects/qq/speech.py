"""How QQ hears and speaks: parameters from query and form alike, HTTP 200, and a callback unless ``fmt=json``."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from ninestep.dialects.qq import body, errors
from ninestep.trace.http import count, current

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # a wrong one is answered by the platform


def sent() -> dict[str, str]:
    """Query, and what a form says instead; one SDK posts (wire.md §11.8)."""
    return {**request.args.to_dict(), **request.form.to_dict()}


def wants_json() -> bool:
    return sent().get("fmt") == "json"


def document(content: dict[str, Any]) -> Response:
    """Golden bytes, or the object alone (wire.md E.3)."""
    return html(body.bare(content) if wants_json() else body.callback(content))


def refusal(reason: str) -> Response:
    draft = current()
    if draft.outcome == "ok":
        draft.refuse(reason)
    count("token_refusals")
    return document(errors.oauth_body(reason))


def html(content: bytes, status: int = 200) -> Response:
    return Response(content, status, content_type=body.HTML)
