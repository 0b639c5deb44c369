"""Production: each metric event goes to the monitoring (S0 §7.4), and nobody waits for it."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

import requests
import structlog
from ninestep.settings import ClientSettings

MOST_WAITING = 1000  # events beyond that are dropped rather than kept in memory
PATIENCE = 2.0

log = structlog.get_logger("ninestep.client")


class Monitoring:
    def __init__(self, settings: ClientSettings) -> None:
        self._url = settings.monitoring_url if settings.production else ""
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self._sender: threading.Thread | None = None
        self._lock = threading.Lock()

    def send(self, kind: str, details: dict[str, Any]) -> None:
        if not self._url:
            return
        event = {"type": kind, "details": details, "timestamp": int(time.time() * 1000)}
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            return
        with self._lock:  # the thread starts with the first event, so in the worker and not before the fork
            if self._sender is None:
                self._sender = threading.Thread(target=self._deliver, name="monitoring", daemon=True)
                self._sender.start()

    def _deliver(self) -> None:
        session = requests.Session()
        session.trust_env = False
        while True:
            event = self._waiting.get()
            try:
                session.post(self._url, json=event, timeout=PATIENCE)
            except requests.RequestException as error:
                log.warning("monitoring does not answer", error=type(error).__name__)
