"""Finding a flow by its id alone, as pages link to it."""

from __future__ import annotations

from ninestep.trace.reader import Flow

from ..services import services


def flow_of(name: str) -> Flow | None:
    parts = services()
    world = parts.reader.world_of(name[:64], [known.name for known in parts.store.worlds()])
    return parts.reader.flow(world, name[:64]) if world else None
