"""美图秀秀 before OAuth (seed S0 §1.2 «传统做法»): it asks for the user's password at another site, and keeps it.

The password grant (RFC 6749 §4.3; RFC 9700 §2.4 forbids it). A withdrawn consent does not stop it: it has the password,
and takes another token. A new password does.
"""

from __future__ import annotations

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.oauth.grant_types import PASSWORD
from ninestep.trace.http import current
from ninestep.web.hosts import page

from .. import errors, messages
from ..errors import LoginError
from ..login.browser import browser
from ..outgoing import Answer
from ..services import services
from .direct import Direct, Granted, NotGranted
from .keeping import drop, keep, kept

MEITU = "meitu"
SCOPE = "user_info read articles.read articles.write"
WRONG = "password"  # the notice for a name or a password that is not taken
MOST = 128  # characters of a name or a password
DRAFT = "/articles/a3/draft"
FILLED = {"username": "zhangsan", "password": "ninestep"}  # 张三 of the seeded town, for who is played
POSTED = "（美图秀秀替你发的）今天的照片真好看。"

bp = Blueprint(MEITU, __name__)


class Known(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What 美图秀秀 has of a user by now. Password and token are sealed, as all that is secret in Redis."""

    username: str
    password: str
    token: str
    tokens: int = 1  # how many it has taken
    articles: list[str] = []
    did: str = ""  # read | write | delete: the last thing done with the token
    flow: str = ""


@bp.get("/meitu")
@page
def home() -> ResponseReturnValue:
    browser()
    notice = request.args.get("notice", "")
    key = notice if notice == WRONG else messages.notice_key(notice) if notice else ""
    filled = FILLED if "play" in request.args else {}
    return render_template("client/meitu.html", known=kept(MEITU, Known), notice=key, filled=filled)


@bp.post("/meitu/login")
def login() -> ResponseReturnValue:
    """The user's password, typed at a site that it is not for."""
    username, password = (request.form.get(name, "")[:MOST] for name in ("username", "password"))
    draft = current().begin("password.posted", app=services().settings.meitu_client_id)
    try:
        token = _token(username, password)
    except LoginError as error:
        drop(MEITU)
        return _failed(error)
    draft.flow = token.flow
    seal = services().attempts.seal
    keep(
        MEITU,
        Known(
            username=username,
            password=seal(password),
            token=seal(msgspec.json.encode(token).decode()),
            flow=token.flow,
        ),
    )
    return redirect(url_for("meitu.home"), 303)


@bp.post("/meitu/read")
def read() -> ResponseReturnValue:
    return _use("read")


@bp.post("/meitu/write")
def write() -> ResponseReturnValue:
    return _use("write")


@bp.post("/meitu/delete")
def delete() -> ResponseReturnValue:
    return _use("delete")


@bp.post("/meitu/forget")
def forget() -> ResponseReturnValue:
    """A promise; nobody can check it."""
    drop(MEITU)
    return redirect(url_for("meitu.home"), 303)


def _use(what: str) -> ResponseReturnValue:
    """Whatever it likes: with the token, and where that is taken no more, with another one for the password."""
    known = kept(MEITU, Known)
    if known is None:
        return redirect(url_for("meitu.home"), 303)
    draft = current().begin("session.read", app=services().settings.meitu_client_id, flow=known.flow)
    draft.world = services().town.moment(draft.app).world
    try:
        after = _used(known, what)
    except LoginError as error:
        return _failed(error)
    draft.flow = after.flow
    keep(MEITU, after)
    return redirect(url_for("meitu.home"), 303)


def _used(known: Known, what: str) -> Known:
    """Raises LoginError."""
    unseal = services().attempts.unseal
    token = msgspec.json.decode(unseal(known.token), type=Granted)
    answer = _call(token, what)
    if answer.status == 401:  # withdrawn, or too old
        token = _token(known.username, unseal(known.password))
        sealed = services().attempts.seal(msgspec.json.encode(token).decode())
        known = msgspec.structs.replace(known, token=sealed, tokens=known.tokens + 1, flow=token.flow)
        answer = _call(token, what)
    if answer.status >= 400:
        raise LoginError("insufficient_scope" if answer.status == 403 else "unknown_error")
    titles = [str(one["title"]) for one in answer.document.get("articles", [])]
    return msgspec.structs.replace(known, articles=titles or known.articles, did=what)


def _call(token: Granted, what: str) -> Answer:
    app = _app()
    at = services().town.moment(app.appid)
    if what == "read":
        return app.get("articles.read", "/articles", token, at)
    if what == "delete":
        return app.delete("draft.deleted", DRAFT, token, at)
    return app.post("draft.written", DRAFT, {"text": POSTED}, token, at)


def _token(username: str, password: str) -> Granted:
    app = _app()
    at = services().town.moment(app.appid)
    current().world = at.world
    return app.grant(PASSWORD, at, username=username, password=password, scope=SCOPE)


def _app() -> Direct:
    parts = services()
    settings = parts.settings
    return Direct(settings, parts.outgoing, settings.meitu_client_id, settings.meitu_client_secret)


def _failed(error: LoginError) -> ResponseReturnValue:
    errors.record(error)
    draft = current()
    draft.refuse(error.code)
    if isinstance(error, NotGranted):
        draft.flow = draft.flow or error.flow
    key = WRONG if error.code == "invalid_grant" else messages.notice_key(error.code)
    return redirect(url_for("meitu.home", notice=key), 303)
