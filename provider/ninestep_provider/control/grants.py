"""Consents: what 授权管理 shows, for programs."""

from __future__ import annotations

from typing import Any, TypedDict

import msgspec
from flask import request
from ninestep.records import TOWN, Grant

from ..services import services
from .found import app_of, gone, world_of
from .operation import Operations
from .paging import PAGE, paged
from .problem import Problem
from .query import Name, Param

QUERY = {
    "world": Param("the world; the app's or the town when left out", Name),
    "app": Param("only of this app", Name),
    "user": Param("only of this user", Name),
}


class GrantAnswer(TypedDict):
    """What a user allows an app. Times are seconds of the world's clock."""

    world: str
    id: str
    appid: str
    user: str
    scopes: list[str]
    since: float
    last_used: float


def register(operations: Operations) -> None:
    operations.add("GET", "/grants", all, query={**QUERY, **PAGE}, answer=list[GrantAnswer], refuses=(404,))
    operations.add("DELETE", "/grants", delete, status=204, query=QUERY)


def all() -> Any:
    """Consents of a world, by app and user."""
    world = _world()
    found = services().store.grants(
        world, user=request.args.get("user", ""), appid=request.args.get("app", "")
    )
    return paged(
        sorted(found, key=_key),
        _key,
        show=lambda grants: [{"world": world, **msgspec.structs.asdict(grant)} for grant in grants],
    )


def _key(grant: Grant) -> tuple[str, str]:
    return grant.appid, grant.user


def delete() -> None:
    """Withdraw the consents that the query names; every token under them is dead."""
    if not any(request.args.get(name) for name in QUERY):
        raise Problem(422, "say whose consents", field="query", fix="?world=… or ?app=… or ?user=…")
    store, named, app = services().store, request.args.get("world"), request.args.get("app")
    if gone(named or TOWN) if named or not app else store.app(app) is None:
        return
    world = _world()
    for grant in store.grants(world, user=request.args.get("user", ""), appid=request.args.get("app", "")):
        store.revoke_grant(world, grant.appid, grant.user)


def _world() -> str:
    """The one that is named, else the app's, else the town."""
    named, app = request.args.get("world"), request.args.get("app")
    return app_of(app).world if app and not named else world_of(named or TOWN).name
