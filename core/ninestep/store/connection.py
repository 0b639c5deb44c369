"""One Redis client per process, with the patience a login can afford (design.md §2: 503 within 2 s)."""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

__all__ = ["RedisError", "connect"]


def connect(url: str, *, read_timeout: float = 0.5, retries: int = 2) -> Any:
    """A client for ``redis://``, ``rediss://``, ``unix://`` or ``redis-cluster://`` (a real cluster).

    ``read_timeout`` bounds one try in seconds; blocking stream reads want a client with more.
    Retries are few: redis-py's default of ten makes a missing Redis cost 4.7 s.
    """
    options: dict[str, Any] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": read_timeout,
        "retry": Retry(ExponentialWithJitterBackoff(cap=0.1, base=0.01), retries),
    }
    if url.startswith("redis-cluster://"):
        from redis.cluster import RedisCluster

        return RedisCluster.from_url("redis" + url.removeprefix("redis-cluster"), **options)
    if url.startswith("unix://"):
        options.pop("socket_connect_timeout")
    return redis.Redis.from_url(url, **options)
