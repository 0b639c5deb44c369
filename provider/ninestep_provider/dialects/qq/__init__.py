"""QQ Connect's login (wire.md E), for web and mobile apps."""

from __future__ import annotations

from flask import Blueprint
from ninestep.web.hosts import crossing

from ...pages import interaction
from .authorize import authorize
from .manners import DIALECT
from .me import me
from .speech import METHODS
from .token import token

__all__ = ["DIALECT", "blueprint"]


def blueprint() -> Blueprint:
    bp = Blueprint("qq", __name__)
    bp.add_url_rule("/oauth2.0/authorize", view_func=crossing(authorize), methods=["GET"])
    bp.add_url_rule("/oauth2.0/show", "show", crossing(authorize), methods=["GET"])
    bp.add_url_rule("/oauth2.0/token", view_func=token, methods=METHODS)
    bp.add_url_rule("/oauth2.0/me", view_func=me, methods=METHODS)
    interaction.routes(bp, DIALECT)
    return bp
