"""``GET|POST /oauth2/revokeoauth2`` (wire.md F.4): the app gives the user's consent back, with every token under it."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects.weibo import body
from ninestep.records import Fault
from ninestep.trace.http import count, current

from ...engine import faults
from .found import Refused, live_token, nobody
from .speech import api_refusal


def revokeoauth2() -> Response:
    current().begin("token.revoked")
    context = nobody()
    if request.method not in ("GET", "POST"):
        return api_refusal("method")
    if fault := faults.again():  # the token is gone by now, and could not say whose it was
        return _broken(fault)
    try:
        found = live_token(context)
    except Refused as refused:
        return api_refusal(refused.reason)
    if fault := faults.due_for(context, found, "revoke"):
        return _broken(fault)
    gone = context.services.store.revoke_grant(found.world, found.record.appid, found.record.user)
    count("grants_revoked", int(gone))
    return Response(body.write({"result": "true"}), content_type=body.JSON)


def _broken(fault: Fault) -> Response:
    return Response(b"", fault.status) if fault.status else api_refusal(fault.error)
