"""How far a client has come: ② to ⑧ of its newest flow. ① and ⑨ happen inside it, where no provider can look."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from ninestep.records import App
from ninestep.trace.reader import Flow

from ..services import services

SEEN = range(2, 9)
FEW, ALL = 20, 500  # flows of the world that are looked through


class Step(NamedTuple):
    number: int
    state: str  # done | skipped | refused | here | open | unseen


class Progress(NamedTuple):
    flow: Flow | None
    steps: list[Step]
    reached: int
    mark: str  # changes whenever something to show does


def progress(app: App) -> Progress:
    flow = _newest(app)
    steps = [Step(1, "unseen"), *(Step(number, _state(number, flow)) for number in SEEN), Step(9, "unseen")]
    reached = sum(step.state in ("done", "skipped", "refused") for step in steps)
    told = f"{flow.id}|{flow.steps}|{flow.outcome}|{flow.error}" if flow else ""
    return Progress(flow, steps, reached, hashlib.sha256(told.encode()).hexdigest()[:16])


def _newest(app: App) -> Flow | None:
    """Most often among the world's latest few; a long poll asks again and again."""
    for limit in (FEW, ALL):
        if found := services().reader.flows(app.world, app=app.appid, limit=limit, imported=False):
            return found[0]
    return None


def _state(number: int, flow: Flow | None) -> str:
    if flow is None:
        return "here" if number == SEEN[0] else "open"
    last = max((step for step in flow.steps if step in SEEN), default=1)
    over = flow.outcome in ("refused", "failed")
    if number in flow.steps:
        return "refused" if over and number == last else "done"
    if number < last:
        return "skipped"  # nobody was asked: a silent scope, or an armed decision
    return "here" if number == last + 1 and not over else "open"
