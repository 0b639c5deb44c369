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

# Parameter -> how the record that it names is kept, and what it is.
ONCE: dict[str, tuple[str, type[Code | Device | Token]]] = {
    "code": ("code", Code),
    "refresh_token": ("refresh", Token),
    DEVICE_CODE: (DEVICE_CODE, Device),
}


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
    named = {name: kind for name, (kind, _) in ONCE.items() if params.get(name)}
    once = {name: store.peek_once(batch, world, kind, params[name]) for name, kind in named.items()}
    batch.run()
    context.app, context.now = app.value, now(town.value, clock.value)
    context.faulty, context.armed, context.stepping = faulty.value, armed.value, stepping.value
    context.waiting = waiting.value if waiting else ""
    context.records = {name: (live.value, spent.value) for name, (live, spent) in once.items()}
    _join_flow(context)
    draft.at = context.now
    if context.app is not None:
        draft.reveal = bool(policy(context.app, "reveal"))
    return context


def _join_flow(context: Context) -> None:
    """The flow is the code's or the token's, also when the call is going to be refused, or broken by a fault."""
    for name, (live, spent) in context.records.items():
        record = decode(ONCE[name][1], live or spent)
        if record is not None:
            context.draft.flow, context.draft.user = record.flow, record.user
            return
