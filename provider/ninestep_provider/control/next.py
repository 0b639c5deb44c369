"""Armed decisions: who answers the coming authorization requests, and how. They queue and die after 10 minutes."""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from ninestep.digest import fresh_id
from ninestep.records import App, Decision

from ..services import services
from .found import app_of, user_of
from .nearest import near
from .operation import Body, Operations, enum
from .paging import PAGE, paged
from .problem import Problem

DECISIONS = ("approve", "deny")


class NewDecision(Body):
    user: str = "zhangsan"
    decision: Annotated[str, enum(*DECISIONS)] = "approve"
    scope: str | list[str] | None = None


def register(operations: Operations) -> None:
    path, example = "/apps/{appid}/next", {"user": "lisi", "decision": "deny"}
    operations.add("POST", path, arm, body=NewDecision, status=201, answer=Decision, example=example)
    operations.add("GET", path, all, query=PAGE, answer=list[Decision])
    operations.add("DELETE", path, empty, status=204)


def arm(appid: str, body: NewDecision) -> Any:
    """Arm one authorization; also silent scopes take it."""
    app = app_of(appid)
    decision = built(app, body)
    user_of(app.world, body.user)
    services().store.arm(app.world, app.appid, decision)
    return msgspec.structs.asdict(decision)


def built(app: App, body: NewDecision) -> Decision:
    """The decision that ``body`` asks for; its user is not looked for. Raises Problem 422."""
    if body.decision not in DECISIONS:
        fix = near(body.decision, DECISIONS)
        raise Problem(422, f"decision is {body.decision[:80]!r}", field="decision", fix=fix)
    scopes = body.scope.replace(",", " ").split() if isinstance(body.scope, str) else body.scope
    unknown = [scope for scope in scopes or () if scope not in app.scopes]
    if unknown:
        raise Problem(
            422,
            f"the app has no scope {unknown[0]!r}",
            field="scope",
            fix=near(unknown[0], app.scopes) or "leave it out",
        )
    return Decision(
        id=fresh_id(), user=body.user, decision=body.decision, scopes=scopes, armed_at=time.time()
    )


def all(appid: str) -> Any:
    """The armed decisions, first to be used first."""
    app = app_of(appid)
    return paged(
        services().store.armed(app.world, app.appid),
        lambda decision: (decision.armed_at, decision.id),
        show=lambda decisions: [msgspec.structs.asdict(found) for found in decisions],
    )


def empty(appid: str) -> None:
    """Disarm all."""
    app = services().store.app(appid)
    if app is not None:
        services().store.disarm(app.world, app.appid)
