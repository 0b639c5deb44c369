"""A flow laid out for the rules: its exchanges by name, what was sent in them, and the message each belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from urllib.parse import parse_qsl

from .. import address
from ..exchange import Exchange, Value
from ..json_body import json_object
from ..ledger import Ledger, ledger
from ..messages import Message, merge, messages
from ..reader import Flow
from .context import Context


class Case:
    """``context.app`` may be gone: then rules that need it are silent."""

    def __init__(self, flow: Flow, exchanges: list[Exchange], context: Context) -> None:
        self.flow = flow
        self.context = context
        self.app = context.app
        self._recorded = exchanges
        self.exchanges = sorted(merge(exchanges), key=lambda e: e.at_real)

    @property
    def dialect(self) -> str:
        return self.app.dialect if self.app else ""

    @cached_property
    def messages(self) -> list[Message]:
        return messages(self._recorded)

    @cached_property
    def ledger(self) -> Ledger:
        return ledger(self._recorded)

    def named(self, *names: str) -> Iterator[Exchange]:
        """In the order in which they began."""
        return (e for e in self.exchanges if e.name in names)

    def asked(self) -> Iterator[Exchange]:
        """Authorization requests, where they stand in full: of a pushed one the browser carries but the name (RFC
        9126)."""
        requests = self.named("request.pushed", "authorize.requested")
        return (e for e in requests if "request_uri" not in sent(e))

    def message(self, e: Exchange, side: str = "request") -> Message:
        """The message in which this side of an exchange was on the wire; the other side's where it has none."""
        sides = [
            (leg.side != side, message)
            for message in self.messages
            for leg in message.legs
            if leg.exchange == e.exchange
        ]
        return min(sides, key=lambda found: (found[0], found[1].seq))[1]

    def told_by(self, seq: int, value_hash: str) -> Exchange:
        """The exchange by which a value came into message ``seq``."""
        message = next(message for message in self.messages if message.seq == seq)
        name = next(leg.exchange for leg in message.legs if any(v.hash == value_hash for v in leg.values))
        return next(e for e in self.exchanges if e.exchange == name)


def sent(e: Exchange) -> dict[str, str]:
    """The parameters of a request, from query, form or JSON; secret ones are masked."""
    found = dict(parse_qsl(address.query(e.request.url), keep_blank_values=True))
    body = e.request.body
    if body.startswith("{"):
        found |= {k: v for k, v in json_object(body).items() if isinstance(v, str)}
    elif body:
        found |= dict(parse_qsl(body, keep_blank_values=True))
    return found


def values(e: Exchange, kind: str, where: str = "") -> list[Value]:
    """Its values of one kind, in the parts whose name starts with ``where``."""
    return [value for value in e.values if value.kind == kind and value.where.startswith(where)]


def sessions(exchanges: list[Exchange]) -> dict[str, set[str]]:
    """The browsers' sessions that a flow was seen in, by cookie."""
    return {
        kind: {value.hash for e in exchanges for value in values(e, kind, "request.cookie")}
        for kind in ("provider_session", "client_session")
    }


def header(headers: list[tuple[str, str]], name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")


def failed(e: Exchange, *checks: str) -> bool:
    return any(check.name in checks and not check.ok for check in e.checks)
