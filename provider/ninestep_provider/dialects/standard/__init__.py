"""Plain OAuth 2.0 (RFC 6749, 7009, 7636, 7662, 9207) under ``/oauth``: exact, and in the RFC's own words."""

from __future__ import annotations

from flask import Blueprint

from ...pages import interaction
from . import device, logout, metadata, par, registration
from .manners import DIALECT
from .routes import routes

__all__ = ["DIALECT", "blueprint"]


def blueprint() -> Blueprint:
    bp = Blueprint("standard", __name__)
    routes(bp)
    device.routes(bp)
    metadata.routes(bp)
    par.routes(bp)
    registration.routes(bp)
    logout.routes(bp)
    interaction.routes(bp, DIALECT)
    return bp
