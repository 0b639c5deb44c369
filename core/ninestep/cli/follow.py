"""Messages of a world the moment they happen: the theatre's stream says which flow moved, and the flow is read anew.

Nothing is lost: a stream that was cut goes on where it was (``Last-Event-ID``), and each time it begins, or was quiet,
the list of flows is compared with what was told already.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from ..testing.control import Refused
from .where import Line
from .wrong import NoTown

QUIET = 40.0  # seconds without a word, ping included, after which a line counts as cut
RECENT = 60.0  # seconds: a flow that moved so short a time ago is read when the watch begins
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds between attempts; the last goes on
GIVES_UP = 60.0  # seconds without a town
MOST = 500  # flows that a world keeps

Told = tuple[dict[str, Any], dict[str, Any]]


class Watch:
    """``messages()`` yields ``(flow, message)``; what happens once ``here()`` was called is told. ``lost`` and ``back``
    are called when the line is cut and mended."""

    def __init__(
        self,
        line: Line,
        world: str,
        app: str = "",
        *,
        here: Callable[[], object] = lambda: None,
        lost: Callable[[], object] = lambda: None,
        back: Callable[[], object] = lambda: None,
    ) -> None:
        self.line, self.world, self.app = line, world, app
        self.here, self.lost, self.back = here, lost, back
        self.seen: dict[str, dict[tuple[str, str], str]] = {}  # flow -> leg -> what was said of it
        self.moved: dict[str, float] = {}  # flow -> its newest move that we know of
        self.began = 0.0
        self.place = ""

    def messages(self) -> Iterator[Told]:
        """Without an end, but that of the town (NoTown) or of the world (Refused)."""
        since, tries = 0.0, 0
        while True:
            try:
                with self._listen() as stream:
                    if since:
                        self.back()
                    since, tries = 0.0, 0
                    yield from self._heard(stream)
            except (requests.RequestException, NoTown) as error:
                now = time.monotonic()
                if not self.began or (since and now - since > GIVES_UP):
                    raise self._gone(error) from None
            except Refused as refused:
                if refused.status < 500:  # a store that is away comes back
                    raise
            if not since:
                since = time.monotonic()
                self.lost()
            time.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    def _listen(self) -> requests.Response:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": self.place} if self.place else {})}
        stream = self.line.http.get(
            f"{self.line.provider}/_mock/theatre/events",
            params={"world": self.world},
            headers=headers,
            stream=True,
            timeout=(10, QUIET),
            allow_redirects=False,
        )
        if stream.status_code in (401, 403) or stream.is_redirect:
            self.line("GET", "/clock")  # says what is wanted
        if stream.status_code != 200:
            with stream:
                raise requests.ConnectionError(f"HTTP {stream.status_code} {stream.text[:80].strip()}")
        return stream

    def _heard(self, stream: requests.Response) -> Iterator[Told]:
        if self.began:
            yield from self._missed()
        else:
            self._begin()
        flow, place = "", ""
        for raw in stream.iter_lines(chunk_size=1):
            line = raw.decode()
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                yield from self._missed()
            elif name == "id":
                place = value
            elif name == "data":
                flow = json.loads(value)["flow"]
            elif not line and place:
                if flow:
                    yield from self._news(flow)
                self.place, flow, place = place, "", ""  # only now: what was cut in the middle comes again

    def _begin(self) -> None:
        """What was there before is not told."""
        self.began = float(self.line("GET", "/clock")["real"])
        for flow in self._flows():
            self.moved[flow["id"]] = flow["updated_real"]
            if flow["updated_real"] > self.began - RECENT:
                for _ in self._news(flow["id"]):
                    pass
        self.here()

    def _missed(self) -> Iterator[Told]:
        flows = self._flows()
        for flow in reversed(flows):
            if flow["updated_real"] != self.moved.get(flow["id"]):
                yield from self._news(flow["id"])
        if len(self.seen) > 4 * MOST:  # a watch may last for days
            kept = {flow["id"] for flow in flows}
            self.seen = {name: told for name, told in self.seen.items() if name in kept}
            self.moved = {name: at for name, at in self.moved.items() if name in kept}

    def _flows(self) -> list[dict[str, Any]]:
        return self.line.all("/flows", world=self.world, limit=MOST)

    def _news(self, name: str) -> Iterator[Told]:
        """Messages of a flow that were not told, and those that turned out otherwise than was told."""
        try:
            flow = self.line("GET", f"/flows/{name}")
            found = self.line("GET", f"/flows/{name}/messages", helpers="1")
        except Refused as refused:
            if refused.status == 404:  # a reset came first
                return
            raise
        if self.app and flow["app"] != self.app:
            return
        quiet = self.began - RECENT if name in self.moved and name not in self.seen else 0.0
        told = self.seen.setdefault(name, {})
        for message in found:
            legs = {(leg["exchange"], leg["side"]) for leg in message["legs"]}
            how = f"{message['outcome']} {message['error']}"
            before = [told[leg] for leg in legs if leg in told]
            ended = max(leg["at_real"] + leg["duration"] for leg in message["legs"])
            told |= dict.fromkeys(legs, how)
            if how not in before and (not before or message["outcome"] != "ok") and ended > quiet:
                yield flow, message
        self.moved[name] = flow["updated_real"]

    def _gone(self, error: Exception) -> NoTown:
        if isinstance(error, NoTown):
            return error
        return NoTown(f"no town answers at {self.line.provider} ({error})")
