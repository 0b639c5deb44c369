"""The end of a login at this browser, whichever page it was asked on."""

from __future__ import annotations

from ..engine import backchannel
from ..services import services
from . import interaction

MOST_FLOWS = 100  # that are looked through


def end(world: str) -> None:
    """The login in ``world``: gone here, and every client that knows of it is told."""
    if sid := interaction.session_id(world):
        backchannel.end(services(), world, sid)
    interaction.log_out(world)


def newest_flow(world: str, appid: str, uid: str) -> str:
    """Where what a user does here afterwards is told: with their last login, at the app or at any."""
    flows = services().reader.flows(world, app=appid, limit=MOST_FLOWS, imported=False)
    return next((flow.id for flow in flows if flow.user == uid), "")
