"""What a flow's page is made of, read in two round trips and kept for the next viewer of the same moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from flask import abort, request
from ninestep.clock import now
from ninestep.records import TOWN, App
from ninestep.trace.exchange import Exchange
from ninestep.trace.ledger import Ledger, ledger
from ninestep.trace.messages import Message, merge, messages
from ninestep.trace.opening import opened
from ninestep.trace.reader import Flow

from ..control.sealed import value_of
from ..services import services
from .shelf import shelf

GRAIN = 5  # seconds, of the world and of this one, after which all is looked at anew


@dataclass(frozen=True)
class Scene:
    version: tuple[object, ...]
    flow: Flow
    app: App | None
    person: str  # the user's name, as far as somebody has logged in
    exchanges: list[Exchange]
    messages: list[Message]  # helpers counted, as everywhere in the theatre
    ledger: Ledger
    now: float
    frozen: bool  # the world's clock stands still
    stepping: bool  # logins to come stop at every hop
    open: bool = False  # values stand in the place of their masks

    @property
    def name(self) -> str:
        return self.app.name if self.app else self.flow.app or "?"

    @property
    def dialect(self) -> str:
        return self.app.dialect if self.app else ""

    @property
    def last(self) -> int:
        return len(self.messages)

    @property
    def can_reveal(self) -> bool:
        """Whether values were kept beside their masks (policy ``reveal``)."""
        return any(value.sealed for e in self.exchanges for value in e.values)

    def message(self, seq: int) -> Message | None:
        return self.messages[seq - 1] if 0 < seq <= len(self.messages) else None

    def revealed(self) -> Scene:
        told = [opened(e, value_of) for e in merge(self.exchanges)]
        version = (*self.version, "open")
        return replace(self, version=version, exchanges=told, messages=messages(told), open=True)


def scene_of(flow: Flow) -> Scene:
    parts = services()
    batch = parts.store.batch()
    count = batch.call("llen", parts.store.keys.exchanges(flow.world, flow.id), decode=int)
    town, own = parts.store.read_clock(batch), parts.store.read_clock(batch, flow.world)
    armed = parts.store.read_stepping(batch, flow.world)
    batch.run()
    clock, moment = own.value, now(town.value, own.value)
    frozen, stepping = clock is not None and clock.frozen is not None, bool(armed.value and armed.value.left)
    version: tuple[object, ...] = (parts.store.keys.prefix, flow.id, flow.updated_real, count.value)
    version += (frozen, stepping, moment // GRAIN, time.time() // GRAIN)

    def read() -> Scene:
        exchanges = parts.reader.exchanges(flow.world, flow.id)
        reckoned = ledger(exchanges, now=moment)
        app = parts.store.app(flow.app) if flow.app else None
        user = parts.store.user(flow.world, flow.user) if flow.user else None
        person = user.name if user else flow.user
        told = messages(exchanges)
        return Scene(version, flow, app, person, exchanges, told, reckoned, moment, frozen, stepping)

    return shelf().get(("scene", *version), read)


def flow_of(name: str) -> Flow:
    """404 for one that is not there. A flow is known by its id alone; a link may say its world, so that thousands of
    others need not be asked."""
    parts = services()
    found = parts.reader.flow(request.args.get("world", "")[:64] or TOWN, name)
    if found is None:
        world = parts.reader.world_of(name, [known.name for known in parts.store.worlds()])
        found = parts.reader.flow(world, name) if world else None
    if found is None:
        abort(404)
    return found
