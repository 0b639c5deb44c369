"""Which apps may ask as a website: those that are one, and in the tutorial the seeds' official account."""

from __future__ import annotations

import msgspec
from ninestep.dialects import policy
from ninestep.records import App

from ..manners import LOGIN


def as_website(app: App) -> App:
    """An official account of the seeds may ask here too, under ``qr_by_scope``."""
    if app.kind == "website" or LOGIN in app.scopes or not policy(app, "qr_by_scope"):
        return app
    return msgspec.structs.replace(app, scopes=[*app.scopes, LOGIN])
