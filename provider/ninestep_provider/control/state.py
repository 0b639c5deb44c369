"""The town at a glance, and back to how it began."""

from __future__ import annotations

from typing import Any, TypedDict

from flask import current_app
from ninestep.clock import now
from ninestep.records import TOWN

from .. import seeds
from ..services import services
from . import apps
from . import seed as seed_file
from .found import app_of, world_said
from .operation import Body, Operations
from .paging import PAGE, paged
from .query import Name


class Reset(Body):
    world: Name = TOWN


class WorldState(TypedDict):
    """A world in numbers; ``now`` is its clock's, in seconds since 1970."""

    world: str
    now: float
    apps: int
    users: int
    grants: int
    flows: int
    tokens: int


class StateAnswer(TypedDict):
    worlds: list[WorldState]


class ResetAnswer(TypedDict):
    appid: str
    world: str
    grants: int  # consents that were taken back


def register(operations: Operations) -> None:
    operations.add("GET", "/state", state, query=PAGE, answer=StateAnswer)
    operations.add("POST", "/reset", reset, body=Reset, answer=WorldState, example={"world": TOWN})
    operations.add("POST", "/apps/{appid}/reset", reset_app, answer=ResetAnswer)


def state() -> Any:
    """Worlds with what they hold."""
    names = [world.name for world in services().store.worlds()]
    return paged(names, lambda name: (name,), show=lambda names: {"worlds": told(names)})


def reset(body: Reset) -> Any:
    """Empty a world of codes, tokens, consents, flows, decisions, faults and time; the town gets its seeds back."""
    world = world_said(body.world or TOWN).name
    services().store.empty_world(world)
    if world == TOWN:
        seeds.restore(services())
    seed_file.again(current_app, world)
    return told([world])[0]


def reset_app(appid: str) -> Any:
    """Forget what one app was given: consents, and with them its codes and tokens; tokens of its own, sessions,
    devices, decisions, faults. The app itself, its followers, its flows and the world's clock stay."""
    app, store = app_of(appid), services().store
    given = store.grants(app.world, appid=app.appid)
    for grant in given:
        store.revoke_grant(app.world, app.appid, grant.user)
    store.disarm(app.world, app.appid)
    store.delete_faults(app.world, app.appid)
    apps.end_own(app)
    return {"appid": app.appid, "world": app.world, "grants": len(given)}


def told(worlds: list[str]) -> list[dict[str, Any]]:
    """Each world in numbers, all in one round trip."""
    store, batch = services().store, services().store.batch()
    keys, town = store.keys, store.read_clock(batch)
    counts = {"apps": keys.apps, "users": keys.users, "grants": keys.grants}
    found = [
        (
            world,
            store.read_clock(batch, world),
            {name: batch.call("scard", key(world), decode=int) for name, key in counts.items()},
            batch.call("zcard", keys.flows(world), decode=int),
            batch.call("zrange", keys.index(world), 0, -1, decode=_tokens),
        )
        for world in worlds
    ]
    batch.run()
    return [
        {
            "world": world,
            "now": now(town.value, clock.value),
            **{name: count.value for name, count in sizes.items()},
            "flows": flows.value,
            "tokens": tokens.value,
        }
        for world, clock, sizes, flows, tokens in found
    ]


def _tokens(tails: list[bytes]) -> int:
    return sum(tail.startswith((b"access:", b"refresh:")) for tail in tails)
