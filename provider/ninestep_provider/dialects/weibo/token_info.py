"""``POST /oauth2/get_token_info`` (wire.md F.3): whose token, for which app, for what, for how long. Numbers here."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from ninestep.dialects.weibo import body, ids, scopes
from ninestep.trace.http import current

from ...engine import faults
from .found import Refused, live_token, nobody
from .speech import api_refusal


def get_token_info() -> Response:
    current().begin("token.inspected")
    context = nobody()
    if request.method != "POST":
        return api_refusal("method")
    try:
        found = live_token(context)
    except Refused as refused:
        return api_refusal(refused.reason)
    if fault := faults.due_for(context, found, "me"):
        return Response(b"", fault.status) if fault.status else api_refusal(fault.error)
    token = found.record
    document: dict[str, Any] = {
        "uid": ids.uid(token.user),
        "appkey": int(token.appid) if token.appid.isdigit() else token.appid,
        "scope": scopes.written(token.scopes) or None,
        "create_at": int(token.issued_at),
        "expire_in": int(token.expires_at - found.now),
    }
    return Response(body.write(document), content_type=body.JSON)
