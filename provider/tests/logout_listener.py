"""The server of a client that wants to be told of logouts (OpenID Connect Back-Channel Logout §2.5)."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl


class Listener:
    """The server of a client: what it is told, it puts into ``told``."""

    def __init__(self, status: int = 200) -> None:
        told: queue.Queue[dict[str, str]] = queue.Queue()
        listener, self.path = self, ""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                listener.path = self.path
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                told.put({"type": self.headers["Content-Type"], **dict(parse_qsl(body))})

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.told = told
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/logged-out"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def token(self) -> str:
        message = self.told.get(timeout=10)
        assert message["type"] == "application/x-www-form-urlencoded"
        return message["logout_token"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
