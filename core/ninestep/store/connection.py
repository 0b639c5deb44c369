"""One Redis client per process, with the patience a login can afford (design.md §2: 503 within 2 s)."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .lines import Lines

__all__ = ["RedisError", "connect", "lines_of"]

TRIES = 3  # redis-py's own ten make a missing Redis cost 4.7 s


def connect(url: str, *, read_timeout: float = 0.5, tries: int = TRIES) -> Any:
    """A client for ``redis://``, ``rediss://``, ``unix://`` or ``redis-cluster://`` (a real cluster).

    ``read_timeout`` bounds one try in seconds; blocking stream reads want a client with more.
    """
    options: dict[str, Any] = {
        "protocol": 2,  # replies as Redis 7 sends them, without a greeting first
        "socket_connect_timeout": 0.5,
        "socket_timeout": read_timeout,
        "retry": Retry(ExponentialWithJitterBackoff(cap=0.1, base=0.01), tries - 1),
    }
    if url.startswith("redis-cluster://"):
        from redis.cluster import RedisCluster

        return RedisCluster.from_url("redis" + url.removeprefix("redis-cluster"), **options)
    if url.startswith("unix://"):
        options.pop("socket_connect_timeout")
    return redis.Redis.from_url(url, **options)


def lines_of(redis: Any, tries: int = TRIES) -> Lines | None:
    """The lines of a client's batches; None for a cluster."""
    return None if type(redis).__name__ == "RedisCluster" else Lines(redis, tries)
