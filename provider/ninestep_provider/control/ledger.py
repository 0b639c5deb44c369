"""Who knows which secret: the ledger of a flow, for programs and assertions (design.md §8)."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta
from ninestep.trace.ledger import Ledger, Row
from ninestep.trace.ledger import ledger as reckon
from ninestep.trace.messages import messages
from ninestep.trace.reader import Flow

from ..services import services
from .flows import STEP, WAIT, flow_named
from .operation import Operations
from .problem import Problem
from .query import Param, asked


class LedgerAnswer(TypedDict):
    """``places`` are the columns, ``rows`` the secrets; ``last`` is the seq of the last message."""

    flow: str
    world: str
    last: int
    places: list[str]
    rows: list[Row]


def register(operations: Operations) -> None:
    moment = {
        "step": STEP._replace(doc="as it stood after this step, 1 to 9"),
        "seq": Param("as it stood after this message", Annotated[int, Meta(ge=0, le=99_999)]),
    }
    operations.add("GET", "/flows/{flow}/ledger", ledger, query={**moment, **WAIT}, answer=LedgerAnswer)


def ledger(flow: str) -> Any:
    """Who knows which secret, after the last message or after the one that ``step`` or ``seq`` names."""
    found = flow_named(flow)
    return {"flow": found.id, "world": found.world, **msgspec.to_builtins(_at(found))}


def of(flow: Flow) -> Ledger:
    """A flow's ledger as it is now."""
    parts = services()
    return reckon(parts.reader.exchanges(flow.world, flow.id), now=parts.store.now(flow.world))


def _at(flow: Flow) -> Ledger:
    found, step = of(flow), asked("step", 0)
    if (seq := asked("seq")) is not None:
        return found.at(seq)
    if not step:
        return found
    known = messages(services().reader.exchanges(flow.world, flow.id))
    reached = [message.seq for message in known if message.step == step]
    if not reached:
        raise Problem(422, f"the flow has no step {step}", field="step", fix="GET …/messages, or wait=…")
    return found.at(reached[-1])
