"""The parts that views need, in one typed object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app
from ninestep.settings import ResourceSettings
from ninestep.store import Store
from ninestep.trace.recorder import Recorder

from .verifier import TokenVerifier


@dataclass(frozen=True)
class Services:
    settings: ResourceSettings
    store: Store
    recorder: Recorder
    verifiers: Mapping[str, TokenVerifier]


def services() -> Services:
    """Those of the application that is serving this request."""
    return cast(Services, current_app.extensions["ninestep"])
