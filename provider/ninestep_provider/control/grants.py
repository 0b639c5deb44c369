"""Consents: what 授权管理 shows, for programs."""

from __future__ import annotations

from typing import Any

from flask import request
from ninestep.records import TOWN

from ..services import services
from .found import world_of
from .operation import Operations

QUERY = {"world": "the world; town when left out", "app": "only of this app", "user": "only of this user"}


def register(operations: Operations) -> None:
    operations.add("GET", "/grants", all, query=QUERY)
    operations.add("DELETE", "/grants", delete, status=204, query=QUERY)


def all() -> Any:
    """Consents of a world."""
    return services().store.grants(
        _world(), user=request.args.get("user", ""), appid=request.args.get("app", "")
    )


def delete() -> None:
    """Withdraw the consents that the query names; every token under them is dead."""
    world, store = _world(), services().store
    for grant in store.grants(world, user=request.args.get("user", ""), appid=request.args.get("app", "")):
        store.revoke_grant(world, grant.appid, grant.user)


def _world() -> str:
    return world_of(request.args.get("world") or TOWN).name
