"""Questions to answer before the arrow is seen: who will hold this value then? The ledger knows."""

from __future__ import annotations

from dataclasses import dataclass

from ninestep.trace.vocabulary import LANES

from .scene import Scene

ASKED = {4: "code", 5: "client_secret", 7: "access_token"}


@dataclass(frozen=True)
class Card:
    step: int
    seq: int
    kind: str
    answer: list[str]  # lanes


def cards(scene: Scene) -> list[Card]:
    """One for each step of ``ASKED`` that the flow has, where somebody holds the value after it."""
    found = []
    for message in scene.messages:
        kind = ASKED.get(message.step, "")
        if kind:
            at = scene.ledger.at(message.seq)
            answer = [lane for lane in LANES if at.knows(lane, kind)]
            if answer:
                found.append(Card(message.step, message.seq, kind, answer))
    return found
