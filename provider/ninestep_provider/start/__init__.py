"""The front door: what one can do here, how the town is, and the way in for a client of one's own."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, url_for
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from ..console import entry, refused
from . import connect, home


def init_app(app: Flask) -> None:
    bp = Blueprint("start", __name__, url_prefix="/_mock")
    home.routes(bp)
    connect.routes(bp)
    entry.protect(bp)
    refused.handle(bp)
    app.register_blueprint(bp)
    app.add_url_rule("/", "root", page(root))


def root() -> Response:
    return redirect(url_for("start.home"))
