"""What an app did so far, as the trace tells it: the exchanges of its newest flows, in one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from ninestep.dialects.lifetimes import lifetimes
from ninestep.records import App, decode
from ninestep.store import Later
from ninestep.trace import Exchange
from ninestep.trace.reader import Flow

from ...services import Services

MOST_FLOWS = 100  # of the app, newest first: a lesson's


@dataclass(frozen=True)
class Run:
    """One flow with its exchanges, as they were recorded."""

    flow: Flow
    exchanges: list[Exchange]

    def of(self, *names: str) -> list[Exchange]:
        return [e for e in self.exchanges if e.name in names]


@dataclass(frozen=True)
class Evidence:
    app: App
    access_life: int  # seconds
    runs: list[Run]

    def of(self, *names: str) -> Iterator[Exchange]:
        """Exchanges with one of these names, of all runs."""
        return (e for run in self.runs for e in run.of(*names))


def gather(services: Services, app: App) -> Evidence:
    flows = services.reader.flows(app.world, app=app.appid, imported=False)[:MOST_FLOWS]
    batch, keys = services.store.batch(), services.store.keys
    raws: list[Later[list[bytes]]] = [
        batch.call("lrange", keys.exchanges(app.world, flow.id), 0, -1) for flow in flows
    ]
    batch.run()
    runs = [
        Run(flow, [e for item in raw.value if (e := decode(Exchange, item)) is not None])
        for flow, raw in zip(flows, raws, strict=True)
    ]
    return Evidence(app, lifetimes(app, services.settings).access, runs)


def failed(exchange: Exchange, check: str) -> bool:
    """Whether this check was made and did not hold."""
    return any(each.name == check and not each.ok for each in exchange.checks)


def sent(exchange: Exchange, name: str) -> str:
    """A parameter of the request's address; secrets are masked in it."""
    return parse_qs(urlsplit(exchange.request.url).query).get(name, [""])[0]


def hashes(exchange: Exchange, kind: str, side: str) -> set[str]:
    """Fingerprints of the values of a kind that went out with the request or came with the response."""
    return {v.hash for v in exchange.values if v.kind == kind and v.where.startswith(side)}
