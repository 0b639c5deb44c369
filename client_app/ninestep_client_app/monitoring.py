"""What happens, counted with its request's trace; production also tells a monitoring, and nobody waits for that.

The seed's events (S0 §7.4): authAttempts, authSuccess, authFailures, tokenRefreshes.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import Any

import requests
import structlog
from ninestep.settings import ClientSettings
from ninestep.trace.http import count

MOST_CODE = 64  # characters of an error code that are counted under
MOST_WAITING = 1000  # events beyond that are dropped rather than kept in memory
PATIENCE = 2.0

log = structlog.get_logger("ninestep.client")


class Monitoring:
    def __init__(self, settings: ClientSettings) -> None:
        self._url = settings.monitoring_url if settings.production else ""
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue(MOST_WAITING)
        self._sender: threading.Thread | None = None
        self._lock = threading.Lock()

    def record(self, name: str, *, error_code: str = "") -> None:
        """One event of the request that is being served."""
        count(name)
        if error_code:
            count(f"errors:{error_code[:MOST_CODE]}")
        if self._url:
            self._send(name, {"errorCode": error_code} if error_code else {})

    def _send(self, kind: str, details: dict[str, Any]) -> None:
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
