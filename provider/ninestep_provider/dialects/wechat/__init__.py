"""WeChat's web authorization for official accounts and websites (wire.md A, B), spoken to the byte."""

from __future__ import annotations

from flask import Blueprint
from ninestep.web.hosts import crossing

from ...pages import interaction
from . import mini, website
from .authorize import authorize
from .manners import DIALECT
from .token import access_token, refresh_token

__all__ = ["DIALECT", "blueprint"]


def blueprint() -> Blueprint:
    bp = Blueprint("wechat", __name__)
    bp.add_url_rule("/connect/oauth2/authorize", view_func=crossing(authorize), methods=["GET"])
    bp.add_url_rule("/sns/oauth2/access_token", view_func=access_token, methods=["GET", "POST"])
    bp.add_url_rule("/sns/oauth2/refresh_token", view_func=refresh_token, methods=["GET", "POST"])
    website.routes(bp)
    mini.routes(bp)
    interaction.routes(bp, DIALECT)
    return bp
