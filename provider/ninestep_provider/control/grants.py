"""Consents: what 授权管理 shows, for programs."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request
from ninestep.records import TOWN

from ..services import services
from .found import app_of, world_of
from .operation import Operations
from .problem import Problem

QUERY = {"world": "the world; town when left out", "app": "only of this app", "user": "only of this user"}


def register(operations: Operations) -> None:
    operations.add("GET", "/grants", all, query=QUERY)
    operations.add("DELETE", "/grants", delete, status=204, query=QUERY)


def all() -> Any:
    """Consents of a world."""
    world = _world()
    found = services().store.grants(
        world, user=request.args.get("user", ""), appid=request.args.get("app", "")
    )
    return [{"world": world, **msgspec.structs.asdict(grant)} for grant in found]


def delete() -> None:
    """Withdraw the consents that the query names; every token under them is dead."""
    if not any(request.args.get(name) for name in QUERY):
        raise Problem(422, "say whose consents", field="query", fix="?world=… or ?app=… or ?user=…")
    world, store = _world(), services().store
    for grant in store.grants(world, user=request.args.get("user", ""), appid=request.args.get("app", "")):
        store.revoke_grant(world, grant.appid, grant.user)


def _world() -> str:
    """The one that is named, else the app's, else the town."""
    named, app = request.args.get("world"), request.args.get("app")
    return app_of(app).world if app and not named else world_of(named or TOWN).name
