"""``/_mock/learn/checklist``: the seven points of the 安全检查清单 for one app, computed from what it did (M138)."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN, App
from ninestep.trace.checklist import checklist as examine

from ..services import services

USUAL = "wx1234567890abcdef"  # 美团, the town's own client
SHOWN = 3  # flows that a row links to


def checklist() -> ResponseReturnValue:
    parts, app = services(), _app()
    items = examine(parts.reader, app, parts.settings)
    apps = sorted(parts.store.apps(app.world), key=lambda each: each.name)
    return render_template("learn/checklist.html", app=app, apps=apps, items=items, most=SHOWN)


def _app() -> App:
    """The app that is named, else 美团, else any of the world's."""
    store, named = services().store, request.args.get("app", "")[:64]
    world = request.args.get("world", "")[:64] or TOWN
    known = [store.app(named)] if named else [store.app(USUAL) if world == TOWN else None, *store.apps(world)]
    app = next((each for each in known if each is not None), None)
    if app is None:
        abort(404)
    return app
