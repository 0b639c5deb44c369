"""What the mini program asks its own server (S4 小程序 2, 4, 5): log in, who am I, my profile, my phone number.

No answer and no token holds a session_key, or anything that follows from one.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from ninestep.digest import fresh_id
from ninestep.trace.http import current
from ninestep.web import policy
from ninestep.web.hosts import page

from .. import programs
from ..accounts.identities import Identity
from ..accounts.users import LocalUser
from ..errors import PlatformError
from ..login.attempt import Profile
from ..login.wechat import WECHAT
from ..programs import Problem
from ..services import services
from . import open_data
from .open_data import Unreadable
from .program import PhoneNumber, Watermark
from .sessions import Session

bp = Blueprint("mini", __name__, url_prefix="/mini")
programs.init_blueprint(bp)

DEMOTED = "微信用户"  # what WeChat says of everybody since 2022-10: no reason to forget a name that is known


class UserInfo(msgspec.Struct, rename="camel"):
    """What is inside encryptedData of a profile."""

    open_id: str
    nick_name: str
    avatar_url: str
    watermark: Watermark


@bp.get("")
@page
def show() -> ResponseReturnValue:
    """The mini program's page, for the phone's frame."""
    settings = services().settings
    script = f"{settings.provider_url}/assets/provider/wx.js"
    policy.allow("script-src", script)
    policy.allow("img-src", settings.provider_url)
    policy.allow_framing(settings.provider_url)
    return render_template("client/mini.html", script=script, appid=services().mini.appid)


@bp.post("/login")
def login() -> ResponseReturnValue:
    """The code of wx.login for our own token."""
    parts, draft = services(), current()
    moment = parts.town.moment(parts.mini.appid)
    draft.begin("code.posted", world=moment.world, app=parts.mini.appid)
    draft.at = moment.now
    code = programs.body("code")["code"]
    parts.monitoring.record("authAttempts")
    redeeming = parts.mini.redeeming(world=moment.world, at=moment.now)
    try:
        session = parts.mini.log_in(code, redeeming)
    finally:
        draft.flow = redeeming.flow = redeeming.flow or fresh_id()
    identity = Identity(WECHAT, parts.mini.appid, session.openid, session.unionid)
    user = parts.accounts.find_or_create(identity)
    parts.mini.sessions.save(user, session)
    return programs.welcome(user)


@bp.get("/me")
def me() -> ResponseReturnValue:
    """An API that needs a login (M162)."""
    _told("session.read")
    user = programs.user()
    session = services().mini.sessions.read(user.id)
    if session:
        current().flow = session.flow
    return jsonify(user=programs.public(user))


@bp.post("/profile")
def profile() -> ResponseReturnValue:
    """wx.getUserProfile's answer: what is signed and what is encrypted have to say the same."""
    _told("open_data.posted")
    user, session = _whose()
    told = programs.body("rawData", "signature", "encryptedData", "iv")
    good = open_data.signed(told["rawData"], told["signature"], session.session_key)
    if not current().check("signature is sha1(rawData + session_key)", good):
        raise _unreadable(session, "bad_signature")
    found = _opened(session, told, UserInfo)
    _require("openId is the user's", found.open_id == session.openid, "foreign_data")
    shown = _read(told["rawData"])
    same = (shown.get("nickName"), shown.get("avatarUrl")) == (found.nick_name, found.avatar_url)
    _require("rawData and encryptedData agree", same, "bad_data")
    if found.nick_name != DEMOTED or not user.nickname:
        told_of = Profile(openid=found.open_id, nickname=found.nick_name, avatar=found.avatar_url)
        services().accounts.copy_profile(user.id, WECHAT, told_of)
    return _now(user)


@bp.post("/phone")
def phone() -> ResponseReturnValue:
    """The phone-number button's answer: its code for WeChat's API, or, the old way, what it encrypted."""
    _told("open_data.posted")
    user, session = _whose()
    told = programs.sent()
    by_code, sealed = "code" in told, {"encryptedData", "iv"} & told.keys()
    _require("one way or the other", by_code != bool(sealed), "invalid_request")
    if by_code:
        code = programs.body("code")["code"]
        moment = services().town.moment(services().mini.appid)
        found = _number(code, session, moment.now)
        _require("watermark is our appid", found.watermark.appid == services().mini.appid, "foreign_appid")
    else:
        found = _opened(session, programs.body("encryptedData", "iv"), PhoneNumber)
    _require("number is whole", found.consistent, "bad_data")
    number = found.phone_number
    sealed_number = services().attempts.seal(number)
    services().accounts.keep_phone(user.id, shown(number), sealed_number)
    return _now(user)


def _number(code: str, session: Session, at: float) -> PhoneNumber:
    try:
        return services().mini.phone_number(code, session, at=at)
    except PlatformError as error:
        if error.code in ("phone_code", "foreign_code"):
            raise Problem(error.code) from None
        raise


def shown(number: str) -> str:
    """138****0000"""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:] if len(number) > 7 else "*" * len(number)


def _told(name: str) -> None:
    parts, draft = services(), current()
    moment = parts.town.moment(parts.mini.appid)
    draft.begin(name, world=moment.world, app=parts.mini.appid)
    draft.at = moment.now


def _whose() -> tuple[LocalUser, Session]:
    """Who asks, and the session_key that the data has to be under."""
    user = programs.user()
    session = services().mini.sessions.read(user.id)
    if session:
        current().flow = session.flow
    if not current().check("session_key at hand", session is not None) or session is None:
        raise Problem("session_key_expired")
    return user, session


def _opened(session: Session, told: dict[str, str], kind: type[Any]) -> Any:
    """encryptedData as ``kind``, ours by its watermark."""
    try:
        document = open_data.opened(session.session_key, told["encryptedData"], told["iv"])
        found = msgspec.convert(document, kind)
    except (Unreadable, msgspec.ValidationError):
        current().check("encryptedData opens with session_key and iv", False)
        raise _unreadable(session, "bad_data") from None
    current().check("encryptedData opens with session_key and iv", True)
    _require("watermark is our appid", found.watermark.appid == services().mini.appid, "foreign_appid")
    return found


def _unreadable(session: Session, code: str) -> Problem:
    """Altered, or under another key than ours? WeChat knows whether ours is still the user's."""
    lives = services().mini.lives(session, at=services().town.moment(services().mini.appid).now)
    current().check("session_key is the user's newest", lives)
    return Problem(code if lives else "session_key_expired")


def _read(raw_data: str) -> dict[str, Any]:
    """rawData, which the signature vouched for."""
    try:
        document = json.loads(raw_data)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def _require(name: str, ok: bool, code: str) -> None:
    if not current().check(name, ok):
        raise Problem(code)


def _now(user: LocalUser) -> ResponseReturnValue:
    return jsonify(user=programs.public(services().accounts.read(user.id) or user))
