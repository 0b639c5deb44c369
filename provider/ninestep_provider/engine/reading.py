"""What a request needs from Redis, in one round trip: the app and everything of its world at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ninestep.clock import now
from ninestep.dialects import policy
from ninestep.records import TOWN, Code, Device, Token, decode
from ninestep.store.devices import DEVICE_CODE
from ninestep.trace.vocabulary import ENDPOINT_OF

from .dialect import Dialect
from .server import Context

if TYPE_CHECKING:
    from ninestep.trace import Draft

    from ..services import Services


def read(
    services: Services,
    dialect: Dialect,
    draft: Draft,
    appid: str,
    params: Mapping[str, str] | None = None,
    *,
    endpoint: str = "",
) -> Context:
    """The context of a request by ``appid``; with ``params`` also the code, refresh token, device code and waiting flow
    that they name. ``endpoint`` is whose faults matter, where the draft has no name yet."""
    world = services.store.world_of_app(appid)
    endpoint = endpoint or ENDPOINT_OF.get(draft.name, "")
    context = _read(services, dialect, draft, appid, world, params or {}, endpoint)
    if world is not None and context.app is None:  # remembered, and gone meanwhile
        world = services.store.world_of_app(appid, again=True)
        context = _read(services, dialect, draft, appid, world, params or {}, endpoint)
    return context


def _read(
    services: Services,
    dialect: Dialect,
    draft: Draft,
    appid: str,
    world: str | None,
    params: Mapping[str, str],
    endpoint: str,
) -> Context:
    store, place = services.store, world or TOWN
    context = Context(services, dialect, draft)
    draft.world, draft.app = place, appid[:64]
    batch = store.batch()
    town = store.read_clock(batch)
    waiting = services.recorder.read_waiting(batch, draft, params.get("state", ""))
    if world is None:
        batch.run()
        context.now, context.waiting = now(town.value, None), waiting.value if waiting else ""
        return context
    app, clock = store.read_app(batch, world, appid), store.read_clock(batch, world)
    faulty, armed = store.read_armed(batch, world, appid, endpoint), store.count_armed(batch, world, appid)
    stepping = store.read_stepping(batch, world)
    code = store.peek_once(batch, world, "code", params["code"]) if params.get("code") else None
    refresh = None
    if params.get("refresh_token"):
        refresh = store.peek_once(batch, world, "refresh", params["refresh_token"])
    device = None
    if params.get(DEVICE_CODE):
        device = store.peek_once(batch, world, DEVICE_CODE, params[DEVICE_CODE])
    batch.run()
    context.app, context.now = app.value, now(town.value, clock.value)
    context.faulty, context.armed, context.stepping = faulty.value, armed.value, stepping.value
    context.waiting = waiting.value if waiting else ""
    if code:
        context.codes = code[0].value, code[1].value
    if refresh:
        context.refresh = refresh[0].value, refresh[1].value
    if device:
        context.device = device[0].value, device[1].value
    _join_flow(context)
    draft.at = context.now
    if context.app is not None:
        draft.reveal = bool(policy(context.app, "reveal"))
    return context


def _join_flow(context: Context) -> None:
    """The flow is the code's or the token's, also when the call is going to be refused, or broken by a fault."""
    raw = next((r for r in (*context.codes, *context.refresh, *context.device) if r), None)
    if raw is None:
        return
    kind: type[Code | Device | Token]
    kind = Code if raw in context.codes else Device if raw in context.device else Token
    record = decode(kind, raw)
    if record is not None:
        context.draft.flow, context.draft.user = record.flow, record.user
