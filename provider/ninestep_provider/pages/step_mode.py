"""``/_mock/stepping``: step mode of a world, switched by the calls of the control API, and what rests in it now."""

from __future__ import annotations

import time

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.web.hosts import page

from ..console import entry
from ..control import stepping
from ..control.found import world_of
from ..control.problem import Problem
from ..services import services


def init_app(app: Flask) -> None:
    bp = Blueprint("step_mode", __name__, url_prefix="/_mock")
    bp.add_url_rule("/stepping", view_func=page(show), methods=["GET"])
    bp.add_url_rule("/stepping", view_func=switch, methods=["POST"])
    entry.protect(bp)
    app.register_blueprint(bp)


def show() -> ResponseReturnValue:
    world, parts = _world(), services()
    told = stepping.told(world)
    real = time.time()
    rests = [
        {
            **each,
            "minutes": int((real - each["since_real"]) // 60),
            "seen": parts.reader.flow(world, each["flow"]),
        }
        for each in told["resting"]
    ]
    return render_template(
        "stepping/index.html",
        world=world,
        worlds=[known.name for known in parts.store.worlds()],
        told=told,
        rests=rests,
        app_names={app.appid: app.name for app in parts.store.apps(world)},
        refused="refused" in request.args,
    )


def switch() -> ResponseReturnValue:
    world, form = _world(), request.form
    flows = form.get("flows", "all")
    wanted = stepping.NewStepping(
        on=form.get("on") == "1",
        freeze=form.get("freeze") == "1",
        flows=int(flows) if flows.isdecimal() and len(flows) < 5 else flows,
    )
    try:
        stepping.switch(world, wanted)
    except Problem:
        return redirect(url_for("step_mode.show", world=world, refused=""), 303)
    return redirect(url_for("step_mode.show", world=world), 303)


def _world() -> str:
    try:
        return world_of(request.args.get("world", "")[:64] or TOWN).name
    except Problem:
        abort(404)
