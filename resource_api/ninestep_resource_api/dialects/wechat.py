"""``/sns/userinfo`` and ``/sns/auth`` (wire.md A.4, A.5): HTTP 200, text/plain, errcode."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from ninestep.dialects import default_policy, policy
from ninestep.dialects.wechat import body, errors, ids
from ninestep.dialects.wechat.places import place_names
from ninestep.records import App, User
from ninestep.trace.http import count, current
from ninestep.web.avatars import avatar_url

from ..reading import Call, Refused, due, read
from ..services import services
from ..verifier import ProviderAway, Verdict

BASE, PROFILE_SCOPES = "snsapi_base", {"snsapi_userinfo", "snsapi_login"}
LANGUAGES = ("zh_CN", "zh_TW", "en")
DELETED = "用户已经注销"


def blueprint() -> Blueprint:
    bp = Blueprint("wechat", __name__)
    bp.add_url_rule("/sns/userinfo", view_func=userinfo, methods=["GET", "POST"])
    bp.add_url_rule("/sns/auth", view_func=auth, methods=["GET", "POST"])
    return bp


def userinfo() -> Response:
    current().begin("profile.read")
    secret, openid = _sent("access_token"), _sent("openid")
    call = _read(secret)
    bearer = _bearer() if not secret and not openid else ""
    if bearer:  # the seed's own code sends the header alone (S0 §6.1); whether that works is the app's policy
        call = _read(bearer)
        if call.app is not None and not (call.app.dialect == "wechat" and policy(call.app, "bearer_header")):
            call = Call(call.store, call.draft, "", app=call.app, now=call.now)
        elif call.token is not None and call.app is not None:
            openid = ids.openid(call.app.appid, call.token.user)
            call.draft.note("bearer_header", meant="access_token and openid in the query")
    if fault := due(call, "wechat"):
        return _plain(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        verdict = _verified(call, openid)
        _may_read_profile(call, verdict)
        assert call.app is not None
        assert call.user is not None
        profile = _profile(call.app, call.user, openid, _language(call.app), verdict.scopes)
    except Refused as refused:
        return _refuse(call, refused.reason)
    count("profiles_read")
    return _plain(body.write(profile, body.PROFILE_FIELDS))


def auth() -> Response:
    current().begin("token.checked")
    call = _read(_sent("access_token"))
    if fault := due(call, "wechat"):
        return _plain(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        _verified(call, _sent("openid"))
    except Refused as refused:
        return _refuse(call, refused.reason)
    return _plain(body.write({"errcode": 0, "errmsg": "ok"}))


def _verified(call: Call, openid: str) -> Verdict:
    """The platform's order: parameters, token, expiry, openid; a withdrawn consent comes last (wire.md A.4)."""
    draft, app = call.draft, call.app
    if not draft.check("access_token given", bool(call.secret)):
        raise Refused("token_missing")
    if not draft.check("openid given", bool(openid)):
        raise Refused("openid_missing")
    ours = app is not None and app.dialect == "wechat" and call.token is not None
    if not ours or app is None or call.token is None:
        draft.check("token known", False)
        raise Refused("token_unknown")
    try:
        verdict = services().verifiers[str(policy(app, "token_check"))].verify(call)
    except ProviderAway:
        draft.fail("server_error")
        raise Refused("server_error") from None
    if verdict.reason in ("token_unknown", "token_expired"):
        raise Refused(verdict.reason)
    same = openid == ids.openid(app.appid, call.token.user)
    if not draft.check("openid belongs to the token", same):
        raise Refused("openid_wrong")
    if verdict.reason:
        raise Refused(verdict.reason)
    if not draft.check("user known", call.user is not None):
        raise Refused("token_unknown")
    return verdict


def _may_read_profile(call: Call, verdict: Verdict) -> None:
    """snsapi_base opens no profile, unless the user granted this app more before (wire.md §11.6; a policy)."""
    scopes = set(verdict.scopes)
    allowed = bool(scopes & PROFILE_SCOPES)
    if not allowed and call.app is not None and policy(call.app, "base_profile_after_grant"):
        allowed = call.grant is not None and bool(set(call.grant.scopes) & PROFILE_SCOPES)
    if not call.draft.check("scope allows the profile", allowed, " ".join(sorted(scopes))):
        raise Refused("scope_denied")


def _profile(app: App, user: User, openid: str, language: str, scopes: list[str]) -> dict[str, Any]:
    """A.4's fields; the platform withdrew sex and region in 2021-10, the seed still has them (profile_era)."""
    profile: dict[str, Any] = {"openid": openid, "nickname": DELETED if user.deleted else user.nickname}
    profile |= {"sex": 0, "language": "", "city": "", "province": "", "country": ""}
    if policy(app, "profile_era") == "legacy" and not user.deleted:
        profile["sex"] = int(user.profile.get("sex", 0))
        profile["language"] = language
        if "region" in scopes or not policy(app, "scope_items"):  # 地区 can be unticked (S0 §3.2 step 2)
            profile |= place_names(user.profile, language)
    profile["headimgurl"] = avatar_url(_avatar_host(app), user)
    profile["privilege"] = list(user.profile.get("privilege", []))
    if app.open_platform:
        profile["unionid"] = ids.unionid(app.open_platform, user.uid)
    return profile


def _avatar_host(app: App) -> str:
    """It must load offline, so it is ours; the platform's own host only for intercepted use."""
    return "https://thirdwx.qlogo.cn" if policy(app, "real_hosts") else services().settings.provider_url


def _refuse(call: Call, reason: str) -> Response:
    app = call.app if call.app is not None and call.app.dialect == "wechat" else None
    number = errors.errcode(reason, lambda name: policy(app, name) if app else default_policy("wechat", name))
    suffix = str(policy(app, "errmsg_suffix")) if app else "rid"
    if call.draft.outcome == "ok":
        call.draft.refuse(reason)
    count("profile_refusals")
    return _plain(
        body.write({"errcode": number, "errmsg": body.errmsg(errors.message(reason, number), suffix)})
    )


def _plain(content: bytes, status: int = 200) -> Response:
    return Response(content, status, content_type=body.CONTENT_TYPE)


def _read(secret: str) -> Call:
    return read(services().store, current(), secret)


def _sent(name: str) -> str:
    return request.form.get(name) or request.args.get(name, "")


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _language(app: App) -> str:
    """``lang``; without one English for websites and mobile apps, Chinese for official accounts (wire.md §9)."""
    wanted = _sent("lang")
    return wanted if wanted in LANGUAGES else "en" if app.kind in ("website", "mobile") else "zh_CN"
