"""Misbehaviour that somebody asked for: the first armed fault of an endpoint fires, and its hit is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ninestep.records import Fault

if TYPE_CHECKING:
    from .server import Context


def due(context: Context, endpoint: str) -> Fault | None:
    """The fault to render instead of an answer, or None. Counts its hit atomically, so `times` holds across workers."""
    if context.app is None or context.app.dialect != context.dialect.name:
        return None
    for fault in context.faults:
        if fault.endpoint == endpoint and context.services.store.fire(
            context.world, context.app.appid, fault
        ):
            context.draft.fault = fault.id
            if fault.status >= 500 or fault.error in ("server_error", "busy"):
                context.draft.fail(fault.error or f"http_{fault.status}")
            else:
                context.draft.refuse(fault.error or f"http_{fault.status}")
            return fault
    return None
