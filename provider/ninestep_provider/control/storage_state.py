"""A browser that is logged in without a click, as Playwright's ``storage_state`` (experience.md §3)."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any, Literal, TypedDict

from flask import Flask, Response, current_app, request
from ninestep.digest import fresh_id
from ninestep.records import TOWN, User
from ninestep.settings import host_of

from ..services import services
from .found import user_of, world_of
from .operation import Operations
from .query import WORLD, Name, Param

QUERY = {"user": Param("uid; zhangsan when left out", Name), "world": WORLD}


class Cookie(TypedDict):
    name: str
    value: str
    domain: str
    path: str
    expires: float
    httpOnly: bool
    secure: bool
    sameSite: Literal["Lax"]


class StorageState(TypedDict):
    """As Playwright reads it."""

    cookies: list[Cookie]
    origins: list[dict[str, Any]]


def register(operations: Operations) -> None:
    operations.add("GET", "/storage-state", state, query=QUERY, answer=StorageState, refuses=(404,))


def state() -> Any:
    """A Playwright storage_state with the user logged in at the provider, in one world."""
    world = world_of(request.args.get("world") or TOWN).name
    return logged_in(world, user_of(world, request.args.get("user") or "zhangsan"))


def logged_in(world: str, user: User) -> dict[str, Any]:
    """A session of its own for each call, as a login would have made it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    sessions = app.session_interface
    answer = Response()
    with app.test_request_context("/"):
        session = sessions.open_session(app, request)
        assert session is not None
        session["users"] = {world: user.uid}
        session["since"] = {world: services().store.now(world)}
        session["sids"] = {world: fresh_id()}
        sessions.save_session(app, session, answer)
    [cookie] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    return {
        "cookies": [
            {
                "name": cookie.key,
                "value": cookie.value,
                "domain": host_of(services().settings.provider_url),
                "path": "/",
                "expires": -1,
                "httpOnly": True,
                "secure": bool(cookie["secure"]),
                "sameSite": "Lax",
            }
        ],
        "origins": [],
    }
