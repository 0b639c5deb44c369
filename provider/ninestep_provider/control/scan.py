"""QR codes without a phone: who waits, and what a user would have done (wire.md B.2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from flask import request
from ninestep.records import Scan
from ninestep.trace.http import current

from ..dialects.wechat.website import scanning
from ..engine import authorization
from ..services import services
from .found import user_of, world_of
from .nearest import near
from .operation import Body, Operations, enum
from .paging import PAGE, paged
from .problem import Problem, missing
from .query import WORLD

ACTIONS = ("scan", "confirm", "deny", "expire")


class Act(Body):
    uuid: str
    user: str = "zhangsan"
    action: Annotated[str, enum(*ACTIONS)] = "confirm"


class ScanAnswer(TypedDict):
    """A QR code that waits; ``age`` and ``expires_in`` are seconds of the world's clock."""

    uuid: str
    state: Literal["waiting", "scanned", "denied"]
    appid: str
    name: str
    redirect_uri: str
    address: str
    browser: str
    user: str
    age: float
    expires_in: float


class ScanState(TypedDict):
    state: Literal["waiting", "scanned", "confirmed", "denied", "expired"]


EXAMPLE = {"uuid": "as GET /_mock/api/scan lists it", "user": "zhangsan", "action": "confirm"}


def register(operations: Operations) -> None:
    query = {"world": WORLD, **PAGE}
    operations.add("GET", "/scan", waiting, query=query, answer=list[ScanAnswer], refuses=(404,))
    operations.add("POST", "/scan", act, body=Act, answer=ScanState, refuses=(404, 409), example=EXAMPLE)


def waiting() -> Any:
    """QR codes of a world that can still be answered, newest first: who asks, from where, since when."""
    world, store = world_of(request.args.get("world") or "town").name, services().store
    now = store.now(world)
    open_ = [scan for scan in store.scans(world) if scan.state_at(now) in ("waiting", "scanned", "denied")]
    names = {app.appid: app.name for app in store.apps(world)}
    return paged(
        sorted(open_, key=_age, reverse=True),
        _age,
        show=lambda scans: [_shown(scan, names, now) for scan in scans],
        newest_first=True,
    )


def _age(scan: Scan) -> tuple[float, str]:
    return scan.request.created_at, scan.uuid


def act(body: Act) -> Any:
    """Scan a QR code, confirm or refuse it as a user, or end its time."""
    if body.action not in ACTIONS:
        raise Problem(422, f"action is {body.action[:80]!r}", field="action", fix=near(body.action, ACTIONS))
    found = scanning.find(body.uuid)
    if found is None:
        raise missing("QR code", body.uuid)
    context, scan = found
    if body.action == "expire":
        return {"state": scanning.expire(context, body.uuid).state_at(context.now)}
    user = user_of(context.world, body.user)
    given = body.action in ("confirm", "deny")
    draft = current().begin("consent.given" if given else "qr.scanned", flow=scan.request.flow, user=user.uid)
    if scan.user == user.uid and scan.state == "confirmed":
        draft.name = ""  # nothing changes: no message either
    do = {"scan": scanning.scan, "confirm": scanning.confirm, "deny": scanning.deny}[body.action]
    try:
        return {"state": do(context, body.uuid, user).state}
    except scanning.NotYours as problem:
        draft.steps = (0, 0)
        draft.refuse(problem.reason)
        told = "its time is over" if problem.reason == "expired" else f"user {scan.user!r} has scanned it"
        field = "uuid" if problem.reason == "expired" else "user"
        raise Problem(409, f"QR code {body.uuid!r}: {told}", field=field) from None
    except authorization.Refused as problem:
        draft.refuse(problem.reason)
        raise Problem(409, f"the app may no longer ask: {problem.reason}", field="uuid") from None


def _shown(scan: Scan, names: dict[str, str], now: float) -> dict[str, Any]:
    wanted = scan.request
    return {
        "uuid": scan.uuid,
        "state": scan.state,
        "appid": wanted.appid,
        "name": names.get(wanted.appid, wanted.appid),
        "redirect_uri": wanted.redirect_uri,
        "address": scan.address,
        "browser": scan.browser,
        "user": scan.user,
        "age": round(now - wanted.created_at, 3),
        "expires_in": round(scan.expires_at - now, 3),
    }
