"""An App or a mini program, opened: its developer's own page in a frame, and the phone around it.

The frame has no identity of its own towards WeChat. It asks this page (static/phone.js), which asks the platform as
the phone's owner and shows the platform's own sheets.
"""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.dialects.wechat import PHONE_KINDS
from ninestep.digest import digest
from ninestep.web import policy

from ..dialects.wechat.mini import user_session
from ..engine.location import origin
from ..pages import interaction
from ..services import services


def show(appid: str) -> ResponseReturnValue:
    app = services().store.app(appid)
    if app is None or not app.page or app.dialect != "wechat" or app.kind not in PHONE_KINDS:
        abort(404)
    owner = interaction.present(app.world)
    if owner is None:
        return redirect(url_for("phone.owner", world=app.world, back=request.path))
    mini = app.kind == "mini_program"
    living = user_session.living(services(), app, owner, used=False) if mini else None
    place = origin(app.page)
    policy.allow("frame-src", place)
    return render_template(
        "phone/app.html",
        app=app,
        mini=mini,
        owner=owner,
        world=app.world,
        origin=place,
        bridge=url_for("bridge.login", appid=app.appid).removesuffix("login"),
        generation=living.generation if living else 0,
        store=digest(f"{app.appid}|{owner.uid}")[:16],
    )
