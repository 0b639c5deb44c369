"""What a request needs from Redis, in two round trips: the app by its id, then everything of its world at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ninestep.clock import now
from ninestep.dialects import policy
from ninestep.records import TOWN

from .dialect import Dialect
from .server import Context

if TYPE_CHECKING:
    from ninestep.trace import Draft

    from ..services import Services


def read(
    services: Services, dialect: Dialect, draft: Draft, appid: str, params: Mapping[str, str] | None = None
) -> Context:
    """The context of a request by ``appid``; with ``params`` also the code and refresh token that they name."""
    store = services.store
    batch = store.batch()
    found, town = store.find_app(batch, appid), store.read_clock(batch)
    batch.run()
    world = found.value
    context = Context(services, dialect, draft)
    draft.world, draft.app = world or TOWN, appid[:64]
    if world is None:
        context.now = now(town.value, None)
        return context
    params = params or {}
    batch = store.batch()
    app, clock = store.read_app(batch, world, appid), store.read_clock(batch, world)
    faults, armed = store.read_faults(batch, world, appid), store.count_armed(batch, world, appid)
    code = store.peek_once(batch, world, "code", params["code"]) if params.get("code") else None
    refresh = None
    if params.get("refresh_token"):
        refresh = store.peek_once(batch, world, "refresh", params["refresh_token"])
    batch.run()
    context.app, context.now = app.value, now(town.value, clock.value)
    context.faults, context.armed = faults.value, armed.value
    if code:
        context.codes = code[0].value, code[1].value
    if refresh:
        context.refresh = refresh[0].value, refresh[1].value
    draft.at = context.now
    if context.app is not None:
        draft.reveal = bool(policy(context.app, "reveal"))
    return context
