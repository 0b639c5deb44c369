"""The end of a login at this browser, whichever page it was asked on."""

from __future__ import annotations

from flask import current_app
from ninestep.web import sessions

from .. import dialects
from ..services import services
from . import interaction

MOST_FLOWS = 100  # that are looked through


def end(world: str) -> None:
    """The login in ``world``: gone here, and every client that knows of it is told."""
    sid = interaction.session_id(world)
    interaction.log_out(world)
    if sid:
        sessions.write(current_app)  # first, so that nobody who comes from now on is logged in there
        end_login(world, sid)


def end_login(world: str, sid: str) -> None:
    """A login by its ``sid``, at whichever browser: what ends with it ends, and every app that knows of it hears of
    that, once, and in its dialect's manner."""
    store = services().store
    for told in store.end_login(world, sid, store.now(world)):
        app = store.app(told.appid)
        if app is not None and not app.closed:
            dialects.DIALECTS[app.dialect].login_ended(services(), app, told, sid)


def newest_flow(world: str, appid: str, uid: str) -> str:
    """Where what a user does here afterwards is told: with their last login, at the app or at any."""
    flows = services().reader.flows(world, app=appid, limit=MOST_FLOWS, imported=False)
    return next((flow.id for flow in flows if flow.user == uid), "")
