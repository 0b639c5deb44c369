"""``GET|POST /oauth2/revokeoauth2`` (wire.md F.4): the app gives the user's consent back, with every token under it."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects.weibo import body
from ninestep.trace.http import count, current

from .found import Refused, live_token, nobody
from .speech import api_refusal


def revokeoauth2() -> Response:
    current().begin("token.revoked")
    context = nobody()
    if request.method not in ("GET", "POST"):
        return api_refusal("method")
    try:
        found = live_token(context)
    except Refused as refused:
        return api_refusal(refused.reason)
    gone = context.services.store.revoke_grant(found.world, found.record.appid, found.record.user)
    count("grants_revoked", int(gone))
    return Response(body.write({"result": "true"}), content_type=body.JSON)
