"""Provoking a code: for real, by an app of the handbook's own; or for one's own app, by a fault that waits for it."""

from __future__ import annotations

from typing import Any

import msgspec
from ninestep.records import TOWN
from ninestep.trace import Check

from ...control import faults
from ...control.found import app_of, world_of
from ...control.problem import Problem
from ...services import services
from .answer import Answer
from .catalogue import Entry
from .lab import shown
from .spelling import faults_for


class Provoked(msgspec.Struct, kw_only=True):
    """What the town answered, and where it can be looked at again."""

    dialect: str
    code: str
    came: bool  # whether the answer names the code
    world: str
    app: str
    answer: Answer
    checks: list[Check] = []  # what the refusing side looked at, in its order


def provoke(entry: Entry, world: str = "") -> Provoked:
    """Make the request that is answered with this code. ``world`` has to be there; empty makes a new one."""
    if world == TOWN:
        raise Problem(422, "this may move a world's clock", field="world", fix="a world of your own, or none")
    client = entry.client(world_of(world).name if world else "")
    client.register()
    answer = shown(entry.recipe(client))
    return Provoked(
        dialect=entry.dialect,
        code=entry.code,
        came=entry.code in answer.codes,
        world=client.world,
        app=client.appid,
        answer=answer,
        checks=_checks(answer),
    )


def _checks(answer: Answer) -> list[Check]:
    """Those of the refused exchange, from its trace; none where nobody's flow holds it."""
    reader = services().reader
    world = reader.world_of(answer.flow, [known.name for known in services().store.worlds()])
    told = reader.exchanges(world, answer.flow) if world else []
    return next((e.checks for e in reversed(told) if e.outcome != "ok"), [])


def arm(entry: Entry, appid: str, endpoint: str = "") -> dict[str, Any]:
    """Let the next call of an app meet this code, at ``endpoint`` or the first that can. Raises Problem."""
    app = app_of(appid)
    fitting = faults_for(app, entry.code) if app.dialect == entry.dialect else {}
    place = endpoint or next(iter(fitting), "")
    if place not in fitting:
        known = ", ".join(fitting) or "provoke it without an app"
        raise Problem(422, f"{appid} cannot be made to meet {entry.code}", field="endpoint", fix=known)
    made: dict[str, Any] = faults.create(appid, faults.NewFault(endpoint=place, error=fitting[place]))
    return made
