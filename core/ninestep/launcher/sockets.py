"""The listening sockets: bound before anything starts, and named as others reach them."""

from __future__ import annotations

import socket


def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens already, so that an early client waits instead of being refused."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # connections inherit it; else head and body of an answer may be 40 ms apart (Nagle meets a delayed ACK)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener


def reachable(address: tuple[str, int]) -> tuple[str, int]:
    """Where a socket that listens on ``address`` is reached from this machine."""
    host, port = address
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port


def url_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
