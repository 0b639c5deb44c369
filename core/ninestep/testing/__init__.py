"""Driving a town from a test, with pytest or without: ``from ninestep.testing import Ninestep``.

``town``       a running town: started for this run, or one that runs already
``world``      ``Ninestep``: one world of it, with everything that a test asks for
``app``        an app of the world; ``fault``, what was armed against it
``clock``      the world's time; ``snapshot``, the world put aside and brought back
``flow``       one login as it was recorded; ``message`` and ``ledger``, what it is made of
``coverage``   which checks an app's logins have exercised
``journey``    a login without a browser; ``page``, one that clicks
``control``    the control API (design.md §8) underneath, and what it says when it will not

Secrets in all of it are masked, as the town itself tells them.
"""

from __future__ import annotations

from .app import App
from .clock import Clock
from .control import Refused
from .coverage import Coverage
from .fault import Fault
from .flow import Flow
from .journey import Callback, Stuck
from .ledger import Ledger
from .message import Check, Message
from .missed import NotSeen
from .snapshot import Snapshot
from .town import NotStarted, Town
from .world import Ninestep

__all__ = [
    "App",
    "Callback",
    "Check",
    "Clock",
    "Coverage",
    "Fault",
    "Flow",
    "Ledger",
    "Message",
    "Ninestep",
    "NotSeen",
    "NotStarted",
    "Refused",
    "Snapshot",
    "Stuck",
    "Town",
]
