"""Where open pages wait: one reader per process and world hears the stream and tells all who watch that world.

Nobody misses anything: who enters is told of everything from then on, and asks for what was before (``since``); an
entry's id is the stream's own, so what comes twice is seen to. A page that was closed, or a worker that is to stop,
ends its wait within half a second.
"""

from __future__ import annotations

import contextlib
import select
import signal
import threading
import time
from collections import deque
from typing import Any, NamedTuple

import structlog
from flask import current_app
from ninestep.store import RedisError, Store

from ..services import services

MOST_VIEWERS = 60  # of one process: each holds a thread
BLOCK = 400  # milliseconds of one read; shorter than the connection's patience
AT_ONCE = 200
HEARS_WITHIN = 2.0  # seconds for the reader to know where the stream is
FRESH = 5.0  # seconds after its first record in which a flow counts as one that has just begun
GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)

log = structlog.get_logger("ninestep.theatre")


class Entry(NamedTuple):
    id: str
    flow: str
    begins: bool = False  # the flow's first that was heard of it


class Full(Exception):
    """As many watch as this process can bear."""


class Viewer:
    """One open page."""

    def __init__(self, world: str, socket: Any) -> None:
        self.world = world
        self.socket = socket
        self.over = False
        self._news: deque[Entry] = deque()
        self._called = threading.Event()

    def tell(self, entries: list[Entry]) -> None:
        self._news.extend(entries)
        self._called.set()

    def end(self) -> None:
        self.over = True
        self._called.set()

    def wait(self, seconds: float) -> list[Entry]:
        """What was heard meanwhile; empty when the time is over."""
        self._called.wait(seconds)
        self._called.clear()
        found = []
        while self._news:
            found.append(self._news.popleft())
        return found


class Hall:
    def __init__(self, store: Store, most: int = MOST_VIEWERS) -> None:
        self._store = store
        self._most = most
        self._viewers: set[Viewer] = set()
        self._ears: dict[str, threading.Event] = {}  # world -> set once its reader knows where the stream is
        self._lock = threading.Lock()

    def enter(self, world: str, socket: Any = None) -> Viewer:
        """Raises Full. Whoever enters has to leave."""
        viewer = Viewer(world, socket)
        with self._lock:
            if len(self._viewers) >= self._most:
                raise Full
            self._viewers.add(viewer)
            ready = self._ears.get(world)
            if ready is None:
                ready = self._ears[world] = threading.Event()
                name = f"theatre-{world}"
                threading.Thread(target=self._listen, args=(world, ready), name=name, daemon=True).start()
        ready.wait(HEARS_WITHIN)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        viewer.end()
        with self._lock:
            self._viewers.discard(viewer)

    def since(self, world: str, after: str) -> list[Entry]:
        """What the stream still holds after this id."""
        raws = self._store.redis.xrange(self._store.keys.stream(world), min=f"({after}")
        return [Entry(raw_id.decode(), fields[b"flow"].decode()) for raw_id, fields in raws]

    def newest(self, world: str) -> str:
        """The id of the last entry."""
        found = self._store.redis.xrevrange(self._store.keys.stream(world), count=1)
        return str(found[0][0].decode()) if found else "0-0"

    def _watching(self, world: str) -> list[Viewer]:
        with self._lock:
            return [viewer for viewer in self._viewers if viewer.world == world]

    def _listen(self, world: str, ready: threading.Event) -> None:
        last, known = "", set[str]()
        while self._wanted(world):
            try:
                if not last:
                    last = self.newest(world)
                    ready.set()
                entries = self._read(world, last, known)
            except (RedisError, OSError) as error:
                log.warning("theatre lost Redis", error=f"{type(error).__name__}: {error}")
                time.sleep(BLOCK / 1000)
                continue
            except Exception:  # the pages come back by themselves, and find a new reader
                log.exception("theatre stumbled")
                self._dismiss(world)
                continue
            viewers = self._watching(world)
            if entries:
                last = entries[-1].id
                for viewer in viewers:
                    viewer.tell(entries)
            _notice_the_gone(viewers)
            if stopping():
                self._dismiss(world)

    def _wanted(self, world: str) -> bool:
        """Whether anybody still watches; else the reader's place is given up in the same moment."""
        with self._lock:
            if any(viewer.world == world and not viewer.over for viewer in self._viewers):
                return True
            del self._ears[world]
            return False

    def _dismiss(self, world: str) -> None:
        for viewer in self._watching(world):
            viewer.end()

    def _read(self, world: str, last: str, known: set[str]) -> list[Entry]:
        stream = self._store.keys.stream(world)
        heard = self._store.redis.xread({stream: last}, block=BLOCK, count=AT_ONCE)
        if not heard:
            return []
        raws = next(iter(heard.values()))[-1] if isinstance(heard, dict) else heard[0][1]
        found = []
        for raw_id, fields in raws:
            flow = fields[b"flow"].decode()
            begins = flow not in known and self._is_fresh(world, flow)
            known.add(flow)
            found.append(Entry(raw_id.decode(), flow, begins))
        return found

    def _is_fresh(self, world: str, flow: str) -> bool:
        since = self._store.redis.zscore(self._store.keys.flows(world), flow)
        return since is not None and time.time() - since < FRESH


def stopping() -> bool:
    """Whether this worker was told to end: who handles its signals says so."""
    worker = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return not getattr(worker, "alive", True)


def _notice_the_gone(viewers: list[Viewer]) -> None:
    poll, by_descriptor = select.poll(), dict[int, Viewer]()
    for viewer in viewers:
        descriptor = -1
        with contextlib.suppress(OSError, ValueError):
            descriptor = viewer.socket.fileno() if viewer.socket is not None else -1
        if descriptor >= 0:
            by_descriptor[descriptor] = viewer
            poll.register(descriptor, GONE)
    for descriptor, _ in poll.poll(0):
        by_descriptor[descriptor].end()


_making = threading.Lock()


def hall() -> Hall:
    """That of this application, in this process."""
    with _making:
        found: Hall = current_app.extensions.setdefault("ninestep.theatre.hall", Hall(services().store))
    return found
