"""Worlds: the unit of isolation. One made by POST ends 24 h after its last use or with its last app."""

from __future__ import annotations

import secrets
import time
from typing import Any

import msgspec
from ninestep.records import TOWN, World
from ninestep.store.worlds import GRACE

from ..services import services
from .found import checked_name, world_of
from .operation import Body, Operations
from .paging import PAGE, paged
from .problem import Problem
from .query import Name

LIFE = 24 * 3600
GLANCE = 16  # worlds that a new one looks at: enough to keep up with what POST makes, and no more work with thousands


class NewWorld(Body):
    name: Name = ""


def register(operations: Operations) -> None:
    operations.add("GET", "/worlds", all, query=PAGE, answer=list[World])
    operations.add("POST", "/worlds", create, body=NewWorld, status=201, answer=World, refuses=(409,))
    operations.add("GET", "/worlds/{world}", one, answer=World)
    operations.add("PUT", "/worlds/{world}", put, status=201, answer=World)
    operations.add("DELETE", "/worlds/{world}", delete, status=204, refuses=(409,))


def all() -> Any:
    """Every world that is alive, by name."""
    return paged(
        alive(),
        lambda world: (world.name,),
        show=lambda worlds: [told(world) for world in worlds],
    )


def alive() -> list[World]:
    sweep()
    return services().store.worlds()


def create(body: NewWorld) -> Any:
    """A fresh world; its name is made up when left out."""
    return told(made(checked_name(body.name, "name") if body.name else ""))


def one(world: str) -> Any:
    """One world."""
    return told(world_of(world))


def put(world: str) -> Any:
    """A world with a chosen name, which stays until it is deleted."""
    checked_name(world, "world")
    store, now = services().store, time.time()
    fresh = World(name=world, created_at=now, last_used=now, pinned=True)
    if store.make_world(fresh):
        return told(fresh), 201
    known = msgspec.structs.replace(world_of(world), pinned=True)
    store.save_world(known)
    return told(known), 200


def delete(world: str) -> None:
    """The world with everything in it."""
    if world == TOWN:
        raise Problem(409, "the seeded town stays; POST /reset empties it")
    services().store.delete_world(world)


def made(name: str = "") -> World:
    """A world as POST makes it; also what an app without a world gets."""
    sweep(GLANCE)
    now = time.time()
    record = World(name=name or "w" + secrets.token_hex(6), created_at=now, last_used=now)
    if not services().store.make_world(record):
        raise Problem(
            409, f"there is a world {name!r} already", field="name", fix="PUT /worlds/{world} is idempotent"
        )
    return record


def told(world: World) -> dict[str, Any]:
    return msgspec.structs.asdict(world)


def sweep(sample: int = 0) -> None:
    """End the worlds that nobody used for a day, neither here nor on the stage."""
    store, reader = services().store, services().reader
    oldest = time.time() - LIFE
    store.clear_ended(time.time() - GRACE)
    for world in store.worlds(sample=sample):
        if world.pinned or world.last_used >= oldest:
            continue
        newest = reader.flows(world.name, limit=1)
        if not newest or newest[0].updated_real < oldest:
            store.delete_world(world.name)
