"""Where polls wait: one listener per process hears of every change and wakes those whom it concerns.

It holds the process's one subscription to Redis. Twice a second it also looks whether a browser has gone, whose
thread is then free again, and whether the clock of a world was moved past a code's time.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import structlog
from flask import current_app
from ninestep.clock import now
from ninestep.records import Scan
from ninestep.store import RedisError, Store

from ....services import services

LOOK_EVERY = 0.5  # seconds
HEARS_WITHIN = 2.0  # seconds for the subscription to stand; after that the poll is as good as its next look
GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)

log = structlog.get_logger("ninestep.qr")


class Seen(NamedTuple):
    """A QR code's record as it was read, and its world's time then."""

    scan: Scan | None
    at: float
    faulty: bool = False  # a fault is armed for the poll that brings a code, of whichever app of the world


class Seat:
    """One poll that waits. The listener reads for all, so that many who are called at once do not all ask Redis."""

    def __init__(self, seen: Seen, socket: Any) -> None:
        assert seen.scan is not None
        self.uuid, self.world, self.expires_at = seen.scan.uuid, seen.scan.request.world, seen.scan.expires_at
        self.socket = socket
        self.left = False  # nobody is there any more to be answered
        self._called = threading.Event()
        self._news: Seen | None = None

    def wait(self, seconds: float) -> bool:
        """Whether there may be something new; False once the time is over or nobody listens."""
        called = self._called.wait(max(0.0, seconds))
        self._called.clear()
        return called and not self.left

    def news(self) -> Seen | None:
        """What it was called for; None: better ask for oneself."""
        return self._news

    def call(self, news: Seen | None) -> None:
        self._news = news
        self._called.set()


class WaitingRoom:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._seats: set[Seat] = set()
        self._lock = threading.Lock()
        self._hearing = threading.Event()
        self._listener: threading.Thread | None = None

    @contextlib.contextmanager
    def seat(self, seen: Seen, socket: Any) -> Iterator[Seat]:
        """Once inside, no change is missed: look at the record after this, and then wait."""
        seat = Seat(seen, socket)
        with self._lock:
            self._seats.add(seat)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="qr-listener", daemon=True)
                self._listener.start()
        try:
            self._hearing.wait(HEARS_WITHIN)
            yield seat
        finally:
            with self._lock:
                self._seats.discard(seat)

    def _taken(self) -> list[Seat]:
        with self._lock:
            return list(self._seats)

    def _listen(self) -> None:
        while True:
            try:
                with contextlib.closing(self._store.hear_scans()) as heard:
                    self._hear(heard)
            except (RedisError, OSError) as error:
                log.warning("QR listener lost Redis", error=f"{type(error).__name__}: {error}")
            except Exception:  # whatever it is, those who wait must not wait in vain
                log.exception("QR listener stumbled")
            self._hearing.clear()
            for seat in self._taken():  # they ask for themselves, and say that Redis is away
                seat.call(None)
            time.sleep(LOOK_EVERY)

    def _hear(self, heard: Any) -> None:
        looked = time.monotonic()
        while True:
            message = heard.get_message(timeout=LOOK_EVERY)
            if message is not None and message["type"] == "subscribe":
                self._hearing.set()
            elif message is not None and message["type"] == "message":
                uuid = message["data"].decode()
                self._spread([seat for seat in self._taken() if seat.uuid == uuid])
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                taken = self._taken()
                _notice_the_gone(taken)
                self._notice_the_late(taken)

    def _spread(self, seats: list[Seat]) -> None:
        """News of one code: read once, told to all who wait for it."""
        if seats:
            news = look(self._store, seats[0].world, seats[0].uuid)
            for seat in seats:
                seat.call(news)

    def _notice_the_late(self, seats: list[Seat]) -> None:
        """One round trip for all worlds that are waited in."""
        worlds = {seat.world for seat in seats}
        if not worlds:
            return
        batch = self._store.batch()
        town = self._store.read_clock(batch)
        own = {world: self._store.read_clock(batch, world) for world in worlds}
        batch.run()
        late = [seat for seat in seats if now(town.value, own[seat.world].value) >= seat.expires_at]
        for uuid in {seat.uuid for seat in late}:
            self._spread([seat for seat in late if seat.uuid == uuid])


def _notice_the_gone(seats: list[Seat]) -> None:
    poll, by_descriptor = select.poll(), {}
    for seat in seats:
        descriptor = seat.socket.fileno() if seat.socket is not None else -1
        if descriptor >= 0:
            by_descriptor[descriptor] = seat
            poll.register(descriptor, GONE)
    for descriptor, _ in poll.poll(0):
        seat = by_descriptor[descriptor]
        seat.left = True
        seat.call(None)


def look(store: Store, world: str, uuid: str) -> Seen:
    batch = store.batch()
    scan = store.read_scan(batch, world, uuid)
    town, own = store.read_clock(batch), store.read_clock(batch, world)
    faulty = store.read_armed(batch, world, "", "qr_poll")
    batch.run()
    return Seen(scan.value, now(town.value, own.value), faulty.value)


_making = threading.Lock()


def waiting_room() -> WaitingRoom:
    """That of this application, in this process."""
    with _making:
        room: WaitingRoom = current_app.extensions.setdefault(
            "ninestep.waiting_room", WaitingRoom(services().store)
        )
    return room
