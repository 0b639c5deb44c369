"""Four numbers and the errors by code (S0 §7.4): each event counts once, and all workers agree."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

ZERO = {"authAttempts": 0, "authSuccess": 0, "authFailures": 0, "tokenRefreshes": 0, "errors": {}}


def test_each_event_counts_exactly_once(visitor: Any, client: Any, neighbours: Any) -> None:
    assert client.metrics() == ZERO

    started = visitor.start()
    assert client.metrics() == {**ZERO, "authAttempts": 1}

    visitor.come_back(started, code=neighbours.code())
    assert client.metrics() == {**ZERO, "authAttempts": 1, "authSuccess": 1}

    visitor.come_back(visitor.start(), error="access_denied")
    visitor.come_back(visitor.start(), code="0unknown")
    assert client.metrics() == {
        **ZERO,
        "authAttempts": 3,
        "authSuccess": 1,
        "authFailures": 2,
        "errors": {"access_denied": 1, "invalid_grant": 1},
    }


def test_two_workers_agree(visitor: Any, client: Any) -> None:
    visitor.log_in()

    assert client.variant().metrics()["authSuccess"] == 1


def test_prometheus_reads_the_same_numbers(visitor: Any) -> None:
    visitor.log_in()
    visitor.come_back(visitor.start(), error="access_denied")

    answer = visitor.get("/metrics")

    assert answer.content_type.startswith("text/plain")
    assert "ninestep_client_auth_attempts_total 2.0" in answer.text
    assert "ninestep_client_auth_success_total 1.0" in answer.text
    assert 'ninestep_client_errors_total{code="access_denied"} 1.0' in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/metrics.html", "*/*"), ("/metrics", "text/html")])
def test_people_read_them_on_a_page(visitor: Any, path: str, accept: str) -> None:
    visitor.log_in()
    visitor.come_back(visitor.start(), error="access_denied")

    page = visitor.get(path, headers={"Accept": accept}).text

    assert 'data-testid="mt-metric-authAttempts">2<' in page
    assert "授权尝试次数" in page
    assert "<code>access_denied</code>" in page


@pytest.fixture
def sink() -> Iterator[Any]:
    """A monitoring that keeps what it is sent; ``sink.events`` is a queue."""
    events: Queue[Any] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            import json

            events.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.events = events  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


PRODUCTION = {"env": "production", "client_url": "https://127.0.0.1:9002"}


def test_production_sends_each_event_to_the_monitoring(client: Any, sink: Any) -> None:
    live = client.variant(
        **PRODUCTION, monitoring_url=f"http://127.0.0.1:{sink.server_port}/events"
    ).visitor()
    live.come_back(live.start(), error="access_denied")

    events = [sink.events.get(timeout=5) for _ in range(2)]

    assert [set(event) for event in events] == [{"type", "details", "timestamp"}] * 2
    assert [(event["type"], event["details"]) for event in events] == [
        ("authAttempts", {}),
        ("authFailures", {"errorCode": "access_denied"}),
    ]


def test_development_sends_nothing(client: Any, sink: Any) -> None:
    tester = client.variant(monitoring_url=f"http://127.0.0.1:{sink.server_port}/events")
    tester.visitor().log_in()

    assert tester.parts.monitoring._sender is None
    assert sink.events.empty()


def test_a_monitoring_that_is_away_disturbs_no_login(client: Any) -> None:
    client.variant(**PRODUCTION, monitoring_url="http://127.0.0.1:1/events").visitor().log_in()
