"""WeChat's login on websites: a QR code on the page, a phone that says yes (wire.md B.1–B.3)."""

from __future__ import annotations

from flask import Blueprint
from ninestep.web import hosts

from . import confirm, image, poll, qrconnect, script
from .qrconnect import answer, wanted_here

__all__ = ["answer", "routes", "wanted_here"]


def routes(bp: Blueprint) -> None:
    shown = hosts.crossing(qrconnect.qrconnect)
    bp.add_url_rule("/connect/qrconnect", view_func=shown, methods=["GET"])
    bp.add_url_rule("/connect/qrConnect", view_func=shown, methods=["GET"])  # also spelled so
    bp.add_url_rule("/connect/qrcode/<uuid>", "qrcode", image.image, methods=["GET"])
    bp.add_url_rule("/connect/l/qrconnect", view_func=poll.poll, methods=["GET"])
    bp.add_url_rule("/connect/qrcontinue", "qrcontinue", hosts.page(qrconnect.resume), methods=["GET"])
    bp.add_url_rule("/connect/zh_CN/htmledition/js/wxLogin.js", "wx_login", script.script, methods=["GET"])
    bp.add_url_rule("/connect/confirm", "confirm", hosts.page(confirm.show_confirm), methods=["GET"])
    bp.add_url_rule("/connect/confirm", view_func=confirm.website_login_submit, methods=["POST"])
    bp.add_url_rule("/connect/confirm/login", view_func=confirm.confirm_login_submit, methods=["POST"])
