"""A call of the phone's page, read: what was sent, and for which app and user."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, jsonify, request
from ninestep.digest import fresh_id
from ninestep.records import App, User
from ninestep.trace.http import current

from ....engine.reading import read
from ....engine.server import Context
from ....pages import interaction
from ....services import services
from ..manners import DIALECT

STATUS = {"client_unknown": 404, "nobody": 401}


class Refused(Exception):
    """``reason`` is a neutral one; ``nobody``: no user is logged in on this phone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def sent() -> dict[str, Any]:
    """The JSON object of the body; {} for anything else."""
    try:
        told = json.loads(request.get_data(cache=True))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def text(told: dict[str, Any], name: str) -> str:
    """JSON can spell half a surrogate, which no other text can hold."""
    value = told.get(name, "")
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def mini_program(appid: str) -> tuple[Context, App, User]:
    """The mini program and the phone's owner. Raises Refused."""
    context = read(services(), DIALECT, current(), appid)
    app = context.app
    known = app is not None and app.dialect == DIALECT.name and app.kind == "mini_program"
    _require(context, "client known", known, "client_unknown")
    assert app is not None
    _require(context, "client enabled", not app.disabled, "client_disabled")
    _require(context, "client not banned", not app.banned, "client_banned")
    user = interaction.present(app.world)
    _require(context, "user logged in", user is not None, "nobody")
    assert user is not None
    context.draft.user = user.uid
    return context, app, user


def refuse(problem: Refused) -> tuple[Response, int]:
    """The neutral reason, for the script that speaks to the page in the frame."""
    draft = current()
    draft.flow = draft.flow or fresh_id()
    draft.refuse(problem.reason)
    return jsonify(error=problem.reason), STATUS.get(problem.reason, 200)


def _require(context: Context, name: str, ok: bool, reason: str) -> None:
    if not context.checks.make(name, ok, reason):
        raise Refused(reason)
