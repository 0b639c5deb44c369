"""QR codes without a phone: who waits, and what a user would have done (wire.md B.2)."""

from __future__ import annotations

from typing import Any

from flask import request
from ninestep.records import Scan
from ninestep.trace.http import current

from ..dialects.wechat.website import scanning
from ..engine import authorization
from ..services import services
from .found import user_of, world_of
from .operation import Body, Operations
from .problem import Problem, missing

ACTIONS = ("scan", "confirm", "deny", "expire")


class Act(Body):
    uuid: str
    user: str = "zhangsan"
    action: str = "confirm"


def register(operations: Operations) -> None:
    operations.add("GET", "/scan", waiting, query={"world": "the world whose codes are listed"})
    operations.add("POST", "/scan", act, body=Act)


def waiting() -> Any:
    """QR codes of a world that can still be answered, newest first: who asks, from where, since when."""
    world, store = world_of(request.args.get("world") or "town").name, services().store
    now = store.now(world)
    open_ = [scan for scan in store.scans(world) if scan.state_at(now) in ("waiting", "scanned", "denied")]
    names = {app.appid: app.name for app in store.apps(world)}
    newest_first = sorted(open_, key=lambda scan: scan.request.created_at, reverse=True)
    return [_shown(scan, names, now) for scan in newest_first]


def act(body: Act) -> Any:
    """Scan a QR code, confirm or refuse it as a user, or end its time."""
    if body.action not in ACTIONS:
        raise Problem(422, f"action is {body.action!r}", field="action", fix=", ".join(ACTIONS))
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
