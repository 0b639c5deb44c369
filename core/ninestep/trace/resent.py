"""A request that the town sends again on purpose says so, and is told in the flow that it was taken from.

The mark is signed with the trace key of the three services, for one exchange alone: nobody else can write into a flow.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

from .recorder import Draft

HEADER = "X-Ninestep-Resent"
RULE = "resent_from"


class Origin(NamedTuple):
    world: str
    flow: str
    seq: int


def mark(trace_key: str, exchange: str, origin: Origin) -> str:
    """The header's value."""
    said = f"{origin.world}/{origin.flow}/{origin.seq}"
    return f"{said}/{_signature(trace_key, exchange, said)}"


def origin_of(trace_key: str, exchange: str, header: str) -> Origin | None:
    """What a genuine mark says; None for any other."""
    said, _, signature = header.rpartition("/")
    right = _signature(trace_key, exchange, said)
    if not said or not hmac.compare_digest(signature.encode(), right.encode()):
        return None
    world, flow, seq = said.rsplit("/", 2)
    return Origin(world, flow, int(seq))


def settle(draft: Draft, origin: Origin) -> None:
    """Make the finished ``draft`` a helper of the flow that it was resent from, whatever else it looks like."""
    draft.world, draft.flow, draft.steps = origin.world, origin.flow, (0, 0)
    draft.state = draft.opens = draft.same_state_as = ""
    draft.note(RULE, seq=origin.seq)


def _signature(trace_key: str, exchange: str, said: str) -> str:
    return hmac.digest(
        trace_key.encode(), f"resent {exchange} {said}".encode("utf-8", "replace"), "sha256"
    ).hex()
