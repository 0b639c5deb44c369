"""A port for a program that has to be told where to listen, and that is started later."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A free port of this machine that nobody else is given meanwhile: it is bound, but nobody listens there yet.

    Who comes to listen may bind it too, with the SO_REUSEADDR that every server sets.
    """
    with socket.socket() as holding:
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.bind(("127.0.0.1", 0))
        port = int(holding.getsockname()[1])
        if sys.platform != "linux":  # elsewhere two cannot have it
            holding.close()
        yield port
