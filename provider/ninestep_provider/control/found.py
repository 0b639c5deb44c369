"""Looking things up for a call, or saying that they are not there."""

from __future__ import annotations

import re
import time

from ninestep.records import App, User, World

from ..services import services
from .problem import Problem, missing

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
FRESH = 60  # seconds in which a world that was used need not be told again


def checked_name(value: str, field: str) -> str:
    if not NAME.fullmatch(value):
        raise Problem(
            422, f"{field} {value[:80]!r} is no name", field=field, fix="1 to 64 of A-Z a-z 0-9 . _ -"
        )
    return value


def app_of(appid: str) -> App:
    app = services().store.app(appid)
    if app is None:
        raise missing("app", appid)
    world_of(app.world)
    return app


def user_of(world: str, uid: str, field: str = "user") -> User:
    user = services().store.user(world, uid)
    if user is None or user.deleted:
        raise Problem(422, f"world {world} has no user {uid!r}", field=field, fix="GET /_mock/api/users")
    return user


def world_of(name: str) -> World:
    """A world that is there; using it keeps it alive."""
    store = services().store
    batch = store.batch()
    found = store.read_world(batch, name)
    batch.run()
    if found.value is None:
        raise missing("world", name)
    now = time.time()
    if not found.value.pinned and found.value.last_used < now - FRESH:
        store.touch_world(name, now)
    return found.value
