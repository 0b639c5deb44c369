"""Who stands where: letter, name and host of each lane, and what it holds at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ninestep.trace import picture
from ninestep.trace.ledger import FORBIDDEN, KNOWS, Ledger
from ninestep.trace.messages import Message
from ninestep.trace.picture.shapes import LETTERS

from .scene import Scene

POCKET = (  # what is worth a place in a pocket, the most telling first
    *("client_secret", "access_token", "refresh_token", "code", "password", "session_key", "code_verifier"),
    *("state", "openid"),
)
MOST = 6


@dataclass(frozen=True)
class Held:
    kind: str
    forbidden: bool
    fresh: bool  # learnt by the message that is looked at


@dataclass(frozen=True)
class Lane:
    key: str
    letter: str
    host: str
    pocket: list[Held]
    more: int  # further kinds, which the ledger shows


def lanes(scene: Scene, seq: int) -> list[Lane]:
    """As things stand after message ``seq``."""
    at = scene.ledger.at(seq)
    found = []
    for key in picture.lanes_of(scene.messages):
        held = _held(at, key, seq)
        found.append(
            Lane(key, LETTERS[key], _host(scene.messages, key), held[:MOST], max(0, len(held) - MOST))
        )
    return found


def _held(at: Ledger, place: str, seq: int) -> list[Held]:
    kinds: dict[str, Held] = {}
    for row in at.rows:
        cell = row.cells.get(place)
        if cell is None or cell.state not in (KNOWS, FORBIDDEN) or row.kind not in POCKET:
            continue
        kinds[row.kind] = Held(row.kind, cell.state == FORBIDDEN, cell.learned == seq)
    return sorted(kinds.values(), key=lambda held: (not held.forbidden, POCKET.index(held.kind)))


def _host(messages: list[Message], lane: str) -> str:
    """Where its requests arrived; a foreign client is known by where its users are sent back to."""
    for message in messages:
        for leg in message.legs:
            if leg.request is not None and leg.receiver == lane:
                return _netloc(leg.request.url)
            place = _location(leg) if lane == "client_app" and message.step == 4 else ""
            if place:
                return _netloc(place)
    return ""


def _location(leg: object) -> str:
    response = getattr(leg, "response", None)
    headers = response.headers if response is not None else []
    return next((str(value) for name, value in headers if name.lower() == "location"), "")


def _netloc(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:  # not every registered address is one
        return ""
