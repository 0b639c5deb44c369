"""``python -m ninestep.compose_entry SERVICE``: what the launcher is on one machine, for one container.

Locks the state volume, makes the root secret when it is missing (so a wiped volume heals), and becomes the
service's gunicorn with that service's own secrets alone.
"""

from __future__ import annotations

import os
import sys

from .launcher import LaunchError, services
from .launcher.state import State
from .settings import LauncherSettings, SettingsError, load


def main(name: str) -> None:
    service = services.SERVICES[name]
    settings = load(LauncherSettings)
    secret = settings.root_secret
    if service.has_secrets and not secret:
        state = State(settings.state)
        state.make()
        with state.locked(wait=True):
            secret = state.root_secret()
    environment = services.environment(service, os.environ, secret, {})
    port = getattr(settings, f"{service.key}_port")
    command = services.command(service, f"{settings.bind}:{port}", settings.workers)
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (LaunchError, SettingsError) as error:
        sys.exit(f"ninestep: {error}")
