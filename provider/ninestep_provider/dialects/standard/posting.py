"""One POST to a server that somebody else runs, and that may be slow on purpose: after ``DEADLINE`` seconds it is over,
also where a byte came every second. No redirect is followed, and no body is read."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Timer
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

PATIENCE = 2.0  # seconds to connect, and for each byte
DEADLINE = 5.0  # seconds for everything
AS_IT_IS = "/%:=&?~+!$,;'@()*[]"  # of an address; the rest is quoted


def post(url: str, body: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[str, str]]]:
    """Status and headers of the answer. Raises OSError, HTTPException."""
    from http.client import HTTPConnection, HTTPSConnection

    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    late = Event()
    end = Timer(DEADLINE, _hang_up, [line, late])
    end.daemon = True
    end.start()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST", quote(target, safe=AS_IT_IS), body.encode(), dict(headers))
        reply = line.getresponse()
        if late.is_set():  # headers that break off look like all there are
            raise TimeoutError
        return reply.status, reply.getheaders()
    finally:
        end.cancel()
        line.close()


def _hang_up(line: HTTPConnection, late: Event) -> None:
    late.set()
    if line.sock is not None:
        with suppress(OSError):  # it has just ended by itself
            line.sock.shutdown(socket.SHUT_RDWR)
