"""``GET /metrics``: Prometheus, JSON on Accept, and a page where the service has one.

A collector over the counters in Redis, so that any number of workers and replicas agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from ..store import Store

REFUSED = "refused:"
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

Counters = dict[str, int]


def read(store: Store, service: str) -> tuple[Counters, Counters]:
    """(counters by name, refusals by reason) of one service."""
    own = service + ":"
    raw = {key.decode(): int(value) for key, value in store.redis.hgetall(store.keys.metrics).items()}
    mine = {key.removeprefix(own): value for key, value in sorted(raw.items()) if key.startswith(own)}
    errors = {key.removeprefix(REFUSED): value for key, value in mine.items() if key.startswith(REFUSED)}
    return {key: value for key, value in mine.items() if not key.startswith(REFUSED)}, errors


def init_app(
    app: Flask, store: Store, service: str, page: Callable[[Counters, Counters], str] | None = None
) -> None:
    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        counters, errors = read(store, service)
        offered = ["text/plain", "application/json", *(["text/html"] if page else [])]
        wanted = request.accept_mimetypes.best_match(offered)
        if wanted == "application/json":
            return jsonify(counters=counters, errors=errors)
        if wanted == "text/html" and page:
            return page(counters, errors)
        return Response(prometheus(service, counters, errors), content_type=PROMETHEUS)


def prometheus(service: str, counters: Counters, errors: Counters) -> bytes:
    """The text exposition format, of whatever was counted so far."""
    from prometheus_client import CollectorRegistry, generate_latest  # 20 ms, and no login needs it
    from prometheus_client.core import CounterMetricFamily

    class Collector:
        def collect(self) -> Iterator[Any]:
            for name, value in counters.items():
                yield CounterMetricFamily(f"ninestep_{service}_{name}", name.replace("_", " "), value=value)
            family = CounterMetricFamily(
                f"ninestep_{service}_errors", "Refusals by their neutral reason", labels=["reason"]
            )
            for reason, value in errors.items():
                family.add_metric([reason], value)
            yield family

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector())
    return generate_latest(registry)
