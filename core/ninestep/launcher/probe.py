"""Is a service ready? Asked without blocking, so that all are asked at once."""

from __future__ import annotations

import socket
import time

from .services import Service
from .sockets import url_host

PROBE_EVERY = 0.005


class Probe:
    """One ``GET`` of a readiness path, without blocking. The listening socket is there before its service is, so
    the request waits in the backlog and is answered the moment the service can."""

    def __init__(self, service: Service, address: tuple[str, int]) -> None:
        self.service, self.address = service, address
        self.socket: socket.socket | None = None
        self.answer = b""
        self.reason = "no answer"
        self.again_at = 0.0

    def start(self) -> socket.socket:
        host, port = self.address
        self.answer = b""
        self.socket = socket.create_connection(
            (host, port), timeout=1
        )  # at once: it is this machine's backlog
        self.socket.sendall(
            f"GET {self.service.ready} HTTP/1.1\r\nHost: {url_host(host)}:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        self.socket.setblocking(False)
        return self.socket

    def finished(self) -> bool:
        """Reads; True when the answer is whole (or the connection was lost)."""
        assert self.socket is not None
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self.answer += data
        if data:
            return False
        self.socket.close()
        self.socket = None
        head, _, body = self.answer.partition(b"\r\n\r\n")
        if head:
            status = head.split(b"\r\n")[0].decode(errors="replace").partition(" ")[2]
            self.reason = (
                f"{self.service.ready} answers {status}: {body[:500].decode(errors='replace').strip()}"
            )
        self.again_at = time.monotonic() + PROBE_EVERY
        return True

    @property
    def good(self) -> bool:
        return self.socket is None and self.answer.startswith(b"HTTP/1.1 200")
