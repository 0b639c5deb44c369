"""``ninestep up``: one Redis, three services and the gateway in the foreground, and nothing left when it ends.

``services``   what is started, and which settings each one gets
``state``      the state folder: its lock, the root secret, who runs from it
``engine``     which Redis: the one that was named, the bundled one, one on PATH
``processes``  is this pid still the process we started? and how to end it
``town``       sockets, children, logs, the readiness gate, the ordered stop
``verbs``      up, down, status as a person calls them
"""

from __future__ import annotations


class LaunchError(Exception):
    """Why the town cannot start; the text is meant for the person who typed the command."""
