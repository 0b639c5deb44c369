"""The parts that views need, in one typed object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep.trace.reader import Reader
from ninestep.trace.recorder import Recorder


@dataclass(frozen=True)
class Services:
    settings: ProviderSettings
    store: Store
    recorder: Recorder
    reader: Reader


def services() -> Services:
    """Those of the application that is serving this request."""
    return cast(Services, current_app.extensions["ninestep"])
