"""``python -m ninestep.intercept.container``: the compose profile ``intercept``, where names lead here by themselves.

Makes the certificates in the state volume when they are missing, and becomes gunicorn.
"""

from __future__ import annotations

import os
import sys

from ..gateway import PLATFORM_HOSTS
from ..launcher import LaunchError, services
from ..launcher.state import State
from ..settings import LauncherSettings, SettingsError, load
from . import certificates


def main() -> None:
    settings = load(LauncherSettings)
    state = State(settings.state)
    state.make()
    with state.locked(wait=True):
        certificates.make(state.folder, PLATFORM_HOSTS)
    environment = services.environment(services.INTERCEPT, os.environ, "", {})
    bind = f"{settings.bind}:{settings.proxy_port}"
    command = services.command(services.INTERCEPT, bind, settings.workers)
    os.chdir(state.folder)
    os.execve(command[0], command, {**environment, "NINESTEP_STATE": str(state.folder)})


if __name__ == "__main__":
    try:
        main()
    except (LaunchError, SettingsError) as error:
        sys.exit(f"ninestep: {error}")
