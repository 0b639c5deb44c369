"""How gunicorn runs each of the four, here and in compose: the one place for worker class and sizes.

Address and number of workers come on the command line (ninestep.launcher.services.command).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import tempfile
from typing import Any

# Chosen by measurement (bench/). Threads are made when all are busy: enough of them for many long polls.
worker_class = "ninestep.worker.Worker" if hasattr(select, "epoll") else "gthread"
threads = 256

loglevel = "warning"  # the services write their own logs
accesslog = None
graceful_timeout = 2  # an open event stream would hold every stop for 30 s
keepalive = (
    75  # back channels keep their connections; one that is closed under a code redemption cannot be retried
)

limit_request_line = 8190  # the most it can; below it, a query that is too long is refused in our own words

# The default is one path per user: four masters would overwrite each other's.
control_socket_disable = True

# Nothing that a client sends says who it is or how it came: NINESTEP_TRUSTED_PROXIES is the services' business.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}

# The heartbeat file must not be on a disk that can stall; and in a container only tmpfs can be written.
worker_tmp_dir = next(
    (folder for folder in ("/dev/shm", tempfile.gettempdir()) if os.access(folder, os.W_OK | os.X_OK)), None
)


def on_starting(server: Any) -> None:
    """Where there are several workers, they share what was imported before they were forked."""
    if server.cfg.workers > 1:
        _prepare(server)


def post_fork(server: Any, worker: Any) -> None:
    """A worker that is alone imports by itself, or its master would hold the same once more."""
    if server.cfg.workers == 1:
        _prepare(server)


def _prepare(server: Any) -> None:
    """Only imports: ``create_app`` runs in each worker, so no connection, thread or random state is shared."""
    importlib.import_module(server.app.app_uri.partition(":")[0])
    gc.set_threshold(50_000, 20, 20)  # a login makes thousands of objects and few cycles: 8 % of its CPU time
    gc.collect()
    gc.freeze()  # a collection in a worker would touch, and so copy, every page
    # The launcher holds our stdin open until its engine answers; without it, stdin ends at once.
    with contextlib.suppress(OSError):
        while not os.isatty(0) and os.read(0, 1024):
            pass
