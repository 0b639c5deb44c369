"""What a rule may know beside the flow itself: the app, and the app's other flows, read once and never many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...records import App
from ..exchange import Exchange
from ..reader import Flow, Reader

MOST_FLOWS = 60  # of the world, newest first: one round trip for their heads
MOST_READ = 4  # of those, whose exchanges are read


@dataclass
class Context:
    """``reader`` may be None for a flow that came from a file: then there are no neighbours."""

    reader: Reader | None = None
    world: str = ""
    app: App | None = None
    production: bool = False

    @cached_property
    def neighbours(self) -> list[Flow]:
        """The app's newest flows that happened here, the examined one among them."""
        if self.reader is None or self.app is None:
            return []
        return self.reader.flows(self.world, app=self.app.appid, limit=MOST_FLOWS, imported=False)

    def exchanges(self, flows: list[Flow]) -> list[list[Exchange]]:
        """Those of the first few of ``flows``."""
        if self.reader is None:
            return []
        return [self.reader.exchanges(flow.world, flow.id) for flow in flows[:MOST_READ]]
