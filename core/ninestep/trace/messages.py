"""Exchanges as the nine numbered messages, and helpers without a number. A view: nothing here is stored.

Copies of one exchange (the caller's and the receiver's) are merged; each exchange is split into a request leg and a
response leg; legs are put in order (requests by their start, responses by their end) and neighbours that belong to
the same step become one message: step 2 is the redirect's answer and the authorize request that follows it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from .exchange import Check, Exchange, HttpRequest, HttpResponse, Note, Value
from .vocabulary import BACK, BROWSER


class Leg(msgspec.Struct, kw_only=True, rename={"sender": "from", "receiver": "to"}):
    """One direction of one exchange, on the wire once."""

    exchange: str
    name: str
    side: str  # request | response
    sender: str
    receiver: str
    channel: str
    at: float
    at_real: float
    duration: float
    request: HttpRequest | None = None
    response: HttpResponse | None = None
    values: list[Value] = []


class Message(msgspec.Struct, kw_only=True, rename={"sender": "from", "receiver": "to"}):
    """One numbered step, or a helper (``step`` 0)."""

    seq: int
    step: int
    name: str
    sender: str
    receiver: str
    via: str = ""
    channel: str  # front (间接通信) | back (直接通信)
    at: float
    outcome: str = "ok"
    error: str = ""
    fault: str = ""
    checks: list[Check] = []
    notes: list[Note] = []
    legs: list[Leg] = []


def merge(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """One per exchange id: the receiver's copy (it made the checks), timed by the caller where the caller kept one."""
    copies: dict[str, list[Exchange]] = {}
    seals: dict[str, str] = {}  # the client keeps none: it knows no policy. The same value has the same hash
    for exchange in exchanges:
        copies.setdefault(exchange.exchange, []).append(exchange)
        seals |= {value.hash: value.sealed for value in exchange.values if value.sealed}
    merged = []
    for group in copies.values():
        receiver = next((copy for copy in group if copy.service == copy.receiver), group[0])
        caller = next((copy for copy in group if copy.service == copy.sender), receiver)
        values = {(v.kind, v.hash, v.where): v for copy in group for v in copy.values}
        changes: dict[str, Any] = {
            "at_real": caller.at_real,
            "duration": caller.duration,
            "values": [msgspec.structs.replace(v, sealed=seals.get(v.hash, "")) for v in values.values()],
            "checks": [check for copy in group for check in copy.checks],
            "notes": [note for copy in group for note in copy.notes],
        }
        if (
            not receiver.response.body and caller.response.body
        ):  # an API's answer that calls itself a page (QQ)
            changes["response"] = caller.response
        if receiver.outcome == "ok" and caller.outcome != "ok":
            changes |= {"outcome": caller.outcome, "error": caller.error}
        merged.append(msgspec.structs.replace(receiver, **changes))
    return merged


def legs(exchanges: Iterable[Exchange]) -> list[tuple[Leg, int, Exchange]]:
    """(leg, step, exchange) in the order in which they were on the wire."""
    found: list[tuple[float, Leg, int, Exchange]] = []
    for e in merge(exchanges):
        requested = Leg(
            exchange=e.exchange,
            name=e.name,
            side="request",
            sender=BROWSER if e.via else e.sender,
            receiver=e.receiver,
            channel=e.channel,
            at=e.at,
            at_real=e.at_real,
            duration=e.duration,
            request=e.request,
            values=[v for v in e.values if v.where.startswith("request")],
        )
        end = e.at_real + e.duration
        answered = Leg(
            exchange=e.exchange,
            name=e.name,
            side="response",
            sender=e.receiver,
            receiver=requested.sender,
            channel=e.channel,
            at=e.at + e.duration,
            at_real=end,
            duration=e.duration,
            response=e.response,
            values=[v for v in e.values if v.where.startswith("response")],
        )
        found.append((e.at_real, requested, e.steps.request, e))
        found.append((end, answered, e.steps.response, e))
    found.sort(key=lambda item: item[0])
    return [(leg, step, e) for _, leg, step, e in found]


def messages(exchanges: Iterable[Exchange]) -> list[Message]:
    """The messages of a flow, numbered ones and helpers, in order."""
    result: list[Message] = []
    helpers: set[str] = set()
    for leg, step, e in legs(exchanges):
        if not step:
            # a helper is one message: its request, with the answer beside it
            if e.exchange in helpers or e.steps.request or e.steps.response:
                _attach(result, leg, e)
                continue
            helpers.add(e.exchange)
        previous = result[-1] if result else None
        if step and previous is not None and previous.step == step and _continues(previous, leg):
            previous.legs.append(leg)
            _verdict(previous, leg, e)
            previous.receiver = leg.receiver
            if e.channel == BACK:
                previous.channel = BACK
            continue
        message = Message(
            seq=len(result) + 1,
            step=step,
            name=e.name,
            sender=leg.sender,
            receiver=leg.receiver,
            via=e.via if leg.side == "request" else "",
            channel=e.channel,
            at=leg.at,
            legs=[leg],
        )
        _verdict(message, leg, e)
        result.append(message)
    return result


def numbered(exchanges: Iterable[Exchange]) -> list[Message]:
    return [message for message in messages(exchanges) if message.step]


def _continues(previous: Message, leg: Leg) -> bool:
    """Whether ``leg`` is the next hop of the same step: step 2 is answer then request, step 5 callback then token."""
    return all(known.name != leg.name for known in previous.legs)


def _verdict(message: Message, leg: Leg, e: Exchange) -> None:
    """The receiver's checks stand with the request it checked; the outcome with the last leg of the exchange."""
    if leg.side == "request":
        message.checks = message.checks + e.checks
        message.notes = message.notes + e.notes
        message.fault = e.fault or message.fault
    if e.outcome != "ok" and (leg.side == "response" or not e.steps.response):
        message.outcome, message.error = e.outcome, e.error
        message.fault = e.fault or message.fault


def _attach(result: list[Message], leg: Leg, e: Exchange) -> None:
    """An unnumbered leg of an exchange (an authorize page's answer, a helper's answer) stands with its request."""
    for message in reversed(result):
        if any(known.exchange == leg.exchange for known in message.legs):
            message.legs.append(leg)
            if e.outcome != "ok":
                message.outcome, message.error = e.outcome, e.error
            return
