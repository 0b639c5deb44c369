"""A WSGI application for the tests of the worker; as its own gunicorn configuration, it also makes the worker hasty,
or patient enough for a machine that is busy."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterable
from typing import Any

from ninestep import worker

keepalive = int(os.environ["PATIENCE"])
worker.READ_WITHIN = float(keepalive)
worker.BODY_PAUSE = keepalive
worker.LOOK_EVERY = 0.05

worker_class = "ninestep.worker.Worker"
workers = 2
threads = 2
graceful_timeout = 10
loglevel = "warning"
control_socket_disable = True


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/held":  # until somebody opens the gate
            os.write(int(os.environ["ENTERED"]), b".")
            select.select([int(os.environ["GATE"])], [], [], 10)
            body = b"released"
        case "/long":
            body = b"x" * 3_000_000
        case "/echo":
            body = environ["wsgi.input"].read()
        case "/broken":
            raise RuntimeError("as asked for")
        case _:
            body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
