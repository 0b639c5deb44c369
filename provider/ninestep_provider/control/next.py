"""Armed decisions: who answers the coming authorization requests, and how. They queue and die after 10 minutes."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from ninestep.digest import fresh_id
from ninestep.records import Decision

from ..services import services
from .found import app_of, user_of
from .operation import Body, Operations
from .problem import Problem


class NewDecision(Body):
    user: str = "zhangsan"
    decision: str = "approve"
    scope: str | list[str] | None = None


def register(operations: Operations) -> None:
    operations.add("POST", "/apps/{appid}/next", arm, body=NewDecision, status=201)
    operations.add("GET", "/apps/{appid}/next", all)
    operations.add("DELETE", "/apps/{appid}/next", empty, status=204)


def arm(appid: str, body: NewDecision) -> Any:
    """Arm one authorization; also silent scopes take it."""
    app = app_of(appid)
    if body.decision not in ("approve", "deny"):
        raise Problem(422, f"decision is {body.decision!r}", field="decision", fix="approve or deny")
    user_of(app.world, body.user)
    scopes = body.scope.replace(",", " ").split() if isinstance(body.scope, str) else body.scope
    unknown = [scope for scope in scopes or () if scope not in app.scopes]
    if unknown:
        raise Problem(422, f"the app has no scope {unknown[0]!r}", field="scope", fix=", ".join(app.scopes))
    decision = Decision(
        id=fresh_id(), user=body.user, decision=body.decision, scopes=scopes, armed_at=time.time()
    )
    services().store.arm(app.world, app.appid, decision)
    return msgspec.structs.asdict(decision)


def all(appid: str) -> Any:
    """The armed decisions, first to be used first."""
    app = app_of(appid)
    return [msgspec.structs.asdict(found) for found in services().store.armed(app.world, app.appid)]


def empty(appid: str) -> None:
    """Disarm all."""
    app = services().store.app(appid)
    if app is not None:
        services().store.disarm(app.world, app.appid)
