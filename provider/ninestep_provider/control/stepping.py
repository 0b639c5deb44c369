"""Step mode of a world: its coming logins stop at every hop, and a page with one button goes on (design.md §7)."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import msgspec
from ninestep.store.stepping import ALL, Resting, Stepping

from ..services import services
from .found import gone, world_of
from .operation import Body, Operations
from .problem import Problem

MOST = 1000


class NewStepping(Body):
    on: bool = True
    freeze: bool = True
    flows: int | str = "all"


class SteppingAnswer(TypedDict):
    world: str
    on: bool
    freeze: bool
    flows: int | Literal["all"]  # how many more logins will stop
    resting: list[Resting]


def register(operations: Operations) -> None:
    path, example = "/worlds/{world}/stepping", {"on": True, "flows": 1}
    operations.add("GET", path, one, answer=SteppingAnswer)
    operations.add("POST", path, switch, body=NewStepping, answer=SteppingAnswer, example=example)
    operations.add("DELETE", path, off, status=204)


def one(world: str) -> Any:
    """Whether logins stop, for how many more, and which rest now."""
    return told(world_of(world).name)


def switch(world: str, body: NewStepping) -> Any:
    """Let all coming logins stop at every hop, or the next few; freeze stops the clock while one rests."""
    name = world_of(world).name
    if not body.on:
        services().store.disarm_stepping(name)
        return told(name)
    left = ALL if body.flows == "all" else body.flows
    if not isinstance(left, int) or (left != ALL and not 1 <= left <= MOST) or body.flows == ALL:
        raise Problem(422, f"flows is {body.flows!r}", field="flows", fix=f'"all", or 1 to {MOST}')
    services().store.arm_stepping(name, Stepping(left=left, freeze=body.freeze))
    return told(name)


def off(world: str) -> None:
    """Nothing stops any more, and a clock that stood still for it goes on; a page that is open still works."""
    if not gone(world):
        services().store.disarm_stepping(world)


def told(world: str) -> dict[str, Any]:
    store = services().store
    store.move_on(world, "")  # tabs that were closed long ago hold no clock
    armed = store.stepping(world)
    left = armed.left if armed else 0
    return {
        "world": world,
        "on": left != 0,
        "freeze": armed.freeze if armed else True,
        "flows": "all" if left == ALL else left,
        "resting": [msgspec.to_builtins(each) for each in store.resting(world)],
    }
