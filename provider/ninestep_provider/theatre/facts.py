"""What this login kept of OAuth's promises (S0 §1.2 «优势», M009): each is read off the ledger or a message."""

from __future__ import annotations

from dataclasses import dataclass

from ninestep.trace.ledger import Ledger
from ninestep.trace.messages import Message

from .scene import Scene


@dataclass(frozen=True)
class Fact:
    """``holds`` is None where this flow does not show it; ``seq`` is the message that does."""

    name: str
    holds: bool | None
    seq: int = 0


def of(scene: Scene) -> list[Fact]:
    return [
        _password(scene.ledger),
        _scope(scene.messages),
        _expires(scene),
        _token(scene.ledger),
    ]


def _password(ledger: Ledger) -> Fact:
    """Only the provider ever got it."""
    told = ledger.cells("client_app", "password") + ledger.cells("resource_api", "password")
    typed = ledger.cells("provider", "password")
    if told:
        return Fact("password", False, told[0].learned)
    return Fact("password", True if typed else None, typed[0].learned if typed else 0)


def _scope(messages: list[Message]) -> Fact:
    """The authorization request named what it wants."""
    for message in messages:
        for leg in message.legs:
            if leg.name == "authorize.requested" and leg.request is not None:
                return Fact("scope", "scope=" in leg.request.url or None, message.seq)
            if leg.name == "device.started" and leg.request is not None:
                return Fact("scope", "scope=" in leg.request.body or None, message.seq)
    return Fact("scope", None)


def _expires(scene: Scene) -> Fact:
    """The answer with the token said how long it lives."""
    for message in scene.messages:
        if message.step == 6 and message.outcome == "ok":
            bodies = [leg.response.body for leg in message.legs if leg.response is not None]
            return Fact("expires", any("expires_in" in body for body in bodies), message.seq)
    return Fact("expires", None)


def _token(ledger: Ledger) -> Fact:
    """The access token went from server to server."""
    seen, issued = ledger.cells("browser", "access_token"), ledger.cells("client_app", "access_token")
    if seen:
        return Fact("token", False, seen[0].learned)
    return Fact("token", True if issued else None, issued[0].learned if issued else 0)
