"""Misbehaviour on demand, first slice: a dialect's error by its neutral name, or a bare HTTP status, so many times."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.digest import fresh_id
from ninestep.records import Fault
from ninestep.trace.vocabulary import ENDPOINTS

from ..services import services
from .found import app_of
from .operation import Body, Operations
from .problem import Problem


class NewFault(Body):
    endpoint: str
    error: str = ""
    status: int = 0
    times: int | None = 1


def register(operations: Operations) -> None:
    operations.add("POST", "/apps/{appid}/faults", create, body=NewFault, status=201)
    operations.add("GET", "/apps/{appid}/faults", all, query={"unfired": "1: only those that never fired"})
    operations.add("DELETE", "/apps/{appid}/faults", empty, status=204)
    operations.add("DELETE", "/apps/{appid}/faults/{id}", delete, status=204)


def create(appid: str, body: NewFault) -> Any:
    """Arm a fault; every worker of every service sees it at its next request."""
    app = app_of(appid)
    if body.endpoint not in ENDPOINTS:
        raise Problem(422, f"no endpoint {body.endpoint!r}", field="endpoint", fix=", ".join(ENDPOINTS))
    if bool(body.error) == bool(body.status):
        raise Problem(422, "say error or status, one of them", field="error", fix='{"error": "server_error"}')
    if body.error and body.endpoint not in ENDPOINTS_OF.get(body.error, ()):
        fitting = [name for name, places in ENDPOINTS_OF.items() if body.endpoint in places]
        raise Problem(
            422, f"{body.error!r} cannot happen at {body.endpoint}", field="error", fix=", ".join(fitting)
        )
    if body.status and not 400 <= body.status <= 599:
        raise Problem(422, f"status is {body.status}", field="status", fix="400 to 599")
    if body.times is not None and body.times < 1:
        raise Problem(422, f"times is {body.times}", field="times", fix="1 or more, null for until deleted")
    fault = Fault(
        id=fresh_id(6), endpoint=body.endpoint, error=body.error, status=body.status, times=body.times
    )
    services().store.save_fault(app.world, app.appid, fault)
    return shown(fault)


def all(appid: str) -> Any:
    """An app's faults with their hits."""
    app = app_of(appid)
    faults = services().store.faults(app.world, app.appid)
    unfired = request.args.get("unfired") == "1"
    return [shown(fault) for fault in faults if not (unfired and fault.hits)]


def empty(appid: str) -> None:
    """Delete all faults of an app."""
    app = services().store.app(appid)
    if app is not None:
        services().store.delete_faults(app.world, app.appid)


def delete(appid: str, id: str) -> None:
    """Delete one fault."""
    app = services().store.app(appid)
    if app is not None:
        services().store.delete_faults(app.world, app.appid, id)


def shown(fault: Fault) -> dict[str, Any]:
    return msgspec.structs.asdict(fault)
