"""``/2/users/show.json``, ``/2/account/get_uid.json``, ``/2/account/profile/email.json`` (wire.md F.5)."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, request
from ninestep.dialects import policy
from ninestep.dialects.weibo import body, errors, ids, places
from ninestep.records import App, User
from ninestep.trace.http import count, current
from ninestep.web.avatars import avatar_url

from ..reading import Call, Refused, due, read
from ..services import services
from ..verifier import ProviderAway, Verdict

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]  # so that a wrong one is answered by the platform's 10021
GENDERS = {1: "m", 2: "f"}
SINCE, DAYS = 1_262_275_200, 2000  # accounts were opened in the 2000 days that follow 2010-01-01 in Peking
PEKING = 8 * 3600

OWN: dict[str, Any] = {  # what a user's profile may say otherwise, in the same type
    "class": 1,
    "description": "",
    "url": "",
    "domain": "",
    "weihao": "",
    "followers_count": 0,
    "friends_count": 0,
    "statuses_count": 0,
    "favourites_count": 0,
    "following": False,
    "allow_all_act_msg": False,
    "geo_enabled": True,
    "verified": False,
    "verified_type": -1,
    "remark": "",
    "allow_all_comment": True,
    "verified_reason": "",
    "follow_me": False,
    "online_status": 0,
    "bi_followers_count": 0,
    "lang": "zh-cn",
}


def blueprint() -> Blueprint:
    bp = Blueprint("weibo", __name__)
    bp.add_url_rule("/2/users/show.json", view_func=show, methods=METHODS)
    bp.add_url_rule("/2/account/get_uid.json", view_func=get_uid, methods=METHODS)
    bp.add_url_rule("/2/account/profile/email.json", view_func=email, methods=METHODS)
    return bp


def show() -> Response:
    """The profile of whom ``uid`` or ``screen_name`` names; usually the token's own user."""
    call = _call("profile.read")
    if fault := due(call, "weibo"):
        return Response(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        _verified(call)
        user = _named(call)
    except Refused as refused:
        return _refuse(call, refused.reason)
    count("profiles_read")
    return _spoken(_profile(user))


def get_uid() -> Response:
    call = _call("token.checked")
    if fault := due(call, "weibo"):
        return Response(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        _verified(call)
    except Refused as refused:
        return _refuse(call, refused.reason)
    return _spoken({"uid": ids.uid(_user(call).uid)})


def email() -> Response:
    """An array with the ``email`` scope, else 403: two SDKs disagree about the shape, and both live with this one."""
    call = _call("profile.read")
    if fault := due(call, "weibo"):
        return Response(b"", fault.status) if fault.status else _refuse(call, fault.error)
    try:
        app, verdict = _verified(call)
        granted = "email" in verdict.scopes
        if not call.draft.check("scope allows the email", granted, " ".join(verdict.scopes)):
            raise Refused("email_denied")
    except Refused as refused:
        return _refuse(call, refused.reason)
    count("profiles_read")
    user = _user(call)
    entry = {"email": str(user.profile.get("email", f"{user.uid}@example.test"))}
    return _spoken([entry] if policy(app, "email_answer") == "array" else entry)


def _call(name: str) -> Call:
    draft = current().begin(name)
    secret = request.args.get("access_token") or request.form.get("access_token") or ""
    if not secret:  # the query wins over the header (wire.md §11.10)
        secret = _from_header()
        draft.learn("access_token", secret, "request.header")  # no name gives it away behind «OAuth2»
    return read(services().store, draft, secret)


def _verified(call: Call) -> tuple[App, Verdict]:
    """A GET with a good token of a Weibo app; raises Refused."""
    draft, app = call.draft, call.app
    if not draft.check("method is GET", request.method == "GET", request.method):
        raise Refused("method")
    if not draft.check("access_token given", bool(call.secret)):
        raise Refused("token_missing")
    if app is None or app.dialect != "weibo" or call.token is None:
        draft.check("token known", False)
        raise Refused("token_unknown")
    try:
        verdict = services().verifiers[str(policy(app, "token_check"))].verify(call)
    except ProviderAway:
        draft.fail("server_error")
        raise Refused("server_error") from None
    if verdict.reason:
        raise Refused(verdict.reason)
    if not draft.check("client not banned", not app.banned):
        raise Refused("client_banned")
    if not draft.check("user known", call.user is not None):
        raise Refused("user_unknown")
    assert call.user is not None
    if policy(app, "unaudited"):
        known = services().store.is_tester(call.world, app.appid, call.user.uid)
        if not draft.check("user tests the app", known):
            raise Refused("not_tester")
    return app, verdict


def _named(call: Call) -> User:
    own, wanted, name = _user(call), request.args.get("uid", ""), request.args.get("screen_name", "")
    if not call.draft.check("uid or screen_name given", bool(wanted or name)):
        raise Refused("uid_missing")
    found = own if _is(own, wanted, name) else None
    if found is None:
        others = (user for user in services().store.users(call.world) if _is(user, wanted, name))
        found = next(others, None)
    if not call.draft.check("user exists", found is not None and not found.deleted) or found is None:
        raise Refused("user_unknown")
    return found


def _is(user: User, wanted: str, name: str) -> bool:
    return str(ids.uid(user.uid)) == wanted if wanted else _nickname(user) == name


def _user(call: Call) -> User:
    assert call.user is not None
    return call.user


def _nickname(user: User) -> str:
    return user.nickname or user.uid


def _profile(user: User) -> dict[str, Any]:
    number, profile = ids.uid(user.uid), user.profile
    province, city = str(profile.get("province", "")), str(profile.get("city", ""))
    own = {
        name: value if type(value := profile.get(name)) is type(usual) else usual
        for name, usual in OWN.items()
    }
    known = {
        "id": number,
        "idstr": str(number),
        "screen_name": _nickname(user),
        "name": _nickname(user),
        "province": places.province(province),
        "city": places.city(city),
        "location": " ".join(name for name in (province, city) if name) or "其他",
        "profile_image_url": _picture(user, 50),
        "profile_url": f"u/{number}",
        "gender": GENDERS.get(profile.get("sex", 0), "n"),
        "created_at": _opened(number),
        "avatar_large": _picture(user, 180),
        "avatar_hd": _picture(user, 1024),
    }
    return {name: {**own, **known}[name] for name in body.PROFILE_FIELDS}


def _picture(user: User, size: int) -> str:
    """The drawn avatar in the asked size; one that the user was given is what it is."""
    address = avatar_url(services().settings.provider_url, user)
    return f"{address.rpartition('/')[0]}/{size}" if user.avatar is None else address


def _opened(number: int) -> str:
    """When the account was opened: drawn from its number, in the platform's form."""
    at = SINCE + number % (DAYS * 86400)
    return time.strftime("%a %b %d %H:%M:%S +0800 %Y", time.gmtime(at + PEKING))


def _from_header() -> str:
    """``OAuth2 <token>``, or as one SDK writes it: ``OAuth2 uid=…&access_token=…``."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "oauth2":
        return ""
    return parse_qs(rest).get("access_token", [""])[0] if "=" in rest else rest.strip()


def _refuse(call: Call, reason: str) -> Response:
    if call.draft.outcome == "ok":
        call.draft.refuse(reason)
    count("profile_refusals")
    problem = errors.API[reason]
    return _spoken(errors.api_body(problem, request.path), problem.status)


def _spoken(document: Any, status: int = 200) -> Response:
    return Response(body.write(document), status, content_type=body.JSON)
