"""Who knows which secret: the ledger of a flow, for programs and assertions (design.md §8)."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request
from ninestep.trace.ledger import Ledger
from ninestep.trace.ledger import ledger as reckon
from ninestep.trace.messages import messages
from ninestep.trace.reader import Flow

from ..services import services
from .flows import WAIT, flow_named, number
from .operation import Operations
from .problem import Problem


def register(operations: Operations) -> None:
    moment = {"step": "as it stood after this step, 1 to 9", "seq": "as it stood after this message"}
    operations.add("GET", "/flows/{flow}/ledger", ledger, query={**moment, **WAIT})


def ledger(flow: str) -> Any:
    """Who knows which secret, after the last message or after the one that ``step`` or ``seq`` names."""
    found = flow_named(flow)
    return {"flow": found.id, "world": found.world, **msgspec.to_builtins(_at(found))}


def of(flow: Flow) -> Ledger:
    """A flow's ledger as it is now."""
    parts = services()
    return reckon(parts.reader.exchanges(flow.world, flow.id), now=parts.store.now(flow.world))


def _at(flow: Flow) -> Ledger:
    found, step = of(flow), request.args.get("step", "")
    if request.args.get("seq"):
        return found.at(int(number("seq", 0)))
    if not step:
        return found
    if step not in set("123456789"):
        raise Problem(422, f"step is {step[:80]!r}", field="step", fix="1 to 9")
    known = messages(services().reader.exchanges(flow.world, flow.id))
    reached = [message.seq for message in known if message.step == int(step)]
    if not reached:
        raise Problem(422, f"the flow has no step {step}", field="step", fix="GET …/messages, or wait=…")
    return found.at(reached[-1])
