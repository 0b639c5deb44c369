"""Looking things up for a call, or saying that they are not there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from ninestep.records import TOWN, App, User, World
from ninestep.store import Later

from ..services import services
from .nearest import MOST, near
from .problem import Problem, missing
from .query import NAMED, NAMED_FIX

NAME = re.compile(NAMED)
FRESH = 60  # seconds in which a world that was used need not be told again


def checked_name(value: str, field: str) -> str:
    if not NAME.fullmatch(value):
        raise Problem(422, f"{field} {value[:80]!r} is no name", field=field, fix=NAMED_FIX)
    return value


def app_of(appid: str) -> App:
    app = services().store.app(appid)
    if app is None:
        raise missing("app", appid, _appids(), fix="GET /_mock/api/apps")
    world_of(app.world)
    return app


def user_of(world: str, uid: str, field: str = "user") -> User:
    user = services().store.user(world, uid)
    if user is None or user.deleted:
        fix = near(uid, uids(world)) or "GET /_mock/api/users"
        raise Problem(422, f"world {world} has no user {uid[:80]!r}", field=field, fix=fix)
    return user


def uids(world: str) -> list[str]:
    """Of everybody whom a world sees, and of those who are deleted."""
    keys = services().store.keys
    return _members(keys.users(name) for name in dict.fromkeys((world, TOWN)))


def gone(world: str) -> bool:
    """Whether there is no such world: what was in it needs no deleting."""
    store = services().store
    batch = store.batch()
    found = store.read_world(batch, world)
    batch.run()
    return found.value is None


def world_said(name: str) -> World:
    """The one that a body names: where it is not there, a field is wrong (422), not the address of the call."""
    return world_of(name, status=422)


def world_of(name: str, *, status: int = 404) -> World:
    """A world that is there; using it keeps it alive."""
    store = services().store
    batch = store.batch()
    found = store.read_world(batch, name)
    batch.run()
    if found.value is None:
        raise missing("world", name, _worlds(), fix="GET /_mock/api/worlds", status=status)
    now = time.time()
    if not found.value.pinned and found.value.last_used < now - FRESH:
        store.touch_world(name, now)
    return found.value


def _worlds() -> list[str]:
    """Names to compare with: all where they are few, some of many."""
    return sorted(world.name for world in services().store.worlds(sample=MOST))


def _appids() -> list[str]:
    """The town's, and those of some worlds."""
    keys, names = services().store.keys, [TOWN, *_worlds()[: MOST // 10]]
    return _members(keys.apps(name) for name in dict.fromkeys(names))


def _members(keys: Iterable[str]) -> list[str]:
    """Of these sets, in one round trip."""
    batch = services().store.batch()
    found: list[Later[set[bytes]]] = [batch.call("smembers", key) for key in keys]
    batch.run()
    return [raw.decode() for later in found for raw in sorted(later.value)]
