"""A logout without a browser: the client's server is told, as OpenID Connect Back-Channel Logout has it."""

from __future__ import annotations

from typing import Any, TypedDict

from ninestep.store.logins import Told

from ..dialects.standard import backchannel
from ..services import services
from .found import app_of, user_of
from .operation import Body, Operations
from .problem import Problem
from .query import Name


class Logout(Body):
    user: Name


class LogoutAnswer(TypedDict):
    status: int  # what the client answered; 0: nothing


def register(operations: Operations) -> None:
    path = "/apps/{appid}/logout"
    operations.add("POST", path, create, body=Logout, answer=LogoutAnswer, refuses=(409,))


def create(appid: str, body: Logout) -> Any:
    """Send the app's server a logout_token about all logins of a user (no ``sid``), and wait for its answer."""
    app = app_of(appid)
    if not app.backchannel_logout_uri:
        raise Problem(409, f"app {appid} has no backchannel_logout_uri", fix="PATCH it with one")
    user = user_of(app.world, body.user)
    return {"status": backchannel.tell(services(), app, Told(appid=app.appid, user=user.uid, flow=""))}
