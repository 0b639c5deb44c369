"""A plugin of the first run: which test is running, told to the same file as the checks."""

from __future__ import annotations

import os


def pytest_runtest_logstart(nodeid: str) -> None:
    with open(os.environ["MUTATION_LOG"], "ab", buffering=0) as log:
        log.write(f"test {nodeid}\n".encode())
