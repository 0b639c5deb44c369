"""Worlds: the unit of isolation. One made by POST ends 24 h after its last use or with its last app."""

from __future__ import annotations

import secrets
import time
from typing import Any

from ninestep.records import TOWN, World

from ..services import services
from .found import checked_name, world_of
from .operation import Body, Operations
from .problem import Problem

LIFE = 24 * 3600


class NewWorld(Body):
    name: str = ""


def register(operations: Operations) -> None:
    operations.add("GET", "/worlds", all)
    operations.add("POST", "/worlds", create, body=NewWorld, status=201)
    operations.add("GET", "/worlds/{world}", one)
    operations.add("PUT", "/worlds/{world}", put, status=201)
    operations.add("DELETE", "/worlds/{world}", delete, status=204)


def all() -> Any:
    """Every world that is alive."""
    sweep()
    return services().store.worlds()


def create(body: NewWorld) -> Any:
    """A fresh world; its name is made up when left out."""
    name = checked_name(body.name, "name") if body.name else ""
    if name and any(world.name == name for world in services().store.worlds()):
        raise Problem(
            409, f"there is a world {name!r} already", field="name", fix="PUT /worlds/{world} is idempotent"
        )
    return made(name)


def one(world: str) -> Any:
    """One world."""
    return world_of(world)


def put(world: str) -> Any:
    """A world with a chosen name, which stays until it is deleted."""
    checked_name(world, "world")
    store = services().store
    known = {found.name: found for found in store.worlds()}
    if world in known and known[world].pinned:
        return known[world], 200
    now = time.time()
    record = World(
        name=world, created_at=known[world].created_at if world in known else now, last_used=now, pinned=True
    )
    store.save_world(record)
    return record, 200 if world in known else 201


def delete(world: str) -> None:
    """The world with everything in it."""
    if world == TOWN:
        raise Problem(409, "the seeded town stays; POST /reset empties it")
    services().store.delete_world(world)


def made(name: str = "") -> World:
    """A world as POST makes it; also what an app without a world gets."""
    sweep()
    now = time.time()
    record = World(name=name or "w" + secrets.token_hex(6), created_at=now, last_used=now)
    services().store.save_world(record)
    return record


def sweep() -> None:
    """End the worlds that nobody used for a day, neither here nor on the stage."""
    store, reader = services().store, services().reader
    oldest = time.time() - LIFE
    for world in store.worlds():
        if world.pinned or world.last_used >= oldest:
            continue
        newest = reader.flows(world.name, limit=1)
        if not newest or newest[0].updated_real < oldest:
            store.delete_world(world.name)
