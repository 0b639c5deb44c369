"""The town at a glance, and back to how it began."""

from __future__ import annotations

from typing import Any

from ninestep.records import TOWN

from .. import seeds
from ..services import services
from .found import world_of
from .operation import Body, Operations


class Reset(Body):
    world: str = TOWN


def register(operations: Operations) -> None:
    operations.add("GET", "/state", state)
    operations.add("POST", "/reset", reset, body=Reset)


def state() -> Any:
    """Worlds with what they hold."""
    parts = services()
    return {"worlds": [_told(world.name) for world in parts.store.worlds()]}


def reset(body: Reset) -> Any:
    """Empty a world of codes, tokens, consents, flows, decisions, faults and time; the town gets its seeds back."""
    parts = services()
    world = world_of(body.world)
    apps, users = parts.store.apps(world.name), parts.store.users(world.name)
    own = [user for user in users if user.world == world.name]
    parts.store.delete_world(world.name)
    parts.store.save_world(world)
    if world.name == TOWN:
        parts.store.redis.delete(parts.store.keys.seeded)
        seeds.seed(parts)
    else:
        for app in apps:
            parts.store.save_app(app)
        for user in own:
            parts.store.save_user(user)
    return _told(world.name)


def _told(world: str) -> dict[str, Any]:
    store, reader = services().store, services().reader
    return {
        "world": world,
        "now": store.now(world),
        "apps": [app.appid for app in store.apps(world)],
        "users": [user.uid for user in store.users(world)],
        "grants": len(store.grants(world)),
        "tokens": len(store.tails(world, "access:")) + len(store.tails(world, "refresh:")),
        "flows": len(reader.flows(world)),
    }
