"""One worker process of a race: reads what to ask for, says ``ready``, and on ``go`` asks from many threads at once.

The app comes from the environment, as under gunicorn. Answers go to standard output as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import structlog
from ninestep_client_app.app import create_app

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    app = create_app()
    barrier = threading.Barrier(orders["threads"])
    answers: list[Any] = []

    def run() -> None:
        http = app.test_client()
        for name, value in orders["cookies"].items():
            http.set_cookie(name, value, domain="127.0.0.1")
        barrier.wait()
        answer = http.open(
            orders["path"], method=orders["method"], data=orders["form"], base_url=orders["base"]
        )
        answers.append([answer.status_code, answer.headers.get("Location", "")])

    threads = [threading.Thread(target=run) for _ in range(orders["threads"])]
    print("ready", flush=True)
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(answers), flush=True)


main()
