"""Weibo's login (wire.md F), for web and mobile apps."""

from __future__ import annotations

from flask import Blueprint
from ninestep.web.hosts import crossing

from ...pages import interaction
from .authorize import authorize
from .manners import DIALECT
from .revocation import revokeoauth2
from .speech import METHODS
from .token import access_token
from .token_info import get_token_info

__all__ = ["DIALECT", "blueprint"]


def blueprint() -> Blueprint:
    bp = Blueprint("weibo", __name__)
    bp.add_url_rule("/oauth2/authorize", view_func=crossing(authorize), methods=["GET", "POST"])
    bp.add_url_rule("/oauth2/access_token", view_func=access_token, methods=METHODS)
    bp.add_url_rule("/2/oauth2/access_token", view_func=access_token, methods=METHODS)
    bp.add_url_rule("/oauth2/get_token_info", view_func=get_token_info, methods=METHODS)
    bp.add_url_rule("/oauth2/revokeoauth2", view_func=revokeoauth2, methods=METHODS)
    interaction.routes(bp, DIALECT)
    return bp
