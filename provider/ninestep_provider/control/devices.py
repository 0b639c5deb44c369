"""Devices without a browser: who waits, and what a user would have answered (RFC 8628)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from ninestep.digest import fresh_id
from ninestep.records import Device
from ninestep.trace.http import current

from ..dialects import DIALECTS
from ..engine import authorization, devices
from ..engine.reading import read
from ..engine.server import server
from ..services import services
from .found import app_of, user_of
from .nearest import near
from .next import DECISIONS
from .operation import Body, Operations, enum
from .paging import PAGE, paged
from .problem import Problem, missing


class NewAnswer(Body):
    user: str = "zhangsan"
    decision: Annotated[str, enum(*DECISIONS)] = "approve"
    scope: str | list[str] | None = None


class DeviceAnswer(TypedDict):
    """A device by what it shows; its device_code is its client's alone. Times are seconds of the world's clock."""

    user_code: str
    state: Literal["pending", "approved", "denied", "expired", "spent"]
    appid: str
    user: str
    scopes: list[str]
    started_at: float
    expires_in: float
    interval: int
    flow: str


class DeviceState(TypedDict):
    state: Literal["approved", "denied"]


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/devices", all, query=PAGE, answer=list[DeviceAnswer])
    operations.add(
        "POST",
        "/devices/{user_code}",
        answer,
        body=NewAnswer,
        answer=DeviceState,
        refuses=(404, 409),
        example={"user": "lisi", "decision": "approve"},
    )


def all(appid: str) -> Any:
    """An app's devices, newest first, also those that are over."""
    app = app_of(appid)
    return paged(_in_world(app.world, app.appid), _age, newest_first=True)


def waiting(world: str, appid: str = "") -> list[dict[str, Any]]:
    """Those of an app or of a whole world that can be answered, newest first."""
    return [device for device in _in_world(world, appid) if device["state"] == "pending"]


def answer(user_code: str, body: NewAnswer) -> Any:
    """Answer a device as a user would who typed its code."""
    if body.decision not in DECISIONS:
        fix = near(body.decision, DECISIONS)
        raise Problem(422, f"decision is {body.decision[:80]!r}", field="decision", fix=fix)
    store = services().store
    place = store.find_device(devices.typed(user_code))
    device = store.device(*place) if place else None
    if place is None or device is None:
        raise missing("device", user_code, fix="GET /_mock/api/apps/{appid}/devices")
    app = app_of(device.appid)
    user = user_of(app.world, body.user)
    scopes = body.scope.replace(",", " ").split() if isinstance(body.scope, str) else body.scope
    more = [scope for scope in scopes or () if scope not in device.scopes]
    if more:
        raise Problem(
            422, f"the device did not ask for {more[0]!r}", field="scope", fix=" ".join(device.scopes)
        )
    draft = current().begin("device.answered", flow=device.flow, user=user.uid)
    context = read(services(), DIALECTS[app.dialect], draft, app.appid)
    wanted = devices.request_of(context, place[1], device)
    context.auth_time, context.sid = context.now, fresh_id()  # a login of its own
    try:
        if body.decision == "deny":
            authorization.deny(context, wanted)
        else:
            authorization.approve(server(), context, wanted, user, scopes or device.scopes)
    except authorization.Refused as problem:
        draft.refuse(problem.reason)
        raise Problem(409, f"{user.uid} may not answer it: {problem.reason}", field="user") from None
    if draft.error == "device_answered":
        over = "its time is over" if device.state == "pending" else f"user {device.user!r} has answered it"
        raise Problem(409, f"device {devices.shown(device.user_code)}: {over}", field="user_code")
    return {"state": "denied" if body.decision == "deny" else "approved"}


def _in_world(world: str, appid: str) -> list[dict[str, Any]]:
    store = services().store
    moment = store.now(world)
    shown = [_told(device, spent, moment) for device, spent in store.devices(world, appid)]
    return sorted(shown, key=_age, reverse=True)


def _age(device: dict[str, Any]) -> tuple[float, str]:
    return device["started_at"], device["user_code"]


def _told(device: Device, spent: bool, moment: float) -> dict[str, Any]:
    return {
        "user_code": devices.shown(device.user_code),
        "state": "spent" if spent else device.state_at(moment),
        "appid": device.appid,
        "user": device.user,
        "scopes": device.scopes,
        "started_at": device.started_at,
        "expires_in": round(device.expires_at - moment, 3),
        "interval": device.interval,
        "flow": device.flow,
    }
