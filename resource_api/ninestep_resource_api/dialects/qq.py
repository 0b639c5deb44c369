"""``/user/get_user_info`` (wire.md E.4), and the seed's ``get_user_email`` and ``get_user_phone`` (S0 §5.1, M075): each
API needs the scope of its own name."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, request
from ninestep.dialects import policy
from ninestep.dialects.qq import body, errors, ids, scopes
from ninestep.records import App, User
from ninestep.trace.http import count, current
from ninestep.web.avatars import avatar_url

from ..reading import Call, Refused, due, read
from ..services import services
from ..verifier import ProviderAway

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # a wrong one is answered by the platform
MALE, FEMALE = ("男", 1), ("女", 2)
WITHDRAWN = {"province": "", "city": "", "year": "0", "constellation": ""}  # the same for everybody
VIP = ("is_yellow_vip", "vip", "yellow_vip_level", "level", "is_yellow_year_vip")


def blueprint() -> Blueprint:
    bp = Blueprint("qq", __name__)
    bp.add_url_rule("/user/get_user_info", view_func=get_user_info, methods=METHODS)
    bp.add_url_rule("/user/get_user_email", view_func=get_user_email, methods=METHODS)
    bp.add_url_rule("/user/get_user_phone", view_func=get_user_phone, methods=METHODS)
    return bp


def get_user_info() -> Response:
    return _answer(scopes.USER_INFO)


def get_user_email() -> Response:
    return _answer(scopes.EMAIL)


def get_user_phone() -> Response:
    return _answer(scopes.PHONE)


def _answer(api: str) -> Response:
    draft = current().begin("profile.read")
    call = read(services().store, draft, _sent("access_token"))
    if fault := due(call, "qq"):
        return Response(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        app = _verified(call, api)
    except Refused as refused:
        return _refuse(call, refused.reason)
    count("profiles_read")
    assert call.user is not None
    return _spoken(_told(api, app, call.user))


def _verified(call: Call, api: str) -> App:
    """The token's app, once the call may be answered; raises Refused. What was sent is looked at before the token."""
    draft, app = call.draft, call.app
    _require(call, "method is GET or POST", request.method in ("GET", "POST"), "method")
    _require(call, "access_token given", bool(call.secret), "token_missing")
    key, openid = _sent("oauth_consumer_key"), _sent("openid")
    _require(call, "oauth_consumer_key given", bool(key), "consumer_key")
    _require(call, "openid given", bool(openid), "openid_wrong")
    if app is None or app.dialect != "qq" or call.token is None:
        draft.check("token known", False)
        raise Refused("token_unknown")
    _require(call, "token of this app", key == app.appid, "token_foreign")
    try:
        verdict = services().verifiers[str(policy(app, "token_check"))].verify(call)
    except ProviderAway:
        draft.fail("server_error")
        raise Refused("server_error") from None
    if verdict.reason:
        raise Refused(verdict.reason)
    _require(call, "app online", not app.banned and not app.disabled, "client_banned")
    own = call.user is not None and openid == ids.openid(app.appid, call.user.uid)
    _require(call, "openid of the token's user", own, "openid_wrong")
    _require(call, "API open to the app", api in app.scopes, "app_scope_denied")
    _require(call, "API granted by the user", api in verdict.scopes, "scope_denied")
    return app


def _require(call: Call, name: str, ok: bool, reason: str) -> None:
    if not call.draft.check(name, ok):
        raise Refused(reason)


def _sent(name: str) -> str:
    """From query or form. What comes twice is the same to us: one client sends its key twice (wire.md §11.8)."""
    return request.args.get(name) or request.form.get(name) or ""


def _told(api: str, app: App, user: User) -> dict[str, Any]:
    if api == scopes.EMAIL:
        email = str(user.profile.get("email", f"{user.uid}@example.test"))
        return {"ret": 0, "msg": "", "email": email}
    if api == scopes.PHONE:
        return {"ret": 0, "msg": "", "phone": str(user.profile.get("phone") or _phone(user.uid))}
    return _profile(app, user)


def _profile(app: App, user: User) -> dict[str, Any]:
    gender, gender_type = FEMALE if user.profile.get("sex") == 2 else MALE
    era = WITHDRAWN
    if policy(app, "profile_era") == "legacy":
        era = {name: str(user.profile.get(name, "")) for name in WITHDRAWN}
    pictures = {
        "figureurl": 30,
        "figureurl_1": 50,
        "figureurl_2": 100,
        "figureurl_qq_1": 40,
        "figureurl_qq_2": 100,
        "figureurl_qq": 640,
    }
    known = {
        "ret": 0,
        "msg": "",
        "is_lost": 0,
        "nickname": user.nickname or user.uid,
        "gender": gender,
        "gender_type": gender_type,
        "figureurl_type": "1",
        **era,
        **{name: _picture(user, size) for name, size in pictures.items()},
        **{name: str(user.profile.get(name, "0")) for name in VIP},
    }
    return {name: known[name] for name in body.PROFILE_FIELDS}


def _picture(user: User, size: int) -> str:
    """The drawn avatar in the asked size; one that the user was given is what it is."""
    address = avatar_url(services().settings.provider_url, user)
    return f"{address.rpartition('/')[0]}/{size}" if user.avatar is None else address


def _phone(uid: str) -> str:
    """Eleven digits that follow from the uid, in a block that is handed out to nobody (120…)."""
    return f"120{int.from_bytes(hashlib.sha256(uid.encode()).digest()[:8]) % 10**8:08d}"


def _refuse(call: Call, reason: str) -> Response:
    if call.draft.outcome == "ok":
        call.draft.refuse(reason)
    count("profile_refusals")
    return _spoken(errors.api_body(reason))


def _spoken(document: dict[str, Any]) -> Response:
    return Response(body.bare(document), content_type=body.JSON)
