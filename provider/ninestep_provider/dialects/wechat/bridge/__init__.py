"""What WeChat does for the apps on the phone: ``wx`` of mini programs (wire.md C), ``SendAuth`` of apps (B.5).

The phone's page speaks here for the page in its frame. So the answers are the phone's own, in JSON; each call needs
that page's CSRF token, and the user is whoever is logged in at this browser.
"""

from __future__ import annotations

from flask import Blueprint

from .mini_program import login, phone_number, session, user_info
from .send_auth import auth


def blueprint() -> Blueprint:
    bp = Blueprint("bridge", __name__, url_prefix="/connect/phone/<appid>")
    for view in (login, session, user_info, phone_number, auth):
        bp.add_url_rule(f"/{view.__name__}", view_func=view, methods=["POST"])
    return bp
