"""``wx.login``, ``wx.checkSession``, ``wx.getUserProfile`` and the phone-number button (wire.md C). No answer holds the
session_key: it is the app's server's alone (mission M163)."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue
from ninestep.digest import fresh_id
from ninestep.trace.http import count, current

from ....services import services
from ..mini import open_data, user_session
from . import asked
from .asked import Refused


def login(appid: str) -> ResponseReturnValue:
    """A js_code, silently: the user sees nothing and is asked nothing (mission M157)."""
    draft = current().begin("js_code.given", flow=fresh_id())
    try:
        _, app, user = asked.mini_program(appid)
    except Refused as problem:
        return asked.refuse(problem)
    given = user_session.log_in(services(), app, user, draft.flow)
    count("js_codes_given")
    return jsonify(code=given.js_code, generation=given.session.generation)


def session(appid: str) -> ResponseReturnValue:
    """Whether the user's session lives, and the how manieth session_key it has. Nothing is renewed, or recorded."""
    try:
        _, app, user = asked.mini_program(appid)
    except Refused as problem:
        return asked.refuse(problem)
    living = user_session.living(services(), app, user, used=False)
    return jsonify(valid=living is not None, generation=living.generation if living else 0)


def user_info(appid: str) -> ResponseReturnValue:
    """Without ``decision``: whether to ask the user; with ``approve``: userInfo, rawData, signature, encryptedData, iv
    under the present session_key."""
    return _open(appid, "profile.given")


def phone_number(appid: str) -> ResponseReturnValue:
    """The same for the number: code, and with a session encryptedData and iv."""
    return _open(appid, "phone.given")


def _open(appid: str, name: str) -> ResponseReturnValue:
    decision = asked.text(asked.sent(), "decision")
    try:
        context, app, user = asked.mini_program(appid)
        draft, wanted = context.draft, name == "phone.given"
        living = user_session.living(services(), app, user, used=decision == "approve")
        if not wanted and living is None:
            raise Refused("session_missing")
    except Refused as problem:
        current().begin(name)
        return asked.refuse(problem)
    if decision not in ("approve", "deny") and not user.always_denies:
        info = open_data.phone_info(app, user, context.now) if wanted else {}
        return jsonify(ask={"number": masked(info.get("purePhoneNumber", ""))})
    draft.begin(name, flow=living.flow if living else fresh_id())
    if decision != "approve" or user.always_denies:
        draft.refuse("access_denied")
        return jsonify(denied=True)
    if wanted:
        count("phone_codes_given")
        return jsonify(open_data.phone(services(), app, user, living, draft.flow))
    assert living is not None
    count("profiles_given")
    return jsonify(open_data.user_info(services(), app, user, living))


def masked(number: str) -> str:
    """138****0000, as the platform's sheet shows it."""
    return number[:3] + "*" * max(0, len(number) - 7) + number[-4:] if len(number) > 7 else "*" * len(number)
