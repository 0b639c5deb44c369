"""Reading the trace: flows, their exchanges, and waiting for something to happen without sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from ..records import decode
from ..store import Store
from ..store.batch import pairs
from .exchange import Exchange
from .messages import Message, messages, numbered

BLOCK = 0.4  # seconds of one blocking read; shorter than the connection's patience


class Flow(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One attempt, from the click to the profile."""

    id: str
    world: str
    app: str
    user: str = ""
    at: float = 0.0
    at_real: float = 0.0
    updated_real: float = 0.0
    last: str = ""
    steps: list[int] = []
    ended: bool = False
    outcome: str = ""  # ok | refused | failed; empty while open
    error: str = ""
    state: str = ""  # hash of the state
    same_state_as: str = ""
    imported: bool = False  # read in from a file: it never happened here


class Reader:
    def __init__(self, store: Store, state_hash: Callable[[str], str]) -> None:
        self.store = store
        self._state_hash = state_hash

    def flow(self, world: str, flow: str) -> Flow | None:
        return _flow(world, self.store.redis.hgetall(self.store.keys.flow(world, flow)))

    def world_of(self, flow: str, worlds: list[str]) -> str | None:
        batch = self.store.batch()
        found = [
            (world, batch.call("exists", self.store.keys.flow(world, flow), decode=bool)) for world in worlds
        ]
        batch.run()
        return next((world for world, here in found if here.value), None)

    def flows(
        self, world: str, *, app: str = "", state: str = "", limit: int = 500, imported: bool = True
    ) -> list[Flow]:
        """Newest first. Whoever judges what an app did, asks without those that were read in from a file."""
        ids = [raw.decode() for raw in self.store.redis.zrevrange(self.store.keys.flows(world), 0, limit - 1)]
        batch = self.store.batch()
        raws = [batch.call("hgetall", self.store.keys.flow(world, name), decode=pairs) for name in ids]
        batch.run()
        wanted = self._state_hash(state) if state else ""
        found = [flow for raw in raws if (flow := _flow(world, raw.value))]
        return [
            f
            for f in found
            if app in ("", f.app) and wanted in ("", f.state) and (imported or not f.imported)
        ]

    def exchanges(self, world: str, flow: str) -> list[Exchange]:
        raws = self.store.redis.lrange(self.store.keys.exchanges(world, flow), 0, -1)
        found = [decode(Exchange, raw) for raw in raws]
        return [msgspec.structs.replace(e, seq=n) for n, e in enumerate(found, 1) if e is not None]

    def messages(self, world: str, flow: str, *, helpers: bool = False) -> list[Message]:
        exchanges = self.exchanges(world, flow)
        return messages(exchanges) if helpers else numbered(exchanges)

    def wait(self, world: str, done: Callable[[], Any], seconds: float) -> Any:
        """``done()`` as soon as it is true, looking again whenever the world records something."""
        stream = self.store.keys.stream(world)
        newest = self.store.redis.xrevrange(stream, count=1)
        last = newest[0][0] if newest else "0-0"
        end = time.monotonic() + seconds
        while not (answer := done()):
            left = end - time.monotonic()
            if left <= 0:
                return answer
            block = max(1, int(min(left, BLOCK) * 1000))
            heard = self.store.redis.xread({stream: last}, block=block, count=100)
            if heard:
                entries = next(iter(heard.values()))[-1] if isinstance(heard, dict) else heard[0][1]
                last = entries[-1][0]
        return answer


def reached(until: str, flow: Flow | None, count: Callable[[], int]) -> bool:
    """Whether a flow is where ``until`` says: ``ended``, ``step=8`` or ``messages=6``. Raises ValueError."""
    word, _, number = until.partition("=")
    if word == "ended":
        return flow is not None and flow.ended
    if word == "step" and number.isdigit():
        return flow is not None and int(number) in flow.steps
    if word == "messages" and number.isdigit():
        return flow is not None and count() >= int(number)
    raise ValueError(f"until={until!r}: write ended, step=8 or messages=6")


def _flow(world: str, raw: dict[bytes, bytes]) -> Flow | None:
    if not raw or b"at" not in raw:
        return None
    text = {key.decode(): value.decode() for key, value in raw.items()}
    return Flow(
        id=text["id"],
        world=world,
        app=text.get("app", ""),
        user=text.get("user", ""),
        at=float(text["at"]),
        at_real=float(text["at_real"]),
        updated_real=float(text["updated_real"]),
        last=text.get("last", ""),
        steps=sorted(int(name[5:]) for name in text if name.startswith("step:")),
        ended="ended" in text,
        outcome=text.get("outcome", ""),
        error=text.get("error", ""),
        state=text.get("state", ""),
        same_state_as=text.get("same_state_as", ""),
        imported="imported" in text,
    )
