"""A phone on the desk: what real platforms do on somebody's phone, here in a narrow window (experience: Phone).

Home, 扫一扫 and WeChat's browser are pages of forms; a mini program or an App runs in a frame on a page of its own.
"""

from __future__ import annotations

from flask import Blueprint, Flask
from ninestep.web.hosts import page

from ..console import entry
from ..dialects.wechat import bridge
from . import app as opened
from . import browser, home, owner, scan


def init_app(app: Flask) -> None:
    bp = Blueprint("phone", __name__, url_prefix="/_mock/phone")
    bp.add_url_rule("", "home", page(home.show), methods=["GET"])
    bp.add_url_rule("/owner", "owner", page(owner.show), methods=["GET"])
    bp.add_url_rule("/owner", "owner_submit", owner.choose, methods=["POST"])
    bp.add_url_rule("/scan", "scan", page(scan.show), methods=["GET"])
    bp.add_url_rule("/browser", view_func=page(browser.show), methods=["GET"])
    bp.add_url_rule("/browser/leave", view_func=browser.leave, methods=["POST"])
    bp.add_url_rule("/app/<appid>", "app", page(opened.show), methods=["GET"])
    entry.protect(bp)
    app.register_blueprint(bp)
    app.register_blueprint(bridge.blueprint())
