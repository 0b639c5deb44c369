"""A phone on the desk: what real platforms do on somebody's phone, here in a narrow window (experience: Phone)."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from ninestep.web.hosts import page

from ..console import entry
from ..pages import wechat_browser
from . import browser, scan


def init_app(app: Flask) -> None:
    bp = Blueprint("phone", __name__, url_prefix="/_mock/phone")
    bp.add_url_rule("", view_func=page(home), methods=["GET"])
    bp.add_url_rule("/scan", "scan", page(scan.show), methods=["GET"])
    bp.add_url_rule("/browser", view_func=page(browser.show), methods=["GET"])
    bp.add_url_rule("/browser/leave", view_func=browser.leave, methods=["POST"])
    entry.protect(bp)
    app.register_blueprint(bp)


def home() -> str:
    """The home screen."""
    return render_template("phone/home.html", inside=wechat_browser.inside())
