"""The home screen: whose phone it is, WeChat's own tools, and every App and mini program that has a page."""

from __future__ import annotations

from flask import render_template, request
from ninestep.dialects.wechat import PHONE_KINDS
from ninestep.records import TOWN

from ..pages import interaction, wechat_browser
from ..services import services


def show() -> str:
    """Of a world (``?world=``, else the town)."""
    world = request.args.get("world", TOWN)[:64]
    apps = [app for app in services().store.apps(world) if app.page and app.kind in PHONE_KINDS]
    return render_template(
        "phone/home.html",
        world=world,
        apps=sorted(apps, key=lambda app: (PHONE_KINDS.index(app.kind), app.name, app.appid)),
        owner=interaction.present(world),
        inside=wechat_browser.inside(),
    )
