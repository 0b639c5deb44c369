"""A wire between a browser and a service that can be cut and mended: what a stream has to survive."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Wire:
    """``url`` leads to the service at ``base``, as long as the wire is whole."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._far = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._ends: set[socket.socket] = set()
        self._whole = True
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection ends, and no new one gets through."""
        self._whole = False
        for end in list(self._ends):
            self._hang_up(end)

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        if not self._whole:
            near.close()
            return
        far = socket.create_connection(self._far)
        self._ends |= {near, far}
        if not self._whole:  # cut in the meantime, which did not see these
            for end in (near, far):
                self._hang_up(end)
        back = threading.Thread(target=self._carry, args=(far, near), daemon=True)
        back.start()
        self._carry(near, far)
        back.join()
        for end in (near, far):
            self._ends.discard(end)
            end.close()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        self._hang_up(sink)
        self._hang_up(source)

    @staticmethod
    def _hang_up(end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
