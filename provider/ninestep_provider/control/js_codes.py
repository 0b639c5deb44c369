"""What a mini program's page does with its user, without the page: wx.login, the session, profile and phone number."""

from __future__ import annotations

from typing import Any, Required, TypedDict

from ninestep.clock import iso
from ninestep.dialects.wechat import ids
from ninestep.records import App, MiniSession, User

from ..dialects.wechat.mini import open_data, user_session
from ..services import services
from .found import app_of, user_of
from .operation import Body, Operations
from .problem import Problem


class NewJsCode(Body):
    user: str = "zhangsan"


class JsCodeAnswer(TypedDict):
    js_code: str


class SessionAnswer(TypedDict):
    valid: bool
    expires_at: str | None  # ISO 8601


class UserInfo(TypedDict):
    """As wx.getUserProfile answers (wire.md C.4)."""

    userInfo: dict[str, Any]
    rawData: str
    signature: str
    encryptedData: str
    iv: str


class PhoneNumber(TypedDict, total=False):
    """As the phone-number button answers (wire.md C.5); the last two where the user has a session."""

    code: Required[str]
    expires_in: Required[int]  # seconds
    encryptedData: str
    iv: str


def register(operations: Operations) -> None:
    example = {"user": "lisi"}
    operations.add(
        "POST",
        "/apps/{appid}/js_codes",
        log_in,
        body=NewJsCode,
        status=201,
        answer=JsCodeAnswer,
        example=example,
    )
    place = "/apps/{appid}/mini_program/{user}"
    operations.add("GET", f"{place}/session", check, answer=SessionAnswer)
    operations.add("DELETE", f"{place}/session", end, status=204)
    operations.add("POST", f"{place}/user_info", user_info, status=201, answer=UserInfo, refuses=(409,))
    operations.add("POST", f"{place}/phone_number", phone_number, status=201, answer=PhoneNumber)


def log_in(appid: str, body: NewJsCode) -> Any:
    """wx.login: a js_code; unless policy stable_session_key, the session_key before it is dead now."""
    app = _mini_program(appid)
    return {"js_code": user_session.log_in(services(), app, user_of(app.world, body.user)).js_code}


def check(appid: str, user: str) -> Any:
    """wx.checkSession: whether the user's session lives, and until when. Its session_key is the server's alone."""
    app, person = _both(appid, user)
    session = user_session.living(services(), app, person, used=False)
    return {"valid": session is not None, "expires_at": iso(session.expires_at) if session else None}


def end(appid: str, user: str) -> None:
    """End the user's session: its session_key is dead."""
    app = services().store.app(appid)
    if app is not None:
        services().store.delete_mini_session(app.world, app.appid, ids.openid(app.appid, user))


def user_info(appid: str, user: str) -> Any:
    """wx.getUserProfile: userInfo, rawData, signature, encryptedData, iv, under the user's present session_key."""
    app, person = _both(appid, user)
    return open_data.user_info(services(), app, person, _session(app, person))


def phone_number(appid: str, user: str) -> Any:
    """The phone-number button: code, and encryptedData and iv where the user has a session."""
    app, person = _both(appid, user)
    return open_data.phone(services(), app, person, user_session.living(services(), app, person))


def _session(app: App, user: User) -> MiniSession:
    session = user_session.living(services(), app, user)
    if session is None:
        fix = f"POST /_mock/api/apps/{app.appid}/js_codes"
        raise Problem(409, f"{user.uid} has no session with app {app.appid}", field="user", fix=fix)
    return session


def _both(appid: str, uid: str) -> tuple[App, User]:
    app = _mini_program(appid)
    return app, user_of(app.world, uid)


def _mini_program(appid: str) -> App:
    app = app_of(appid)
    if app.dialect != "wechat" or app.kind != "mini_program":
        told = f"app {appid} is no mini program, it is {app.dialect} {app.kind}"
        raise Problem(422, told, field="appid", fix="dialect wechat, kind mini_program")
    return app
