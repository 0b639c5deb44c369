"""Snapshots of a world: everything but its trace put aside, and brought back as if no time had passed since."""

from __future__ import annotations

from typing import Any, TypedDict

from ninestep.store.snapshots import (
    MOST_BYTES,
    MOST_KEYS,
    MOST_SNAPSHOTS,
    NotRestored,
    NotSaved,
    Snapshot,
)

from ..services import services
from .found import world_of
from .operation import Body, Operations
from .problem import Problem, missing
from .query import Name

PLACE = "/worlds/{world}/snapshots"


class NewSnapshot(Body):
    name: Name = ""


class SnapshotAnswer(TypedDict):
    """A snapshot; ``now`` is the second of the world's clock to which it goes back."""

    id: str
    name: str
    world: str
    now: float
    created_at: float
    apps: list[str]
    keys: int
    bytes: int


def register(operations: Operations) -> None:
    operations.add("GET", PLACE, all, answer=list[SnapshotAnswer])
    operations.add(
        *("POST", PLACE, save),
        body=NewSnapshot,
        status=201,
        answer=SnapshotAnswer,
        refuses=(409,),
        example={"name": "logged-in"},
    )
    operations.add("POST", PLACE + "/{snapshot}/restore", restore, answer=SnapshotAnswer, refuses=(409,))
    operations.add("DELETE", PLACE + "/{snapshot}", delete, status=204)


def all(world: str) -> Any:
    """A world's snapshots, newest first."""
    return [told(taken) for taken in services().store.snapshots(world_of(world).name)]


def save(world: str, body: NewSnapshot) -> Any:
    """Put a world aside: its apps, people, consents, tokens, codes, sessions, decisions, faults and its time."""
    name = world_of(world).name
    try:
        return told(services().store.save_snapshot(name, body.name))
    except NotSaved as problem:
        if problem.why == "gone":
            raise missing("world", world) from None
        if problem.why == "many":
            told_so = f"world {name} has {MOST_SNAPSHOTS} snapshots already"
            raise Problem(409, told_so, fix="delete one of them", field="world") from None
        most = f"{MOST_KEYS} records" if problem.why == "keys" else f"{MOST_BYTES // 2**20} MiB"
        fix = "POST /_mock/api/reset, or a world of its own"
        raise Problem(422, f"a snapshot holds {most}; the world has more", field="world", fix=fix) from None


def restore(world: str, snapshot: str) -> Any:
    """Bring the world back as it was, in one step; ``snapshot`` is its id, or a name: then the newest of that name."""
    taken = _found(world_of(world).name, snapshot)
    if taken is None:
        raise missing("snapshot", snapshot, _names(world))
    try:
        services().store.restore_snapshot(taken.world, taken.id)
    except NotRestored as problem:
        if problem.why == "gone":
            raise missing("snapshot", snapshot) from None
        if problem.why == "foreign":
            told_so = "another version of Redis made this snapshot"
            raise Problem(409, told_so, field="snapshot", fix="make it anew") from None
        raise Problem(
            409,
            f"appid {problem.appid} of the snapshot belongs to world {problem.world} by now",
            field="snapshot",
            fix=f"delete app {problem.appid} there",
        ) from None
    return told(taken)


def delete(world: str, snapshot: str) -> None:
    """Forget a snapshot; the world stays as it is."""
    store = services().store
    if (taken := _found(world, snapshot)) is not None:
        store.delete_snapshot(world, taken.id)


def told(taken: Snapshot) -> SnapshotAnswer:
    return {
        "id": taken.id,
        "name": taken.name,
        "world": taken.world,
        "now": taken.now,
        "created_at": taken.created_at,
        "apps": taken.apps,
        "keys": taken.keys,
        "bytes": taken.bytes,
    }


def _found(world: str, named: str) -> Snapshot | None:
    known = services().store.snapshots(world)
    return next((t for t in known if t.id == named), next((t for t in known if t.name == named), None))


def _names(world: str) -> list[str]:
    return [name for taken in services().store.snapshots(world) for name in (taken.id, taken.name) if name]
