"""``GET /connect/qrconnect`` (wire.md B.1): the platform's checks, then a page with a fresh QR code, or ``f=xml``."""

from __future__ import annotations

from flask import Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from ninestep.dialects import policy
from ninestep.dialects.wechat.errors import QR_PAGES
from ninestep.trace.http import current

from ....engine import authorization
from ....engine.authorization import Refused, require
from ....engine.reading import read
from ....engine.server import Context
from ....pages import refusals
from ....services import services
from ..asking import known_client, refuse
from ..manners import DIALECT, LOGIN
from . import page, scanning
from .site import as_website

KNOWN = {"appid": "client_id", "redirect_uri": "redirect_uri", "response_type": "response_type"}
KNOWN |= {"scope": "scope", "state": "state"}  # what else is sent, is ignored or only about looks
XML = '<?xml version="1.0" encoding="utf-8"?>\n<xml><uuid><![CDATA[{uuid}]]></uuid></xml>\n'


def qrconnect() -> ResponseReturnValue:
    draft = current().begin("authorize.requested")
    params = {KNOWN[name]: value for name, value in request.args.items() if name in KNOWN}
    appid = params.get("client_id") or request.args.get("client_id", "")
    context = read(services(), DIALECT, draft, appid, {"state": params.get("state", "")})
    return answer(context, params)


def wanted_here(context: Context, params: dict[str, str]) -> bool:
    """Whether a request to ``/connect/oauth2/authorize`` gets the QR page: the seeds ask there (wire.md §10, 004)."""
    app = context.app
    if app is None or app.dialect != DIALECT.name or params.get("scope") != LOGIN:
        return False
    return bool(policy(app, "qr_by_scope"))


def answer(context: Context, params: dict[str, str]) -> ResponseReturnValue:
    server = current_app.extensions["ninestep.server"]
    try:
        params = _platform_order(context, params)
        wanted = authorization.validate(server, context, params, {})
        if status := authorization.fault_status(context, wanted):
            return refusals.http_status(status)
        outcome = authorization.beforehand(server, context, wanted)
    except Refused as problem:
        return refuse(context, problem, QR_PAGES)
    scan = scanning.begin(context, wanted, outcome)
    context.draft.learn("qr_uuid", scan.uuid, "response.body")
    if request.args.get("f") == "xml":
        return Response(XML.format(uuid=scan.uuid), content_type="text/xml; charset=utf-8")
    return page.show(context, scan)


def resume() -> ResponseReturnValue:
    """The button of a page without scripts: on with the code if the phone said yes, else the page as it is now."""
    found = scanning.find(request.args.get("uuid", ""))
    if found is None:
        return refusals.failure(400, "request_gone")
    context, scan = found
    if (code := scanning.code_of(scan)) and scan.state == "confirmed":
        context.draft.begin("qr.answered", flow=scan.request.flow, user=scan.user)
        before, after = page.around_code(context, scan)
        return redirect(before + code + after, 302)
    return page.show(context, scan)


def _platform_order(context: Context, params: dict[str, str]) -> dict[str, str]:
    """wire.md B.1: who asks, for what, and where it goes."""
    app, state = known_client(context, params), params.get("state", "")
    website = app.kind == "website" or bool(policy(app, "qr_by_scope"))
    require(context, "appid of a website", website, "client_kind", state)
    app = context.app = as_website(app)
    if app.kind != "website":
        context.draft.note("qr_by_scope", kind=app.kind)
    back = params.get("redirect_uri", "")
    production = context.services.settings.production
    good = bool(back) and DIALECT.may_receive(app, back, production=production)
    told = back if good else ""  # errors may travel there, under the tutorial
    scopes = params.get("scope", "").replace(",", " ").split()
    require(context, "scope given", bool(scopes), "scope_missing", state, back=told)
    allowed = LOGIN in scopes and all(scope in app.scopes for scope in scopes)
    require(context, "scope allowed", allowed, "scope_unknown", state, " ".join(scopes), back=told)
    require(context, "redirect_uri given", bool(back), "redirect_missing", state)
    require(context, "redirect_uri registered", good, "redirect_mismatch", state, back)
    context.checks.failed = ""
    return {**params, "response_type": params.get("response_type") or "code", "scope": " ".join(scopes)}
