"""Answers each line on standard input with what one function of the program said. Runs beside the SDKs."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PLAIN = (str, int, float, bool, type(None))


def answer(functions: dict[str, Callable[..., Any]]) -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # an SDK may print
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = {"returned": functions[asked["call"]](**asked["with"])}
        except Exception as error:
            said = {"raised": told(error)}
        out.write(json.dumps(said, default=str) + "\n")
        out.flush()


def told(error: Exception) -> dict[str, Any]:
    return {
        "kind": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "text": str(error),
        "fields": {name: value for name, value in vars(error).items() if isinstance(value, PLAIN)},
    }


class Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def serve(site: Callable[..., Any]) -> str:
    """A website of the program's own; its address."""
    server = make_server("127.0.0.1", 0, site, WSGIServer, Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
