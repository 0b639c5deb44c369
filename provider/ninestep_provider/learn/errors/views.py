"""The pages of the handbook of errors, and their two forms."""

from __future__ import annotations

from flask import abort, render_template, request, session
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN

from ...control.found import world_of
from ...control.problem import Problem
from ...offered_worlds import offered
from ...services import services
from . import provoking, words
from .catalogue import Entry, entries, find
from .spelling import faults_for

WORLD = "errors_world"  # a visitor's own: what he provokes moves nobody else's clock
DIALECTS = ("standard", "wechat", "qq", "weibo")


def errors() -> ResponseReturnValue:
    groups = {
        dialect: [(entry, words.of(entry)) for entry in entries() if entry.dialect == dialect]
        for dialect in DIALECTS
    }
    return render_template("learn/errors.html", groups=groups, count=len(entries()))


def error(dialect: str, code: str) -> ResponseReturnValue:
    return _page(_entry(dialect, code))


def provoke(dialect: str, code: str) -> ResponseReturnValue:
    """The real answer, on the code's own page."""
    entry = _entry(dialect, code)
    try:
        provoked = provoking.provoke(entry, _own_world())
    except Problem as problem:  # a neighbour is away
        return _page(entry, problem=str(problem)), problem.status
    session[WORLD] = provoked.world
    return _page(entry, provoked=provoked)


def arm(dialect: str, code: str) -> ResponseReturnValue:
    """The chosen app's next call at the chosen endpoint; both stand in one field."""
    entry = _entry(dialect, code)
    appid, _, endpoint = request.form.get("target", "").partition(" ")
    try:
        fault = provoking.arm(entry, appid, endpoint)
    except Problem as problem:
        return _page(entry, problem=str(problem)), 422
    return _page(entry, fault=fault, armed=services().store.app(appid))


def _page(entry: Entry, **more: object) -> str:
    parts = services()
    world = request.values.get("world", "")[:64] or TOWN
    targets = [
        (app, endpoint)
        for app in parts.store.apps(world)
        if app.dialect == entry.dialect
        for endpoint in faults_for(app, entry.code)
    ]
    return render_template(
        "learn/error.html",
        entry=entry,
        told=words.of(entry),
        causes=[(reason, words.cause(reason), words.fix(reason)) for reason in entry.reasons],
        targets=targets,
        world=world,
        worlds=offered(world),
        **more,
    )


def _entry(dialect: str, code: str) -> Entry:
    found = find(dialect, code)
    if found is None:
        abort(404)
    return found


def _own_world() -> str:
    try:
        return world_of(str(session.get(WORLD, ""))).name
    except Problem:
        return ""
