"""Runs a command that ends with whoever holds a FIFO open: a town does not outlive a test run that was killed.

A program of its own, started by its path: ``leash.py FIFO COMMAND…``. It imports nothing of ours.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading


def main(held: str, command: list[str]) -> int:
    process = subprocess.Popen(command)

    def watch() -> None:
        with open(held, "rb") as leash:
            leash.read()  # comes back when the last holder is gone, however it went
        process.terminate()

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal the command gets it, too
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    threading.Thread(target=watch, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
