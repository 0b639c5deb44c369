"""``ninestep up``: one Redis, three services and the gateway in the foreground, and nothing left when it ends.

``services``   what is started, and which settings each one gets
``state``      the state folder: its lock, the root secret, who runs from it
``engine``     which Redis: the one that was named, the bundled one, one on PATH
``processes``  is this pid still the process we started? and how to end it
``town``       sockets, children, logs, the readiness gate, the ordered stop
``neighbours`` what to say when another town is in the way
``issuer``     whether the addresses that the town tells are those by which it is reached
``reaching``   one GET to such an address; ``near``: which are dialled unasked
``finding``    what the doctor says of a thing that it looked at
``verbs``      up, down, status as a person calls them
"""

from __future__ import annotations


class LaunchError(Exception):
    """Why the town cannot start; the text is meant for the person who typed the command."""


class PortTaken(LaunchError):
    """Somebody listens on a port that the town needs; ``key`` starts the names of its service's settings."""

    def __init__(self, service: str, key: str, port: int) -> None:
        self.key, self.port = key, port
        super().__init__(f"Port {port} ({service}) is in use")
