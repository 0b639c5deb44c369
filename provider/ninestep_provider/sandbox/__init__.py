"""公众平台测试号 (wire.md D, seed S4): one test account for each person, on one page like the platform's own."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, url_for
from ninestep.web.hosts import page

from ..console import entry
from . import pages


def init_app(app: Flask) -> None:
    bp = Blueprint("sandbox", __name__, url_prefix="/debug/cgi-bin")  # as the platform has it
    app.add_url_rule(
        "/_mock/sandbox", "sandbox_short", lambda: redirect(url_for("sandbox.login", t="sandbox/login"))
    )
    bp.add_url_rule("/sandbox", view_func=page(pages.login), methods=["GET"])
    bp.add_url_rule("/sandbox", "login_submit", pages.login_submit, methods=["POST"])
    bp.add_url_rule("/sandboxinfo", view_func=page(pages.index), methods=["GET"])
    bp.add_url_rule("/sandbox/domain", view_func=pages.save_domain, methods=["POST"])
    bp.add_url_rule("/sandbox/remove", view_func=pages.remove, methods=["POST"])
    bp.add_url_rule("/sandbox/follow", view_func=page(pages.follow), methods=["GET"])
    bp.add_url_rule("/sandbox/follow", "follow_submit", pages.follow_submit, methods=["POST"])
    # A phone on the same network may follow; appsecrets are not for it to see.
    entry.protect(bp, but=frozenset({"sandbox.follow", "sandbox.follow_submit"}))
    app.register_blueprint(bp)
