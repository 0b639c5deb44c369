"""Misbehaviour that somebody asked for, at an endpoint of the provider (``ninestep.faults`` does it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ninestep import faults
from ninestep.faults.kinds import AT_START
from ninestep.records import AuthRequest, Fault

if TYPE_CHECKING:
    from .models import TokenCredential
    from .server import Context

ALTERED = "altered-"
again = faults.again


def due(context: Context, endpoint: str) -> Fault | None:
    """The fault to render instead of an answer, or None. Another dialect's client does not use it up."""
    app = context.app
    if app is None or app.dialect != context.dialect.name:
        return None
    store = context.services.store
    return faults.due(store, context.draft, app.world, app.appid, endpoint, armed=context.faulty)


def due_for(context: Context, found: TokenCredential, endpoint: str) -> Fault | None:
    """As ``due``, where only a token says whose call it is."""
    store, appid = context.services.store, found.record.appid
    return faults.due(store, context.draft, found.world, appid, endpoint, armed=context.faulty)


def status_due(context: Context, wanted: AuthRequest, endpoint: str) -> Fault | None:
    """As ``due``, for a step of an authorization: a wrong state or issuer is put into the request itself, and so comes
    back with the answer, however many pages later."""
    fault = due(context, endpoint)
    if fault is None or fault.kind not in AT_START:
        return fault
    if fault.kind == "wrong_iss":
        right = context.services.settings.provider_url
        wanted.issuer = f"{right}/{ALTERED.rstrip('-')}" if fault.value is None else str(fault.value)
        faults.note(context.draft, fault)
        return None
    sent, wanted.state = wanted.state, ALTERED + wanted.state if fault.value is None else str(fault.value)
    wanted.params = {**wanted.params, "state": wanted.state}
    context.draft.state_altered = wanted.state != sent
    return None
