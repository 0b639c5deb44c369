"""A real Redis Cluster of three masters on loopback, for the slow tier."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from ninestep.launcher import engine

SLOTS = 16384
PATIENCE = 60  # seconds; a busy machine counts many tries before three nodes have met


def _free_port() -> int:
    """A port whose cluster bus port (10000 above) exists too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 55000:
            return port


@contextlib.contextmanager
def three_masters(folder: Path) -> Iterator[str]:
    """Yields ``redis-cluster://127.0.0.1:PORT`` once every slot is served."""
    binary = shutil.which("redis-server") or engine.find_binary()
    ports = [_free_port() for _ in range(3)]
    processes = []
    try:
        for port in ports:
            home = folder / str(port)
            home.mkdir()
            argv = [
                binary,
                "--port",
                str(port),
                "--bind",
                "127.0.0.1",
                "--cluster-enabled",
                "yes",
                "--save",
                "",
            ]
            argv += ["--dir", str(home), "--cluster-node-timeout", "2000"]
            processes.append(subprocess.Popen(argv, stdout=subprocess.DEVNULL))
        nodes = [redis.Redis(port=port) for port in ports]
        for node in nodes:
            _until(lambda node=node: node.ping())  # type: ignore[misc]
        share = SLOTS // 3
        for n, node in enumerate(nodes):
            last = SLOTS if n == 2 else (n + 1) * share
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", n * share, last - 1)
        for port in ports[1:]:
            nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port)
        for node in nodes:
            _until(lambda node=node: b"cluster_state:ok" in _raw(node.execute_command("CLUSTER", "INFO")))  # type: ignore[misc]
            _until(lambda node=node: len(_raw(node.execute_command("CLUSTER", "NODES")).splitlines()) == 3)  # type: ignore[misc]
        yield f"redis-cluster://127.0.0.1:{ports[0]}"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)


def _raw(answer: object) -> bytes:
    if isinstance(answer, bytes):
        return answer
    if isinstance(answer, dict):
        return b"\n".join(f"{k}:{v}".encode() for k, v in answer.items())
    return str(answer).encode()


def _until(ready: object) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(redis.RedisError):
            if ready():  # type: ignore[operator]
                return
    pytest.fail("the cluster did not come up")
