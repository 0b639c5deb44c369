"""One town for all workers of pytest-xdist: the first that needs it starts it, the controller holds its leash.

A worker that crashes is replaced by another, which finds the town as it was.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ninestep.testing import NotStarted, Town


def joined(folder: str, settings: Mapping[str, Any]) -> Town:
    """The town of this run, started by whoever comes first. Raises NotStarted, at each of them."""
    place = Path(folder) / "town.json"
    token = str(settings.get("admin_token", ""))
    with (Path(folder) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            place.write_text(json.dumps(_started(settings, folder)))
        told = json.loads(place.read_text())
    if "trouble" in told:
        raise NotStarted(told["trouble"])
    return Town.of(told, token=token)


def end(folder: str, held: int) -> None:
    """The town of this run and its folder: the controller lets go of the leash, and waits for the lock of the state."""
    from ninestep.launcher.state import State
    from ninestep.testing.town import sweep

    os.close(held)
    state = State(Path(folder) / "state")
    if state.folder.exists():
        with state.locked(wait=True):
            sweep(str(state.folder))
    shutil.rmtree(folder, ignore_errors=True)


def _started(settings: Mapping[str, Any], folder: str) -> dict[str, str]:
    try:
        town = Town.start(settings, folder)
    except NotStarted as error:
        return {"trouble": str(error)}
    town.leave()
    return town.report()
