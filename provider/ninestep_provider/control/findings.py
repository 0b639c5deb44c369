"""What the doctor says about a flow (design.md §8)."""

from __future__ import annotations

from typing import Any

from ninestep.trace import doctor
from ninestep.trace.doctor import Context, Finding
from ninestep.trace.reader import Flow

from ..services import services
from .flows import WAIT, flow_named
from .operation import Operations


def register(operations: Operations) -> None:
    operations.add("GET", "/flows/{flow}/findings", findings, query=WAIT, answer=list[Finding])


def findings(flow: str) -> Any:
    """What the doctor says, the worst first; an empty list is a result, too."""
    return of(flow_named(flow))


def of(flow: Flow) -> list[Finding]:
    """Findings of a flow as it is now."""
    parts = services()
    exchanges = parts.reader.exchanges(flow.world, flow.id)
    return doctor.findings(flow, exchanges, context_of(flow))


def context_of(flow: Flow) -> Context:
    parts = services()
    app = parts.store.app(flow.app) if flow.app else None
    return Context(
        reader=parts.reader,
        world=flow.world,
        app=app if app and app.world == flow.world else None,
        production=parts.settings.production,
    )
