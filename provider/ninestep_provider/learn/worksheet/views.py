"""The page of the worksheet, and its two forms."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN, App

from ...control import apps
from ...control.apps.bodies import NewApp
from ...control.problem import Problem
from ...offered_worlds import offered
from ...services import services
from . import as_token, sheet
from .experiments import EXPERIMENTS

OWN_NAME = "实验单"


def worksheet() -> ResponseReturnValue:
    return _page(_app())


def check(experiment: str) -> ResponseReturnValue:
    """The sheet with one experiment's verdict; ``all`` for every one."""
    if experiment not in (*EXPERIMENTS, "all"):
        abort(404)
    app = _app()
    verdicts = sheet.judged(services(), app) if app else {}
    shown = verdicts if experiment == "all" else {k: v for k, v in verdicts.items() if k == experiment}
    return _page(app, verdicts=shown, checked=experiment)


def send_code() -> ResponseReturnValue:
    app = _app()
    code = request.form.get("code", "").strip()[:512]
    try:
        answer = as_token.send(services(), app, code) if app else None
    except Problem as problem:
        return _page(app, problem=str(problem)), problem.status
    return _page(app, answer=answer, unknown_code=answer is None), 200 if answer else 422


def own() -> ResponseReturnValue:
    """An app in a world of its own: a pair of students is alone there with its clock."""
    callback = services().settings.client_url + "/auth/wechat/callback"
    wanted = NewApp(name=OWN_NAME, dialect="wechat", fidelity="tutorial", redirect_uris=[callback])
    made = apps.create(wanted)
    return redirect(url_for("learn.worksheet", app=made["appid"]), 303)


def _app() -> App | None:
    """The app that is named, the world's first official account, or 美团."""
    store, named = services().store, request.values.get("app", "")[:64]
    if named:
        app = store.app(named)
        return app if sheet.fits(app) else None
    world = request.values.get("world", "")[:64]
    if world and world != TOWN:
        return next((app for app in store.apps(world) if sheet.fits(app)), None)
    app = store.app(sheet.USUAL)
    return app if sheet.fits(app) else next(filter(sheet.fits, store.apps(TOWN)), None)


def _page(app: App | None, **more: object) -> str:
    parts = services()
    said = request.args.get("n", "")
    # an address that differs from this page's by its fragment alone would not be asked for again
    again = int(said) % 1000 + 1 if said.isascii() and said.isdecimal() and len(said) < 5 else 1
    world = app.world if app else request.values.get("world", "")[:64] or TOWN
    return render_template(
        "learn/worksheet.html",
        app=app,
        apps=[each for each in parts.store.apps(world) if sheet.fits(each)],
        world=world,
        worlds=offered(world),
        again=again,
        hows=sheet.hows(parts, app) if app else {},
        **{"verdicts": {}, "checked": "", **more},
    )
