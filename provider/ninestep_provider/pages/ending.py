"""The end of a login at this browser, whichever page it was asked on."""

from __future__ import annotations

from .. import dialects
from ..services import services
from . import interaction

MOST_FLOWS = 100  # that are looked through


def end(world: str) -> None:
    """The login in ``world``: gone here, and every client that knows of it is told."""
    if sid := interaction.session_id(world):
        tell(world, sid)
    interaction.log_out(world)


def tell(world: str, sid: str) -> None:
    """Every app that knows of this login hears of its end, once, and in its dialect's manner."""
    store = services().store
    for told in store.end_login(world, sid, store.now(world)):
        app = store.app(told.appid)
        if app is not None and not app.closed:
            dialects.DIALECTS[app.dialect].login_ended(services(), app, told, sid)


def newest_flow(world: str, appid: str, uid: str) -> str:
    """Where what a user does here afterwards is told: with their last login, at the app or at any."""
    flows = services().reader.flows(world, app=appid, limit=MOST_FLOWS, imported=False)
    return next((flow.id for flow in flows if flow.user == uid), "")
