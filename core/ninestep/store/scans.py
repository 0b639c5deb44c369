"""QR codes that wait for a phone (wire.md B.2): each changes in one step, and who polls for it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..digest import digest
from ..records import Scan, decode, encode
from . import scripts
from .base import MEMORY, Base, record_of, text, whole
from .batch import Batch, Later, Script

MOVE_SCAN = Script(scripts.MOVE_SCAN)


class Scans(Base):
    def save_scan(self, scan: Scan, life: float) -> None:
        """``life`` is how many seconds its code can be scanned."""
        world, seconds = scan.request.world, whole(life + MEMORY)
        batch = self.batch()
        batch.call("set", self.keys.scan(world, scan.uuid), encode(scan), ex=seconds)
        batch.call("set", self._scan_pointer(scan.uuid), world, ex=seconds)
        self._index(batch, world, f"scan:{scan.uuid}", life + MEMORY)
        batch.run()

    def world_of_scan(self, uuid: str) -> str | None:
        return text(self.redis.get(self._scan_pointer(uuid)))

    def read_scan(self, batch: Batch, world: str, uuid: str) -> Later[Scan | None]:
        return batch.call("get", self.keys.scan(world, uuid), decode=record_of(Scan))

    def scans(self, world: str) -> list[Scan]:
        """All that Redis still knows, also those that are over."""
        return self._all(Scan, [self.keys.of(world, tail) for tail in self.tails(world, "scan:")])

    def move_scan(self, world: str, uuid: str, change: Callable[[Scan], Scan]) -> Scan | None:
        """What ``change`` made of the record; it is asked again where somebody was faster, and may raise. A record that
        it leaves as it is, is not written, and nobody is told."""
        key = self.keys.scan(world, uuid)
        while (raw := self.redis.get(key)) is not None:
            scan = decode(Scan, raw)
            assert scan is not None
            after = change(scan)
            if after == scan:
                return scan
            if MOVE_SCAN.run(self.redis, [key], [raw, encode(after), self.keys.scans, uuid]):
                return after
        return None

    def hear_scans(self) -> Any:
        """A subscription of its own to the uuids of QR codes that changed."""
        heard = self.redis.pubsub()
        heard.subscribe(self.keys.scans)
        return heard

    def _scan_pointer(self, uuid: str) -> str:
        return self.keys.pointer(digest("scan:" + uuid))
